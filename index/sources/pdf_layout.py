"""From the letters of a page to its paragraphs, column after column.

Everything is told from where the letters stand: a run is letters that follow each other, a row is
runs on one base line of a column, a paragraph is rows that no gap, indent or early end parts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import quantiles

from index.sources.pdf_glyphs import Glyph

# All in sizes of the letters at hand.
_WORD_GAP = 0.15  # TeX's narrowest space is 0.22, its widest kern 0.08
_RUN_GAP = 0.8  # a wider one may be the gutter between two columns
_CELL_GAP = 2.0
_INDENT = 0.8
_LEADING = 1.35  # more of the usual distance between rows is a gap between paragraphs

_COLUMN_ROWS = 3  # fewer rows side by side are no columns
_COLUMN_LETTERS = 16  # a row's in the mean; less are cells of a table, to be read row by row
_CROSSING = 0.25  # of the rows of the thinner column; more runs across a gutter and it is none
_DEPTH = 5  # columns within columns
_SENTENCE_END = re.compile(r"[.!?…:;][\"'”’»)\]]*\d{0,2}$")
_BULLET = re.compile(r"[•‣▪●◦∙·]\s")
_ITEM = re.compile(r"([-–—*]|\(?(\d{1,3}|[a-zA-Z])[.)])\s")  # or else an initial, or a dash


@dataclass(frozen=True, slots=True)
class Line:
    """A run or a row: words on one base line, in points from the lower left corner."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool
    cells: int = 1
    """How many parts of a row stand far apart, as in a table."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Rows that belong together."""

    lines: Sequence[Line]
    first: bool
    """Whether its column begins with it."""
    full: bool
    """Whether the last row goes to the end of its column, so that more words may follow."""

    @property
    def size(self) -> float:
        return _commonest([(line.size, len(line.text)) for line in self.lines])

    @property
    def ended(self) -> bool:
        return ends_sentence(self.lines[-1].text)


def ends_sentence(text: str) -> bool:
    return bool(_SENTENCE_END.search(text))


def runs(glyphs: Sequence[Glyph]) -> list[Line]:
    """Letters that follow each other on a base line without a gap as wide as a gutter."""
    found: list[list[Glyph]] = []
    for glyph in glyphs:
        if found and _follows(found[-1][-1], glyph):
            found[-1].append(glyph)
        else:
            found.append([glyph])
    lines = (_run(each) for each in found)
    return [line for line in lines if line.text]


def rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Runs by base line, the upper first, each from left to right."""
    found: list[list[Line]] = []
    for line in sorted(lines, key=lambda each: (-_middle(each), each.x0)):
        if found and _beside(found[-1][0], line):
            found[-1].append(line)
        else:
            found.append([line])
    return [sorted(row, key=lambda each: each.x0) for row in found]


def joined(row: Sequence[Line]) -> Line:
    """One row of its runs."""
    text, cells = row[0].text, 1
    for before, run in pairwise(row):
        gap = (run.x0 - before.x1) / min(before.size, run.size)
        text += (" " if gap > _WORD_GAP else "") + run.text
        cells += gap > _CELL_GAP
    main = max(row, key=lambda run: len(run.text))
    return replace(main, text=text, x0=row[0].x0, x1=max(run.x1 for run in row), cells=cells)


def paragraphs(lines: Sequence[Line]) -> Iterator[Paragraph]:
    """The paragraphs of a page's runs in reading order."""
    for column in _columns(lines, _DEPTH) if lines else ():
        yield from _in_column([joined(row) for row in rows(column)])


def _follows(before: Glyph, glyph: Glyph) -> bool:
    size = min(before.size, glyph.size)
    shared = min(before.y1, glyph.y1) - max(before.y0, glyph.y0)
    return shared > size / 2 and -size / 2 < glyph.x0 - before.x1 < _RUN_GAP * size


def _run(glyphs: Sequence[Glyph]) -> Line:
    while glyphs and glyphs[-1].text.isspace():
        glyphs = glyphs[:-1]
    while glyphs and glyphs[0].text.isspace():
        glyphs = glyphs[1:]
    if not glyphs:
        return Line("", 0, 0, 0, 0, 0, False)
    text = glyphs[0].text
    for before, glyph in pairwise(glyphs):
        size = min(before.size, glyph.size)
        text += (" " if glyph.x0 - before.x1 > _WORD_GAP * size else "") + glyph.text
    size = _commonest([(round(glyph.size, 1), 1) for glyph in glyphs])
    main = min(glyphs, key=lambda glyph: abs(glyph.size - size))
    bold = 2 * sum(glyph.bold for glyph in glyphs) > len(glyphs)
    return Line(text, glyphs[0].x0, main.y0, glyphs[-1].x1, main.y1, size, bold)


def _commonest(weighted: Sequence[tuple[float, int]]) -> float:
    counts: Counter[float] = Counter()
    for value, weight in weighted:
        counts[value] += weight
    return counts.most_common(1)[0][0]


def _middle(line: Line) -> float:
    return (line.y0 + line.y1) / 2


