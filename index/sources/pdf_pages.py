"""From the pages of a printed text to one text: without what stands on every page, words whole."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from index.articles import canonical_text
from index.sources.pdf_layout import Line, Paragraph, joined, paragraphs, rows

_EDGE = 4  # rows at the head and at the foot of a page among which running ones are looked for
_NEIGHBOURS = (-2, -1, 1, 2)  # left and right pages may have different running heads
_SAME_PLACE = 4.0  # points
_NUMBER = re.compile(r"\d{1,9}")
_PAGE_NUMBER = re.compile(
    r"[-–—\s]*(?:(?:page|p\.|seite|página|pagina)?\s*(\d{1,4})\s*(?:(?:of|/|von|de|sur|di)\s*\d+)?"
    r"|[ivxl]{1,6})[-–—\s]*",
    re.I,
)
_SMALL_PRINT = 0.93  # of the size of most letters; smaller ones are notes
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_BROKEN = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)[-\u2010]$")
_TIGHT = re.compile(r"\S[-\u2010–—/]$")  # what goes on after it does so without a space
_SUSPENDED = frozenset({"and", "or", "und", "oder"})  # "two- or three-day"
_JAMO = frozenset(map(chr, range(0x1160, 0x1200)))  # as marks, drawn into what stands before
_LIGATURES = str.maketrans(
    {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st"}
    | {0xFB06: "st"}
)
_WHOLE_WORD = 4  # letters; shorter parts of a broken word say nothing by being words as well


@dataclass(frozen=True)
class Printed:
    """The text of all pages, canonical, and where in it each page starts."""

    text: str
    starts: tuple[int, ...]
    headline: str
    """The largest words of the first page, "" if all are of one size."""


def read_pages(pages: Sequence[Sequence[Line]]) -> Printed:
    """The runs of each page as one text."""
    cleaned = [[run for run in map(_clean, page) if run.text] for page in pages]
    read = [[*paragraphs(body)] for body in _without_running_rows(cleaned)]
    body_size = _body_size(read)
    read = [_notes_first(page, body_size) for page in read]
    return _Writer(_words(read)).write(read, _headline(read, body_size))


def _clean(run: Line) -> Line:
    """Its text canonical, also when another is put before it."""
    text = re.sub("\n+", " ", canonical_text(run.text.translate(_LIGATURES)))
    while text and (unicodedata.category(text[0]).startswith("M") or text[0] in _JAMO):
        text = text[1:].lstrip()
    return replace(run, text=text)


def _without_running_rows(pages: Sequence[Sequence[Line]]) -> Iterator[list[Line]]:
    """Each page's runs without heads, feet and page numbers."""
    tables = [rows(page) for page in pages]
    edges = [[joined(row) for row in _edge(table)] for table in tables]
    for number, table in enumerate(tables):
        running = [_is_running(row, number, edges) for row in edges[number]]
        out = {id(row) for row, runs in zip(_edge(table), running, strict=True) if runs}
        yield [run for row in table if id(row) not in out for run in row]


def _edge(table: Sequence[list[Line]]) -> Sequence[list[Line]]:
    return table if len(table) <= 2 * _EDGE else [*table[:_EDGE], *table[-_EDGE:]]


def _is_running(row: Line, page: int, edges: Sequence[Sequence[Line]]) -> bool:
    """Whether a page nearby has the same row at the same place, or it is a page number."""
    outermost = row in (edges[page][0], edges[page][-1])
    match = _PAGE_NUMBER.fullmatch(row.text)
    if outermost and match and match[1] in {None, str(page + 1)}:
        return True
    others = [page + away for away in _NEIGHBOURS if 0 <= page + away < len(edges)]
    return any(_recurs(row, each, other - page) for other in others for each in edges[other])


def _recurs(row: Line, other: Line, away: int) -> bool:
    """Numbers may stay as they are or count the pages."""
    if abs(row.y0 - other.y0) > _SAME_PLACE or abs(row.size - other.size) > 1:
        return False
    if _NUMBER.sub("\n", row.text) != _NUMBER.sub("\n", other.text):
        return False
    numbers = zip(_NUMBER.findall(row.text), _NUMBER.findall(other.text), strict=True)
    return all(int(b) - int(a) in {0, away} for a, b in numbers)


