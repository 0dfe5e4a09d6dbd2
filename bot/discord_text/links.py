"""Links that open an article's page at a quote, by a text fragment (`#:~:text=`). Pure.

A browser goes to the first place where the words stand, whatever their case and accents, as whole
words: https://wicg.github.io/scroll-to-text-fragment/.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from urllib.parse import quote as percent_encoded
from urllib.parse import urlsplit

from bot.quotes import Quote

LONGEST = 800  # characters; a Cyrillic letter takes six of them
_LONGEST_WHOLE = 60  # characters of a quote that is named by all of its words
_WORDS = (4, 6, 9)  # of its start and of its end, by which a longer one is named
_PREFIX_WORDS = (0, 2, 4, 7)  # before it, which tell it from other places with the same words
_KEPT = "%/:=&?~#+!$,;'@*"  # in a URL; what is not, parentheses too, could end a link in Markdown


@dataclass(frozen=True)
class Directive:
    """Which words to go to: from `start` to `end` ("": `start` is all), after `prefix`."""

    start: str
    end: str = ""
    prefix: str = ""

    def __str__(self) -> str:
        prefix = f"{_encoded(self.prefix)}-," if self.prefix else ""
        return prefix + _encoded(self.start) + (f",{_encoded(self.end)}" if self.end else "")


def quote_link(quote: Quote) -> str:
    """The address of the article's page at the quote; without the place if that would make it long,
    or if no words lead there; "" if the article has no address on the web."""
    url = page_link(quote)
    found = _directive(quote) if url else None
    if found is None:
        return url
    page, _, fragment = url.partition("#")
    fragment = fragment or (f"page={quote.page}" if quote.page else "")  # as PDF readers know it
    linked = f"{page}#{fragment}:~:text={found}"
    return linked if len(linked) <= LONGEST else url


def page_link(quote: Quote) -> str:
    """The address of the article's page, "" if it has none."""
    return safe_url(quote.version.article.url)


def safe_url(url: str) -> str:
    """An address on the web with nothing in it that Markdown acts on; "" for everything else, for
    one that is very long, and for one with a user's name, which looks like another's."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").encode("idna").decode()
        netloc = f"{host}:{parts.port}" if parts.port else host
    except ValueError:  # UnicodeError too
        return ""
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[\w.-]+", host):
        return ""
    if parts.username is not None or parts.password is not None:
        return ""
    fragment = parts.fragment.partition(":~:")[0]
    plain = parts._replace(netloc=netloc, fragment=fragment).geturl()
    safe = percent_encoded(plain, safe=_KEPT, errors="replace")
    return safe if len(safe) <= LONGEST else ""


def _directive(quote: Quote) -> Directive | None:
    """The shortest directive that leads to the quote, or else to the same words elsewhere."""
    text, words = _spaced(quote.version.text), _spaced(quote.text)
    before = _spaced(quote.version.text[: quote.start] + "|")[:-1]  # a space at its end stays
    start = len(_folded(before))
    place = (start, start + len(_folded(words)))
    same = None
    for candidate in _candidates(quote):
        found = find(candidate, text)
        if found == place:
            return candidate
        if found and _folded(text)[slice(*found)] == _folded(words):
            same = same or candidate
    return same


def _candidates(quote: Quote) -> Iterator[Directive]:
    """The directives to try, the shortest first; each part of one is in one block of the page."""
    blocks = [block for block in map(_spaced, quote.text.split("\n")) if block]
    last = quote.version.text[: quote.start].rstrip().rpartition("\n")[2].split()
    whole = len(blocks) == 1 and len(blocks[0]) <= _LONGEST_WHOLE
    for more, count in product(_PREFIX_WORDS, (0,) if whole else _WORDS):
        prefix = " ".join(last[len(last) - more :]) if more else ""
        if whole:
            yield Directive(blocks[0], prefix=prefix)
            continue
        first, final = blocks[0].split(), blocks[-1].split()
        if len(blocks) > 1 or len(first) >= 2 * count:
            yield Directive(" ".join(first[:count]), " ".join(final[-count:]), prefix)
    if len(blocks) == 1 and not whole:
        yield Directive(blocks[0])


def find(directive: Directive, text: str) -> tuple[int, int] | None:
    """Where a browser would go in a text on one line, as offsets into its folded characters."""
    text = _folded(text)
    prefix, start = _folded(directive.prefix), _folded(directive.start)
    ahead = rf"(?<!\w){re.escape(prefix)} " if prefix else r"(?<!\w)"
    closed = "" if directive.end else r"(?!\w)"
    first = re.search(rf"{ahead}({re.escape(start)}){closed}", text)
    if first is None or not directive.end:
        return first and first.span(1)
    end = re.compile(rf"(?<!\w){re.escape(_folded(directive.end))}(?!\w)")
    last = end.search(text, first.end())
    return (first.start(1), last.end()) if last else None


@lru_cache(maxsize=8)
def _spaced(text: str) -> str:
    return " ".join(text.split())


@lru_cache(maxsize=8)
def _folded(text: str) -> str:
    """Small letters without accents, which is all that browsers compare."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))


def _encoded(words: str) -> str:
    """Percent-encoded; a dash would begin or end a prefix."""
    return percent_encoded(words, safe="").replace("-", "%2D")
