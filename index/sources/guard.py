"""Connections that go to public addresses and nowhere else, and end in time.

A name is looked up once for each connection, every address that it leads to is judged, and the
connection goes to one of these very addresses: between judging and connecting there is no second
lookup that could answer otherwise. All of it holds for redirects too, as each is a connection of
its own or goes over one that was judged.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Thread
from typing import Any

import httpcore2
import httpx2

from index.errors import SourceError, UnreachableError

Address = IPv4Address | IPv6Address

PORTS = frozenset({80, 443, 8080, 8443})
_SCHEMES = {"http": 80, "https": 443}
_LONGEST_URL = 8_000  # characters; RFC 9110 section 4.1 asks for as many
_MOST_ADDRESSES = 6  # that are tried of those that a name leads to

# The special-purpose registries of IANA (RFC 6890). The ipaddress module knows them too, but
# what its is_global says differs between releases of Python, and it calls multicast global.
_NOT_PUBLIC = tuple(
    ip_network(block)
    for block in """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
    192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24
    224.0.0.0/4 240.0.0.0/4
    168.63.129.16/32
    2001::/23 2001:db8::/32 2002::/16 3fff::/20
    """.split()  # 168.63.129.16 is Azure's for its own machines; 2001::/23 has Teredo, 2002:: 6to4
)
_GLOBAL_UNICAST = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")  # how a host without IPv4 reaches the rest of the world


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, wherever it is routed in the end."""
    if isinstance(address, IPv6Address):
        if address.scope_id:
            return False
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _GLOBAL_UNICAST:
            return False  # with it loopback, link-local, private, multicast and mapped IPv4
    return not any(address in network for network in _NOT_PUBLIC)


def check_url(
    url: str, ports: Collection[int] = PORTS, base: httpx2.URL | None = None
) -> httpx2.URL:
    """An address that may be asked for, without its fragment; raises SourceError if it may not.

    `base` is the page that led to `url`, which may then be relative.
    """
    shown = shorten(url)
    try:
        given = httpx2.URL(url.strip())
        given = base.join(given) if base else given
        parsed = given.copy_with(raw_path=given.raw_path, fragment=None)  # "" becomes "/"
        named = bool(parsed.host)  # raises for what IDNA refuses
    except (httpx2.InvalidURL, UnicodeError, ValueError) as error:
        raise SourceError(f"{shown} is not a web address; check the link.", "not_a_link") from error
    if parsed.scheme not in _SCHEMES or not named:
        raise SourceError(
            f"{shown} is not a web address; it begins with https:// or http://.", "not_a_link"
        )
    if len(str(parsed)) > _LONGEST_URL:
        raise SourceError(f"{shown} is too long for a web address; check the link.", "not_a_link")
    if parsed.userinfo:
        raise SourceError(f"{shown} holds a name or password for signing in; leave them out.")
    if port_of(parsed) not in ports:
        allowed = ", ".join(map(str, sorted(ports)))
        raise SourceError(f"{shown} names an unusual port; only {allowed} are read from.")
    return parsed


def port_of(url: httpx2.URL) -> int:
    return _SCHEMES[url.scheme] if url.port is None else url.port


def site_of(url: httpx2.URL) -> str:
    """The name of a site as it is sent: in ASCII, so that no letter passes for another."""
    return shorten(url.netloc.decode("ascii"))


def shorten(url: str) -> str:
    """An address as a sentence can show it: on one line, printable and not too long."""
    line = "".join(character for character in url if character.isprintable()).strip()
    return (line if len(line) <= 200 else f"{line[:199]}…") or "That"


class Deadline:
    """When it has to be over; raises httpcore2's timeout once it has passed."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return left


class GuardedBackend(httpcore2.NetworkBackend):
    """Connects to addresses that `allow` lets through; nothing takes longer than the deadline."""

    def __init__(self, allow: Callable[[Address], bool], deadline: Deadline) -> None:
        self._allow = allow
        self._deadline = deadline
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline is for all of it
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Raises SourceError if any address of the host is refused, else httpcore2's errors."""
        addresses = _look_up(host, port, self._deadline)
        if not all(map(self._allow, addresses)):  # a mixture is how one passes for the other
            raise SourceError(
                f"{shorten(host)} is not on the public internet; save the page and add the file.",
                "link_private",
            )
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for tried, address in enumerate(addresses := addresses[:_MOST_ADDRESSES]):
            seconds = self._deadline.left() / (len(addresses) - tried)  # the next needs some too
            try:
                stream = self._plain.connect_tcp(
                    str(address), port, seconds, local_address, socket_options
                )
                return _TimedStream(stream, self._deadline)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure


class _TimedStream(httpcore2.NetworkStream):
    """Gives every step what is left in all: else a drip of single bytes could go on for days."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._deadline.left())

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        left = self._deadline.left()
        return _TimedStream(
            self._stream.start_tls(ssl_context, server_hostname, left), self._deadline
        )

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _look_up(host: str, port: int, deadline: Deadline) -> list[Address]:
    """Where a host is; a thread of its own asks, as a lookup cannot be told to hurry."""
    answer: Future[list[Address]] = Future()

    def ask() -> None:
        try:
            answer.set_result(_addresses(host, port))
        except BaseException as error:  # noqa: BLE001 - goes on in the thread that waits for it
            answer.set_exception(error)

    Thread(target=ask, daemon=True).start()
    try:
        return answer.result(deadline.left())
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise httpcore2.ConnectError(f"{host} cannot be looked up now") from error
        # Which is also said while offline.
        raise UnreachableError(_unknown(host), "host_unknown") from error
    except UnicodeError as error:  # a label is empty or too long
        raise SourceError(_unknown(host), "host_unknown") from error
    except TimeoutError as error:
        raise httpcore2.ConnectTimeout(f"{host} was not found in time") from error
    except OSError as error:
        raise httpcore2.ConnectError(f"{host} cannot be looked up: {error}") from error


def _addresses(host: str, port: int) -> list[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(str(entry[4][0])) for entry in found]


def _unknown(host: str) -> str:
    return f"No site is called {shorten(host)}; check the spelling of the link."