def _beside(row: Line, line: Line) -> bool:
    shared = min(row.y1, line.y1) - max(row.y0, line.y0)
    return 2 * shared > min(row.y1 - row.y0, line.y1 - line.y0)


def _columns(lines: Sequence[Line], depth: int) -> Iterator[Sequence[Line]]:
    """Parts of a page to be read one after another, each from top to bottom.

    What crosses the gutter (a headline) parts the page into bands; in each the left column comes
    before the right one.
    """
    gutter = _gutter(lines) if depth else None
    if gutter is None:
        yield lines
        return
    crossing = [line for line in lines if line.x0 < gutter < line.x1]
    rest = [line for line in lines if not line.x0 < gutter < line.x1]
    for across, band in _bands(crossing, rest):
        if across:
            yield across
        left = [line for line in band if line.x1 <= gutter]
        right = [line for line in band if line.x0 >= gutter]
        for side in (left, right):
            if side:
                yield from _columns(side, depth - 1)


def _bands(
    crossing: Sequence[Line], rest: Sequence[Line]
) -> Iterator[tuple[list[Line], list[Line]]]:
    """Rows across the gutter, each with what stands below it and above the next."""
    tagged = [(_middle(line), True, line) for line in crossing]
    tagged += [(_middle(line), False, line) for line in rest]
    across: list[Line] = []
    below: list[Line] = []
    for _, crosses, line in sorted(tagged, key=lambda each: -each[0]):
        if crosses and below:
            yield across, below
            across, below = [], []
        (across if crosses else below).append(line)
    yield across, below


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where a white strip runs between two columns of text; None if there is none."""
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    step = max((right - left) / 200, 0.5)
    places = [left + step * i for i in range(20, 181)]
    scored = [(score, x) for x in places if (score := _parts(lines, x)) > 0]
    if not scored:
        return None
    best = max(score for score, _ in scored)
    strip = [x for score, x in scored if score == best]
    return strip[len(strip) // 2]


def _parts(lines: Sequence[Line], x: float) -> float:
    """How well a gutter at x parts the lines: rows of the thinner column, 0 if it is none."""
    left = [line for line in lines if line.x1 <= x]
    right = [line for line in lines if line.x0 >= x]
    if min(len(left), len(right)) < _COLUMN_ROWS:
        return 0
    crossing = len(lines) - len(left) - len(right)
    beside = [_side_by_side(left, right), _side_by_side(right, left)]
    if min(len(side) for side in beside) < _COLUMN_ROWS:
        return 0
    fewest = min(len(rows(side)) for side in beside)
    if fewest < _COLUMN_ROWS or crossing > _CROSSING * fewest + 2:
        return 0
    if min(_letters(side) for side in beside) < _COLUMN_LETTERS:
        return 0
    return fewest / (1 + crossing)


def _side_by_side(lines: Sequence[Line], others: Sequence[Line]) -> list[Line]:
    """Those at the height of the others."""
    top, bottom = max(line.y1 for line in others), min(line.y0 for line in others)
    return [line for line in lines if bottom <= _middle(line) <= top]


def _letters(lines: Sequence[Line]) -> float:
    return sum(len(line.text) for line in lines) / len(rows(lines))


def _in_column(lines: Sequence[Line]) -> Iterator[Paragraph]:
    distances = [before.y0 - line.y0 for before, line in pairwise(lines)]
    # Of the shorter distances: where most paragraphs have one row, most distances are gaps.
    leading = quantiles(distances, n=4)[0] if len(distances) > 1 else lines[0].size * 1.25
    edges: dict[int, float] = {}  # the right one of the column, for each size of letters
    for line in lines:
        edges[round(line.size)] = max(edges.get(round(line.size), line.x1), line.x1)
    current = [lines[0]]
    for before, line in pairwise(lines):
        right = edges[round(before.size)]
        if _starts(before, line, leading, right):
            yield Paragraph(current, current[0] is lines[0], not _ends_early(before, right))
            current = []
        current.append(line)
    last = lines[-1]
    yield Paragraph(current, current[0] is lines[0], not _ends_early(last, edges[round(last.size)]))


def _starts(before: Line, line: Line, leading: float, right: float) -> bool:
    """Whether a row starts a paragraph: within a sentence that takes more than after one."""
    if abs(before.size - line.size) > 0.1 * max(before.size, line.size):
        return True
    if before.y0 - line.y0 > _LEADING * max(leading, line.size) or _BULLET.match(line.text):
        return True
    if before.cells > 1 and line.cells > 1:
        return True
    short = _is_short(before, line, right)
    item = bool(_ITEM.match(line.text))
    indented = line.x0 - before.x0 > _INDENT * line.size
    if ends_sentence(before.text) and (short or item or indented):
        return True
    return short and (item or before.bold != line.bold or _ends_early(before, right))


def _is_short(before: Line, line: Line, right: float) -> bool:
    """Whether the first word of a row would have fitted in the one before."""
    word = line.text.split(maxsplit=1)[0]
    width = (line.x1 - line.x0) * (len(word) + 1) / len(line.text)
    return before.x1 + width < right


def _ends_early(line: Line, right: float) -> bool:
    return right - line.x1 > 0.3 * (right - line.x0)
