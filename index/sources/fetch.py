"""Pages and files from the web: `Fetcher.fetch(url)`, or one sentence why they cannot be had.

httpcore2 does the requests over connections of guard.py, httpx2 undoes their compression. There
is no client between them, and so no cookie jar, no proxy, no .netrc and no redirect but ours.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import httpcore2
import httpx2

from index.sources import answers, refusals
from index.sources.guard import PORTS, Address, Deadline, GuardedBackend, check_url, is_public
from index.sources.robots import LARGEST as LARGEST_ROBOTS
from index.sources.robots import Robots

ARTICLES = frozenset(
    """
    text/html application/xhtml+xml application/pdf application/x-pdf text/plain text/markdown
    text/x-markdown application/vnd.openxmlformats-officedocument.wordprocessingml.document
    application/octet-stream binary/octet-stream
    """.split()  # the last two are what a server calls a file that it does not know
)
FEEDS = frozenset(
    """
    application/rss+xml application/atom+xml application/rdf+xml application/xml text/xml
    text/html application/xhtml+xml text/plain application/octet-stream
    """.split()  # a page may say where its feed is; the last two are common mistakes
)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({429, 500, 502, 503, 504})
_PAUSES = (0.5, 1.5)  # seconds before the second and the third try
_LONGEST_PAUSE = 5.0  # seconds that a server may ask to wait
_CLEAN = re.compile(r"[!-~](?:[ -~]{0,500}[!-~])?")  # what may go into a header
Read = Callable[[httpx2.URL, httpx2.Response], bytes]


def _user_agent() -> str:
    try:
        number = version("pullquote")
    except PackageNotFoundError:  # run from a checkout
        number = "0"
    return f"Pullquote/{number} (reads single pages that people ask it to read)"


@cache
def _trusted() -> ssl.SSLContext:
    return httpcore2.default_ssl_context()  # reads hundreds of certificates


@dataclass(frozen=True)
class Validators:
    """What a server said of the state of a page, to ask later whether it has changed."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Fetched:
    """What was at a URL; with `unchanged`, no `data`, as it is what it was."""

    url: str
    """Where it was found in the end, after redirects."""
    data: bytes
    content_type: str
    """In lower case and without parameters, "" if the server says none."""
    charset: str
    validators: Validators
    unchanged: bool = False


@dataclass(frozen=True)
class Limits:
    """How far a fetch goes and how it behaves."""

    seconds: float = 20.0
    """For all of it: lookups, redirects, robots.txt, pauses between tries."""
    bytes: int = 10_000_000
    """As sent and as decompressed."""
    redirects: int = 5
    robots: bool = True
    user_agent: str = field(default_factory=_user_agent)


@dataclass(frozen=True)
class _Reply:
    url: httpx2.URL
    status: int
    headers: httpx2.Headers
    data: bytes


