"""The letters of a PDF page that a reader can see, where they stand and how large they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pdfminer.pdfcolor import PDFColorSpace
from pdfminer.pdfdevice import PDFTextDevice, PDFTextSeq
from pdfminer.pdffont import PDFFont, PDFUnicodeNotDefined
from pdfminer.pdfinterp import (
    PDFGraphicState,
    PDFPageInterpreter,
    PDFResourceManager,
    PDFTextState,
)
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import PDFStream
from pdfminer.utils import Matrix, PathSegment, Rect, apply_matrix_pt, apply_matrix_rect

_INVISIBLE = frozenset({3, 7})  # text rendering modes that paint nothing
_SMALLEST = 1.0  # points; nobody reads less
_WHITES = frozenset({(1.0,), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 0.0)})
# In others 1 may well be black, as in a separation, where it is all of an ink.
_LIGHT_SPACES = frozenset(
    {"DeviceGray", "DeviceRGB", "DeviceCMYK", "CalGray", "CalRGB", "ICCBased"}
)


@dataclass(frozen=True, slots=True)
class Glyph:
    """One letter, or a few (a ligature), in points from the lower left corner of the page."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool
    turn: int = 0
    """How often the page must be turned by 90° against the clock so that the letter is upright."""


@dataclass(frozen=True, slots=True)
class PageGlyphs:
    """The letters of one page in the order in which they are painted, all upright."""

    glyphs: Sequence[Glyph]
    scanned: bool
    """Whether they are the unseen text layer under the picture of a page."""
    unknown: int
    """How many letters could not be told, since their font does not say which they are."""


class GlyphReader:
    """Reads one page after another; fonts are kept from page to page."""

    def __init__(self) -> None:
        resources = PDFResourceManager()
        self._device = _Device(resources)
        self._interpreter = _Interpreter(resources, self._device)

    def read(self, page: PDFPage) -> PageGlyphs:
        """Raises whatever the page's damage provokes in pdfminer."""
        self._interpreter.process_page(page)
        device = self._device
        scanned = not device.seen and bool(device.unseen)
        glyphs = device.unseen if scanned else device.seen
        return PageGlyphs(list(_without_doubles(_upright(glyphs))), scanned, device.unknown)


class _Interpreter(PDFPageInterpreter):
    """Tells the device of shadings too: they are a ground that white letters can be seen on."""

    def do_sh(self, name: object) -> None:  # noqa: ARG002 - pdfminer's signature
        if isinstance(self.device, _Device):
            self.device.grounds.append(self.device.page)


