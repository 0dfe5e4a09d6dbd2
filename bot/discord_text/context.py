"""What stands around a quote, a page at a time. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.discord_text.markup import Line, Own, pages, pieces, size, small
from bot.discord_text.quoting import LONGEST_TITLE, title_of
from bot.discord_text.wording import say
from bot.quotes import Quote
from index.articles import Span, Version
from index.changes import still_says

_LONGEST_PAGE = 1_500  # of a message's 2,000; more is no glance any more
_LONGEST_STRETCH = 500  # characters; escaped and with all around it, it fits into a page

Stretch = tuple[int, int]
"""Whole sentences of one paragraph, as far as these are not longer than a stretch may be."""


@dataclass(frozen=True)
class ContextPage:
    """One message, and the numbers by which `context_page` gives the ones before and after it,
    None where the text begins or ends."""

    text: str
    earlier: int | None
    later: int | None


def context_page(
    quote: Quote, newest: Version, language: str, at: int | None = None
) -> ContextPage:
    """What stands around a quote, its words bold; `newest` is the newest version of its article,
    which may no longer say it. `at` comes from another page; where it is none, what is nearest to
    it is shown."""
    found = _stretches(quote.version)
    around = _Around(quote, found, language, _age(quote, newest, language))
    first, most = (
        around.beginning() if at is None else (min(max(0, at), len(found) - 1), len(found))
    )
    after = around.end_of_page(first, most)
    return ContextPage(
        around.text(first, after),
        earlier=around.page_before(first) if first else None,
        later=after if after < len(found) else None,
    )


@dataclass(frozen=True)
class _Around:
    """A text in stretches, and the quote in it; pages are stretches `first` to `after`."""

    quote: Quote
    stretches: Sequence[Stretch]
    language: str
    age: Sequence[Line]

    def beginning(self) -> tuple[int, int]:
        """The page to begin with: the quote, and what is right before and after it."""
        own = [
            i
            for i, (s, e) in enumerate(self.stretches)
            if s < self.quote.end and self.quote.start < e
        ]
        before = own[0] - 1 if own[0] and self._fits(own[0] - 1, own[0] + 1) else own[0]
        return before, min(own[-1] + 2, len(self.stretches))

    def end_of_page(self, first: int, most: int) -> int:
        """Where a page ends that begins there: it holds what fits, and at least a stretch."""
        after = first + 1
        while after < most and self._fits(first, after + 1):
            after += 1
        return after

    def page_before(self, first: int) -> int:
        """Where the page before one begins: it holds what fits."""
        start = first - 1
        while start and self._fits(start - 1, first):
            start -= 1
        return start

    def text(self, first: int, after: int) -> str:
        """A paragraph a line, with an empty one between."""
        start, end = self.stretches[first][0], self.stretches[after - 1][1]
        lines: list[Line] = []
        for low, high in self.quote.version.paragraphs:
            if low < end and start < high:
                lines += [("> ", [("", False)]), self._paragraph(max(low, start), min(high, end))]
        head = [small(self._place(start, end)), *self.age]
        return "\n".join(pages([*head, *lines[1:]]))

    def _paragraph(self, low: int, high: int) -> Line:
        bold = (self.quote.start - low, self.quote.end - low)
        return "> ", pieces(self.quote.version.text[low:high], bold)

    def _place(self, start: int, end: int) -> Own:
        paragraphs = self.quote.version.paragraphs
        first, last = (bisect_right(paragraphs, at, key=lambda p: p[0]) for at in (start, end - 1))
        title = title_of(self.quote.version.article, LONGEST_TITLE)
        if first == last:
            return say("place", self.language, title=title, paragraph=first)
        return say("around", self.language, title=title, first=first, last=last)

    def _fits(self, first: int, after: int) -> bool:
        return size(self.text(first, after)) <= _LONGEST_PAGE


def _age(quote: Quote, newest: Version, language: str) -> list[Line]:
    """Whether the newest version still says it, if the quote is of an older one."""
    if quote.version.id == newest.id:
        return []
    same = still_says(Span(quote.version, quote.start, quote.end), newest)
    name = "older_version" if same else "no_longer_says"
    return [small(say(name, language, read=quote.version.read_at))]


def _stretches(version: Version) -> list[Stretch]:
    """The whole text in stretches, in order; what is between them are blanks."""
    found: list[Stretch] = []
    paragraphs = iter(version.paragraphs)
    end = -1
    for sentence in version.sentences:
        for low, high in _parted(version.text, sentence):
            new_paragraph = low >= end
            while low >= end:
                end = next(paragraphs)[1]
            if new_paragraph or high - found[-1][0] > _LONGEST_STRETCH:
                found.append((low, high))
            else:
                found[-1] = (found[-1][0], high)
    return found


def _parted(text: str, sentence: tuple[int, int]) -> Iterator[Stretch]:
    """A sentence whole, or one that is too long parted at blanks, or anywhere if it has none."""
    low, high = sentence
    while high - low > _LONGEST_STRETCH:
        blank = text.rfind(" ", low, low + _LONGEST_STRETCH)
        cut = blank if blank > low else low + _LONGEST_STRETCH
        yield low, cut
        low = cut + (blank > low)
    yield low, high