class Fetcher:
    """Reads from the web; safe to use from several threads. One is enough for a process.

    `allow` and `ports` say where connections may go, `sleep` waits between tries, `tls` knows
    whose certificates are trusted: if it is not given, those that this machine trusts.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        allow: Callable[[Address], bool] = is_public,
        ports: Collection[int] = PORTS,
        sleep: Callable[[float], None] = time.sleep,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._allow = allow
        self._ports = ports
        self._sleep = sleep
        self._robots = Robots(self._limits.user_agent)
        self._tls = tls or _trusted()

    def fetch(
        self, url: str, known: Validators | None = None, accepted: Collection[str] = ARTICLES
    ) -> Fetched:
        """What is at `url`; raises SourceError, and nothing else, if it cannot be had.

        `known` is what an earlier fetch of it said; `accepted` are the content types that are
        wanted, `ARTICLES` or `FEEDS`.
        """
        start = check_url(url, self._ports)
        deadline = Deadline(self._limits.seconds)
        backend = GuardedBackend(self._allow, deadline)
        with httpcore2.ConnectionPool(self._tls, network_backend=backend) as pool:
            visit = _Visit(pool, deadline, self._limits, self._ports, self._sleep)

            def robots(place: httpx2.URL) -> tuple[int, bytes]:
                reply = visit.follow(place, {}, visit.read_robots)
                return reply.status, reply.data

            def permit(page: httpx2.URL) -> None:
                if self._limits.robots:
                    self._robots.require(page, robots)

            def read(page: httpx2.URL, response: httpx2.Response) -> bytes:
                return visit.read_page(page, response, accepted)

            return _fetched(visit.follow(start, _conditions(known), read, permit), known)


@dataclass(frozen=True)
class _Visit:
    """One fetch: what it asks for goes over the same connections and shares one deadline."""

    pool: httpcore2.ConnectionPool
    deadline: Deadline
    limits: Limits
    ports: Collection[int]
    sleep: Callable[[float], None]

    def follow(
        self,
        url: httpx2.URL,
        headers: Mapping[str, str],
        read: Read,
        permit: Callable[[httpx2.URL], None] | None = None,
    ) -> _Reply:
        """The reply at the end of all redirects; `permit` may object to each of them."""
        for _ in range(self.limits.redirects + 1):
            if permit:
                permit(url)
            reply = self._retried(url, headers, read)
            if reply.status not in _REDIRECTS:
                return reply
            if not (target := reply.headers.get("location")):
                raise refusals.nowhere(url)
            url = check_url(target, self.ports, base=url)
        raise refusals.too_many_redirects(url, self.limits.redirects)

    def _retried(self, url: httpx2.URL, headers: Mapping[str, str], read: Read) -> _Reply:
        pauses = iter(_PAUSES)
        while True:
            pause = next(pauses, None)
            try:
                reply = self._once(url, headers, read)
                if reply.status not in _PASSING or pause is None:
                    return reply
                if (pause := max(pause, answers.retry_after(reply.headers))) > _LONGEST_PAUSE:
                    return reply
                self.sleep(min(pause, self.deadline.left()))
            except refusals.FAILURES as error:
                if pause is None or not refusals.passes(error):
                    raise refusals.failed(url, error, self.limits.seconds) from error
                self.sleep(pause)

    def _once(self, url: httpx2.URL, headers: Mapping[str, str], read: Read) -> _Reply:
        request = httpx2.Request("GET", url, headers={**self._headers(), **headers})
        target = httpcore2.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        with self.pool.stream("GET", target, headers=request.headers.raw) as answer:
            response = httpx2.Response(
                answer.status,
                headers=answer.headers,
                stream=answers.Counted(answer.iter_stream(), url, self.limits.bytes),
                request=request,
            )
            return _Reply(url, answer.status, response.headers, read(url, response))

    def _headers(self) -> dict[str, str]:
        return {
            "User-Agent": self.limits.user_agent,
            "Accept": "text/html, application/xhtml+xml, application/pdf;q=0.9, */*;q=0.5",
            "Accept-Encoding": "gzip, br",
        }

    def read_robots(self, url: httpx2.URL, response: httpx2.Response) -> bytes:
        """The start of a robots.txt, b"" for any other answer."""
        return (
            answers.first_bytes(url, response, LARGEST_ROBOTS)
            if response.status_code == 200
            else b""
        )

    def read_page(
        self, url: httpx2.URL, response: httpx2.Response, accepted: Collection[str]
    ) -> bytes:
        """All of a page that was found, b"" for any other answer."""
        if response.status_code != 200:
            return b""
        kind = answers.content_type(response.headers)
        if kind and kind not in accepted:
            raise refusals.unwanted(url, kind)
        data = answers.first_bytes(url, response, self.limits.bytes + 1)
        if len(data) > self.limits.bytes:
            raise refusals.too_large(url, self.limits.bytes)
        return data


def _fetched(reply: _Reply, known: Validators | None) -> Fetched:
    unchanged = reply.status == 304 and known is not None
    if reply.status != 200 and not unchanged:
        raise refusals.status(reply.url, reply.status)
    old = known if unchanged and known else Validators()
    headers = reply.headers
    return Fetched(
        str(reply.url),
        reply.data,
        answers.content_type(headers),
        answers.charset(headers),
        Validators(headers.get("etag", old.etag), headers.get("last-modified", old.last_modified)),
        unchanged,
    )


def _conditions(known: Validators | None) -> dict[str, str]:
    """Headers that ask for a page only if it has changed."""
    known = known or Validators()
    conditions = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in conditions.items() if _CLEAN.fullmatch(value)}
