"""What a site lets programs read, by its robots.txt and RFC 9309."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import httpx2
from protego import Protego

from index.errors import SourceError, UnreachableError
from index.sources.guard import site_of

LARGEST = 512_000  # bytes; RFC 9309 section 2.5 asks for 500 KiB, what follows is not read
_FRESH = 3600.0  # seconds
_MOST_SITES = 1_000
_AGENT_LINE = re.compile(r"\s*user[-\s]*agent[\s:]*([a-z_-]+|\*)?", re.IGNORECASE)

Get = Callable[[httpx2.URL], tuple[int, bytes]]


class Robots:
    """The robots.txt of every site asked for within the last hour."""

    def __init__(self, user_agent: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._agent = product(user_agent)
        self._clock = clock
        self._known: dict[str, tuple[float, Protego]] = {}

    def require(self, url: httpx2.URL, get: Get) -> None:
        """Raises SourceError if the site does not want `url` to be read by programs.

        `get` fetches the robots.txt: its status and its first `LARGEST` bytes.
        """
        place = url.copy_with(raw_path=b"/robots.txt")
        rules = self._rules(place, get)
        if not rules.can_fetch(str(url), self._agent):
            raise SourceError(
                f"{site_of(url)} asks programs not to read this page (robots.txt); "
                "open it in a browser, save it, and add the file.",
                "robots",
            )

    def _rules(self, place: httpx2.URL, get: Get) -> Protego:
        now = self._clock()
        until, rules = self._known.get(str(place), (now, None))
        if rules is None or until <= now:
            rules = self._read(place, get)
            if len(self._known) >= _MOST_SITES:
                self._known.clear()
            self._known[str(place)] = (now + _FRESH, rules)
        return rules

    def _read(self, place: httpx2.URL, get: Get) -> Protego:
        status, data = get(place)
        if status == 429 or status >= 500:  # section 2.3.1.4: unreachable is not the same as none
            raise UnreachableError(
                f"{site_of(place)} cannot say now what programs may read "
                f"(its robots.txt answers {status}); try again later.",
                "page_later",
            )
        text = data[:LARGEST].decode("utf-8-sig", errors="replace") if status == 200 else ""
        return Protego.parse(_for_one(text, self._agent))


def product(user_agent: str) -> str:
    """The name by which a robots.txt calls a program: "pullquote" of "Pullquote/1.0 (…)"."""
    name = re.match(r"[a-zA-Z_-]*", user_agent)
    return name[0].lower() if name else ""


def _for_one(text: str, agent: str) -> str:
    """A robots.txt with all programs but one called "other".

    Protego keeps every rule once for each program of its group: 10,000 of both are gigabytes.
    """
    return "\n".join(_line_for_one(line, agent) for line in text.splitlines())


def _line_for_one(line: str, agent: str) -> str:
    found = _AGENT_LINE.match(line)
    if found is None:
        return line
    name = (found[1] or "").lower()
    return f"User-agent: {name if name in {'*', agent} else 'other'}"
