"""Quotes, and the one door through which words that a model proposes become one.

A quote is offsets into a stored article. `locate` forgives what typography changes and nothing
else, and what comes back is always the article's own characters.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.articles import Passage, Span, Version, canonical_text
from index.errors import QuoteError

_SINGLE = "‘’‚‛`´′‹›＇"
_DOUBLE = "“”„‟″«»〝〞＂"
_DASHES = "‐‑‒–—―−﹘﹣－"
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_FOLDED = (
    dict.fromkeys(_SINGLE, "'")
    | dict.fromkeys(_DOUBLE, '"')
    | dict.fromkeys(_DASHES, "-")
    | _LIGATURES
)
_JOINED = re.compile(
    r"\d+(?:[.,:/]\d+)+|(?<!\w)\d{1,3}(?: \d{3})+(?!\w)"  # 1,390.50, 10:30, 1/2, 1 390
    r"|(?<!\w)-\d|n't\b"  # a minus sign, and the "not" in "can't"
)
_LONGEST_JOINED = 40
_FEWEST_WORDS = 3
_FEWEST_WIDE = 6  # letters, where words are written without spaces
_WORD = re.compile(r"\w+")
_LETTER = re.compile(r"[^\W\d_]")
_WIDE = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True)
class Quote:
    """Whole sentences of one version, with the words that answer marked inside them.

    `start`, `end` and `highlight` count code points of the version's text. Raises QuoteError where
    they are not sentence bounds, or the highlight is not inside them: such a quote cannot be made.
    """

    version: Version
    start: int
    end: int
    highlight: tuple[int, int]

    def __post_init__(self) -> None:
        inside = self.start <= self.highlight[0] < self.highlight[1] <= self.end
        if not (inside and _is_whole(self.version, self.start, self.end)):
            raise QuoteError(
                f"{self.start}:{self.end} with {self.highlight} are not whole sentences of "
                f"“{self.version.article.title}”, so no quote can be made of them."
            )

    @property
    def text(self) -> str:
        """The words, sliced from the article each time: they stand nowhere else."""
        return self.version.text[self.start : self.end]

    @property
    def highlighted(self) -> str:
        """The words that answer, sliced the same way."""
        return self.version.text[self.highlight[0] : self.highlight[1]]

    @property
    def page(self) -> int:
        """On which page the quote starts, from 1; 0 where there are no pages."""
        return Span(self.version, self.start, self.end).page

    @property
    def paragraph(self) -> int:
        """In which paragraph the quote starts, from 1."""
        return _place(self.version.paragraphs, self.start) + 1

    @property
    def sentence(self) -> int:
        """Which sentence of that paragraph it starts with, from 1."""
        spans = self.version.sentences
        paragraph_start = self.version.paragraphs[self.paragraph - 1][0]
        return _place(spans, self.start) - _place(spans, paragraph_start) + 1


def quote_span(span: Span) -> Quote:
    """The whole sentences around a span, which becomes the highlight."""
    spans = span.version.sentences
    first, last = _place(spans, span.start), _place(spans, span.end - 1)
    start, end = spans[first][0], spans[last][1]
    highlight = (max(span.start, start), min(span.end, end))
    return Quote(span.version, start, end, highlight)


def locate(text: str, passages: Sequence[Passage]) -> Quote | None:
    """The quote that `text` means, or None if the articles of these passages do not say it.

    Folded before comparing: curly and straight quotes, dashes, spaces of every kind, ligatures,
    soft hyphens, and the case of the first letter. Refused: anything else that differs, what is too
    short to name a place (under three words, unless they are a sentence), and half words. Part of a
    sentence becomes the highlight in its whole sentence. Of several places the one in the passage
    that comes first in `passages` is taken.
    """
    needle = _fold(canonical_text(text))[0].strip()
    if not needle:
        return None
    versions = dict.fromkeys(passage.version for passage in passages)
    spans = (span for version in versions for span in _occurrences(needle, version))
    found = [span for span in spans if _names_a_place(span)]
    return quote_span(min(found, key=lambda s: _citation_rank(s, passages))) if found else None


def _citation_rank(span: Span, cited: Sequence[Passage]) -> tuple[int, int]:
    """First those inside the first passage, then the second, …, then by article and place."""
    same = [(i, passage) for i, passage in enumerate(cited) if passage.version == span.version]
    holding = (i for i, p in same if p.start <= span.start and span.end <= p.end)
    return next(holding, len(cited) + same[0][0]), span.start


def _occurrences(needle: str, version: Version) -> Iterator[Span]:
    """Where the folded words stand in a version: as whole sentences or at least as whole words."""
    haystack, origin = _fold(version.text)
    for form in dict.fromkeys((needle, _other_case(needle))):
        at = haystack.find(form)
        while at >= 0:
            end = at + len(form)
            span = Span(version, origin[at], origin[end - 1] + 1)
            in_ligature = origin[at - 1 : at] == origin[at : at + 1] or (
                origin[end - 1 : end] == origin[end : end + 1]
            )
            whole = _is_whole(version, span.start, span.end) and not in_ligature
            if whole or not (_inside_word(haystack, at) or _inside_word(haystack, end)):
                yield span
            at = haystack.find(form, at + 1)


def _other_case(text: str) -> str:
    """The text with its first letter in the other case."""
    first = _LETTER.search(text)
    return text[: first.start()] + first[0].swapcase() + text[first.end() :] if first else text


def _inside_word(text: str, at: int) -> bool:
    """Whether a cut at `at` would split a word, or a number such as 1,390 or 3.5."""
    if not 0 < at < len(text):
        return False
    left, right = text[at - 1], text[at]
    if _is_letter(left) and _is_letter(right):
        return not (_WIDE.match(left) or _WIDE.match(right))
    joined = _JOINED.finditer(text, max(0, at - _LONGEST_JOINED), at + _LONGEST_JOINED)
    return any(match.start() < at < match.end() for match in joined)


def _is_letter(char: str) -> bool:
    """Letters, digits, and the marks that many scripts put on or after a letter."""
    return char.isalnum() or unicodedata.category(char).startswith("M")


def _names_a_place(span: Span) -> bool:
    """Whether the words are enough to say which place is meant: three words, or a sentence."""
    words, wide = _WORD.findall(span.text), _WIDE.findall(span.text)
    enough = len(words) >= _FEWEST_WORDS or len(wide) >= _FEWEST_WIDE
    return enough or _is_whole(span.version, span.start, span.end)


def _is_whole(version: Version, start: int, end: int) -> bool:
    """Whether `start` begins a sentence and `end` ends the same or a later one."""
    spans = version.sentences
    first, last = _place(spans, start), _place(spans, end - 1)
    return start < end and bool(spans) and (spans[first][0], spans[last][1]) == (start, end)


@lru_cache(maxsize=16)
def _fold(text: str) -> tuple[str, Sequence[int]]:
    """Folded characters, and for each the offset in `text` that it came from."""
    folded: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(text):
        new = " " if char.isspace() else _FOLDED.get(char, char)
        if new == " " and folded and folded[-1] == " ":
            continue
        folded.extend(new)
        origin.extend([at] * len(new))
    return "".join(folded), origin


def _place(spans: Sequence[tuple[int, int]], offset: int) -> int:
    """The index of the span that holds `offset`, or of the last one before it."""
    return max(0, bisect_right(spans, offset, key=lambda span: span[0]) - 1)