def _body_size(pages: Sequence[Sequence[Paragraph]]) -> float:
    """The size of most letters; 0 if there are none."""
    counts: Counter[float] = Counter()
    for page in pages:
        for paragraph in page:
            counts[paragraph.size] += sum(len(line.text) for line in paragraph.lines)
    return counts.most_common(1)[0][0] if counts else 0.0


def _notes_first(page: Sequence[Paragraph], body: float) -> list[Paragraph]:
    """Notes that stand within a sentence, at the foot of its column, go before its paragraph."""
    ordered: list[Paragraph] = []
    for paragraph in page:
        place = len(ordered)
        if paragraph.size < _SMALL_PRINT * body and ordered:
            last = ordered[-1]
            place -= last.full and not last.ended and last.size >= _SMALL_PRINT * body
        ordered.insert(place, paragraph)
    return ordered


def _headline(pages: Sequence[Sequence[Paragraph]], body: float) -> str:
    first = next((page for page in pages if page), [])
    largest = max(first, key=lambda paragraph: paragraph.size, default=None)
    if largest is None or largest.size < 1.1 * body:
        return ""
    return " ".join(line.text for line in largest.lines)


def _words(pages: Sequence[Sequence[Paragraph]]) -> Counter[str]:
    """How often each whole word occurs, those at a line's broken end left out."""
    counts: Counter[str] = Counter()
    lines = [line.text.lower() for page in pages for each in page for line in each.lines]
    broken = False
    for line in lines:
        words = _WORD.findall(line)
        first, broken = int(broken), bool(_BROKEN.search(line))
        counts.update(words[first : len(words) - broken])
    return counts


@dataclass
class _Writer:
    """Puts rows together, counting code points."""

    words: Counter[str]
    parts: list[str] = field(default_factory=list)
    length: int = 0

    def write(self, pages: Sequence[Sequence[Paragraph]], headline: str) -> Printed:
        starts: list[int] = []
        last: Paragraph | None = None
        for page in pages:
            starts.append(-1)
            for paragraph in page:
                for i, line in enumerate(paragraph.lines):
                    apart = not i and not (last and _goes_on(last, paragraph))
                    self._put(line.text, apart)
                    if starts[-1] < 0:
                        starts[-1] = self.length - len(self.parts[-1])
                last = paragraph
        return Printed("".join(self.parts), self._filled(starts), headline)

    def _put(self, text: str, apart: bool) -> None:
        """Adds a row; the part before it loses a hyphen that only broke a word."""
        if self.parts:
            before = self.parts.pop()
            self.length -= len(before)
            self._append(before + "\n\n" if apart else self._seam(before, text))
        self._append(text)

    def _append(self, part: str) -> None:
        self.parts.append(part)
        self.length += len(part)

    def _seam(self, before: str, text: str) -> str:
        """How a row ends whose words go on in the next one."""
        broken, follows = _BROKEN.search(before), _WORD.match(text)
        if not _TIGHT.search(before) or (broken and follows and follows[0] in _SUSPENDED):
            return before + " "
        one = broken and follows and self._is_one_word(broken[1], follows[0])
        return before[:-1] if one else before

    def _is_one_word(self, before: str, after: str) -> bool:
        """Whether a hyphen at the end of a line only broke a word.

        What the rest of the text writes decides; else a hyphen between two long words of the text
        is kept, as is one before a capital or in a word with other hyphens.
        """
        whole = self.words[(before + after).lower()]
        hyphened = self.words[f"{before}-{after}".lower()]
        if whole or hyphened:
            return whole >= hyphened
        if not after[0].islower() or "-" in before:
            return False
        parts = (before.lower(), after.split("-")[0].lower())
        return not all(self.words[part] and len(part) >= _WHOLE_WORD for part in parts)

    def _filled(self, starts: Sequence[int]) -> tuple[int, ...]:
        """A page without words starts where the next one does, the first at 0."""
        following = self.length
        filled: list[int] = []
        for start in reversed(starts):
            following = start if start >= 0 else following
            filled.append(following)
        return (0, *filled[-2::-1]) if filled else ()


def _goes_on(last: Paragraph, paragraph: Paragraph) -> bool:
    """Whether a paragraph is the rest of the one before, from the last column or page."""
    before, line = last.lines[-1], paragraph.lines[0]
    if not paragraph.first or last.ended or abs(before.size - line.size) > 0.1 * before.size:
        return False
    return line.text[0].islower() or (last.full and before.bold == line.bold)
