"""A small web site on loopback, as awkward as the web is."""

from __future__ import annotations

import gzip
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from functools import cache
from http.server import BaseHTTPRequestHandler
from ipaddress import IPv4Address, IPv6Address
from socketserver import ThreadingTCPServer
from typing import ClassVar

import brotli

from index.sources.fetch import Fetcher, Limits
from index.sources.guard import PORTS, is_public

SENTENCES = " ".join(f"Ship {number} left the harbour at dawn with grain." for number in range(40))
PAGE = f"<!doctype html><title>Ships</title><article><p>{SENTENCES}</p></article>".encode()
STAMP = "Mon, 05 Jan 2026 10:00:00 GMT"
FEED = b"""<?xml version="1.0"?>
<rss version="2.0"><channel><title>Harbour news</title><link>/</link>
<item><guid isPermaLink="false">2</guid><title>Ships</title><link>/gzip</link>
<pubDate>Tue, 06 Jan 2026 09:00:00 +0100</pubDate></item>
<item><guid isPermaLink="false">1</guid><title>Boats</title><link>/brotli</link></item>
</channel></rss>"""


@dataclass(frozen=True)
class Request:
    path: str
    headers: Message


@dataclass(frozen=True)
class Answer:
    """What the site says; a body in pieces is sent as they come, without its length."""

    body: bytes | Iterable[bytes] = PAGE
    status: int = 200
    type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


Page = Answer | Callable[[Request], Answer]


def redirect(target: str, status: int = 302) -> Answer:
    return Answer(b"", status, headers={"Location": target})


def in_turn(*answers: Answer) -> Page:
    """One answer after the other, the last for ever."""
    left = list(answers)
    return lambda request: left.pop(0) if len(left) > 1 else left[0]


def drip(piece: bytes = b"<p>", seconds: float = 0.02) -> Iterator[bytes]:
    """A little at a time, a thousand times."""
    for _ in range(1_000):
        yield piece
        time.sleep(seconds)


@cache
def gzip_bomb() -> bytes:
    """100 MB of zeros, a thousandth of that as sent."""
    return gzip.compress(bytes(100_000_000), 1)


@cache
def brotli_bomb() -> bytes:
    """100 MB of zeros, in a few hundred bytes."""
    return bytes(brotli.compress(bytes(100_000_000), quality=1))


def remembered(request: Request) -> Answer:
    """A page that has not changed for those who know it, by its tag or its date."""
    known = request.headers["If-None-Match"] == '"v1"'
    dated = request.headers["If-None-Match"] is None and (
        request.headers["If-Modified-Since"] == STAMP
    )
    state = {"ETag": '"v1"', "Last-Modified": STAMP}
    return Answer(b"", 304, headers=state) if known or dated else Answer(headers=state)


def pages() -> dict[str, Page]:
    """What the site has when nothing else is asked for."""
    packed = {"Content-Encoding": "gzip"}
    squeezed = {"Content-Encoding": "br"}
    twice = gzip.compress(gzip.compress(PAGE))
    return {
        "/": Answer(PAGE + b'<link rel="alternate" type="application/rss+xml" href="/feed">'),
        **{f"/{code}": redirect("/", code) for code in (301, 302, 303, 307, 308)},
        "/loop": redirect("/loop"),
        "/chain": redirect("/301"),
        "/nowhere": Answer(b"", 302),
        "/remembered": remembered,
        "/gone": Answer(b"", 410),
        "/broken-once": in_turn(Answer(b"", 500), Answer()),
        "/broken": Answer(b"", 503),
        "/latin1": Answer("<p>Málaga, café</p>".encode("latin-1"), type="text/html"),
        "/wrong-charset": Answer("<p>café</p>".encode(), type="text/html; charset=ascii"),
        "/gzip": Answer(gzip.compress(PAGE), headers=packed),
        "/brotli": Answer(brotli.compress(PAGE), headers=squeezed),
        "/bomb": Answer(gzip_bomb(), headers=packed),
        "/brotli-bomb": Answer(brotli_bomb(), headers=squeezed),
        "/not-gzip": Answer(headers=packed),
        "/layers": Answer(twice, headers={"Content-Encoding": "gzip, gzip"}),
        "/unknown-encoding": Answer(headers={"Content-Encoding": "zstd"}),
        "/drip": Answer(drip()),
        "/endless": Answer(drip(bytes(100_000), 0)),
        "/image": Answer(b"\x89PNG\r\n\x1a\n", type="image/png"),
        "/zip": Answer(b"PK\x03\x04", type="application/zip"),
        "/file": Answer(b"%PDF-1.7", type="application/octet-stream"),
        "/feed": Answer(FEED, type="application/rss+xml"),
    }


class Site:
    """A running site: where it is, what was asked of it, and what it has."""

    def __init__(self, has: dict[str, Page], port: int) -> None:
        self.pages = has
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.requests: list[Request] = []

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def fetcher(self, limits: Limits | None = None, pauses: list[float] | None = None) -> Fetcher:
        """A fetcher that may read this site too; its pauses are noted, not made."""
        noted = [] if pauses is None else pauses
        return Fetcher(limits, allow_loopback, PORTS | {self.port}, noted.append)


def allow_loopback(address: IPv4Address | IPv6Address) -> bool:
    return address.is_loopback or is_public(address)


@contextmanager
def serve(
    more: Mapping[str, Page] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[Site]:
    """A site with `pages()` and more, for as long as the block lasts."""

    class Handler(_Handler):
        pass

    # http.server's own class would look up what 127.0.0.1 is called.
    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        Handler.site = site = Site({**pages(), **(more or {})}, server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    site: ClassVar[Site]
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        with suppress(ConnectionError):  # nobody has to listen to the end
            super().handle()

    def do_GET(self) -> None:
        request = Request(self.path, self.headers)
        self.site.requests.append(request)
        page = self.site.pages.get(self.path.partition("?")[0], Answer(b"", 404))
        self._send(page if isinstance(page, Answer) else page(request))

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.type)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if isinstance(answer.body, bytes):
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            return
        self.close_connection = True
        self.end_headers()
        for piece in answer.body:
            self.wfile.write(piece)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: what was asked is in `Site.requests`."""