class _Device(PDFTextDevice):
    """Collects letters; knows what was painted under them only as boxes."""

    page: Rect = (0.0, 0.0, 0.0, 0.0)

    def begin_page(self, page: PDFPage, ctm: Matrix) -> None:
        self.page = apply_matrix_rect(ctm, page.cropbox)
        self.seen: list[Glyph] = []
        self.unseen: list[Glyph] = []
        self.unknown = 0
        self.grounds: list[Rect] = []
        self._invisible = False

    def render_image(self, name: str, stream: PDFStream) -> None:  # noqa: ARG002
        assert self.ctm is not None  # noqa: S101 - set before anything is painted
        self.grounds.append(apply_matrix_rect(self.ctm, (0, 0, 1, 1)))

    def paint_path(
        self,
        graphicstate: PDFGraphicState,
        stroke: bool,  # noqa: ARG002
        fill: bool,
        evenodd: bool,  # noqa: ARG002
        path: Sequence[PathSegment],
    ) -> None:
        points = [(float(p[-2]), float(p[-1])) for p in path if len(p) > 2]
        if not fill or not points or _is_white(graphicstate):
            return
        assert self.ctm is not None  # noqa: S101
        xs, ys = zip(*(apply_matrix_pt(self.ctm, point) for point in points), strict=True)
        self.grounds.append((min(xs), min(ys), max(xs), max(ys)))

    def render_string(
        self,
        textstate: PDFTextState,
        seq: PDFTextSeq,
        ncs: PDFColorSpace,
        graphicstate: PDFGraphicState,
    ) -> None:
        self._invisible = textstate.render in _INVISIBLE
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_char(
        self,
        matrix: Matrix,
        font: PDFFont,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: PDFColorSpace,  # noqa: ARG002
        graphicstate: PDFGraphicState,
    ) -> float:
        advance: float = font.char_width(cid) * fontsize * scaling
        glyph = _glyph(self._letter(font, cid), matrix, font, fontsize, advance, rise)
        if advance and glyph.text == "\u00ad":
            glyph = replace(glyph, text="-")  # one that is printed is a hyphen
        if glyph.text and glyph.size >= _SMALLEST and _holds(self.page, glyph):
            seen = not self._invisible and self._stands_out(glyph, graphicstate)
            (self.seen if seen else self.unseen).append(glyph)
        return advance

    def _letter(self, font: PDFFont, cid: int) -> str:
        try:
            return font.to_unichr(cid)
        except PDFUnicodeNotDefined:
            self.unknown += 1
            return ""

    def _stands_out(self, glyph: Glyph, graphicstate: PDFGraphicState) -> bool:
        """Whether it is not white, or white on something."""
        return not _is_white(graphicstate) or any(_holds(box, glyph) for box in self.grounds)


def _is_white(graphicstate: PDFGraphicState) -> bool:
    colour = graphicstate.ncolor
    parts = tuple(colour) if isinstance(colour, tuple | list) else (colour,)
    return parts in _WHITES and graphicstate.ncs.name in _LIGHT_SPACES


def _holds(box: Rect, glyph: Glyph) -> bool:
    x, y = (glyph.x0 + glyph.x1) / 2, (glyph.y0 + glyph.y1) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _glyph(
    text: str, matrix: Matrix, font: PDFFont, fontsize: float, advance: float, rise: float
) -> Glyph:
    low = font.get_descent() * fontsize + rise
    x0, y0, x1, y1 = apply_matrix_rect(matrix, (0, low, advance, low + fontsize))
    a, b = matrix[:2]
    turn = (0 if a >= 0 else 2) if abs(a) >= abs(b) else (3 if b > 0 else 1)
    size = y1 - y0 if turn in {0, 2} else x1 - x0
    name = font.fontname
    bold = "bold" in str(name).lower() or "black" in str(name).lower()
    return Glyph(text, x0, y0, x1, y1, size, bold, turn)


def _upright(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The letters of the commonest direction, turned if need be; marginal ones are left out."""
    turns = Counter(glyph.turn for glyph in glyphs)
    turn = turns.most_common(1)[0][0] if turns else 0
    return [_turned(glyph) for glyph in glyphs if glyph.turn == turn]


def _turned(glyph: Glyph) -> Glyph:
    x0, y0, x1, y1 = glyph.x0, glyph.y0, glyph.x1, glyph.y1
    if glyph.turn == 0:
        return glyph
    if glyph.turn == 1:
        return replace(glyph, x0=-y1, y0=x0, x1=-y0, y1=x1)
    if glyph.turn == 2:
        return replace(glyph, x0=-x1, y0=-y1, x1=-x0, y1=-y0)
    return replace(glyph, x0=y0, y0=-x1, x1=y1, y1=-x0)


def _without_doubles(glyphs: Sequence[Glyph]) -> Iterator[Glyph]:
    """Some programs print a letter twice, a little apart, to make it bold or give it a shadow."""
    seen: set[tuple[str, int, int]] = set()
    for glyph in glyphs:
        column, row = int(glyph.x0 // 1), int(glyph.y0 // 1)
        near = [(glyph.text, column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        if glyph.text.isspace() or seen.isdisjoint(near):
            seen.add((glyph.text, column, row))
            yield glyph
