"""The lines of a page as a reader sees them: paragraphs, headings, list items, table rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from index.sources.hidden import INLINE

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LONGEST_CELL = 300  # characters; a table with longer cells lays out a page
_REFERENCE = re.compile(r"\s*\[\s*(?:\d{1,3}|[a-z]|note \d+)\s*\]\s*", re.IGNORECASE)
_BREAK_IN_SENTENCE = re.compile(r"(?<=[\w,;])\n(?=[^\W\d_A-Z])(?=\S)")
_SPACE = re.compile(r"[^\S\n]+")

Place = tuple[HtmlElement, bool]
"""Where in a tree some text begins: before the text (False) or the tail (True) of an element."""


@dataclass(frozen=True)
class Block:
    """One paragraph, heading, list item or row; `text` may have several lines."""

    text: str
    tag: str
    """The innermost element around it that is not part of a line, as "p" or "li"."""
    link_share: float
    """How much of its characters is links, from 0 to 1."""
    place: Place

    @property
    def is_link(self) -> bool:
        return self.link_share > 0.9


def blocks(body: HtmlElement) -> Iterator[Block]:
    """The blocks of a page without hidden parts (see hidden.py), in order, none of them empty."""
    line = _Line()
    walk = etree.iterwalk(body, events=("start", "end"))
    outer: list[str] = []
    for event, element in walk:
        if event == "end":
            if not is_inline(element):
                yield from line.end(outer[-1])
                outer.pop()
            line.links -= element.tag == "a"
            if element is not body:
                line.add(element.tail, element, True)
            continue
        if not is_inline(element):
            yield from line.end(outer[-1] if outer else "body")
            outer.append(str(element.tag))
        line.links += element.tag == "a"
        if element.tag == "tr" and (row := _row(element)):
            yield row
            walk.skip_subtree()
        elif _is_reference(element):
            walk.skip_subtree()
        elif element.tag == "br":
            yield from line.break_off(outer[-1])
        else:
            line.start(element)
            line.add(element.text, element, False)


class _Line:
    """The text since the last boundary."""

    def __init__(self) -> None:
        self.links = 0
        """How many links are open."""
        self._pieces: list[str] = []
        self._linked = 0
        self._place: Place | None = None

    def start(self, element: HtmlElement) -> None:
        """An inline element opens: if it is the first of the line, the line begins before it."""
        if is_inline(element) and self._place is None:
            before = element.getprevious()
            self._place = (element.getparent(), False) if before is None else (before, True)

    def add(self, text: str | None, element: HtmlElement, is_tail: bool) -> None:
        if text is None:
            return
        if not any(True for _ in element.iterancestors("pre")) and element.tag != "pre":
            text = _SPACE.sub(" ", text.replace("\n", " "))
        if text.strip() and self._place is None:
            self._place = element, is_tail
        self._linked += len(text.strip()) if self.links else 0
        self._pieces.append(text)

    def break_off(self, tag: str) -> Iterator[Block]:
        """A <br>: two of them in a row part paragraphs."""
        last = next((piece for piece in reversed(self._pieces) if piece.strip(" ")), "")
        if last.endswith("\n"):
            yield from self.end(tag)
        elif self._place:
            self._pieces.append("\n")

    def end(self, tag: str) -> Iterator[Block]:
        lines = (" ".join(line.split()) for line in "".join(self._pieces).split("\n"))
        text = "\n".join(line for line in lines if line)
        text = text.replace("\n", " ") if tag in HEADINGS else _BREAK_IN_SENTENCE.sub(" ", text)
        if text and self._place:
            yield Block(text, tag, min(1.0, self._linked / len(text)), self._place)
        self._pieces, self._linked, self._place = [], 0, None


def is_inline(element: HtmlElement) -> bool:
    """Whether an element is part of a line; one of unknown name is, if words are beside it."""
    tag = str(element.tag)
    if "-" not in tag:
        return tag in INLINE or tag == "br"
    before = element.getprevious()
    parent = element.getparent()
    text = before.tail if before is not None else parent.text if parent is not None else ""
    return bool((text or "").strip() or (element.tail or "").strip())


def _row(row: HtmlElement) -> Block | None:
    """A table row as "a | b | c"; None for one that lays out the page or has a single cell."""
    cells = [cell for cell in row if cell.tag in {"td", "th"}]
    texts = [_cell_text(cell) for cell in cells]
    if sum(map(bool, texts)) < 2 or max(map(len, texts)) > _LONGEST_CELL:
        return None
    if next(row.iter("table"), None) is not None:
        return None
    text = " | ".join(texts)
    linked = sum(len(" ".join(link.itertext())) for link in row.iter("a"))
    return Block(text, "tr", min(1.0, linked / len(text)), (cells[0], False))


def _cell_text(cell: HtmlElement) -> str:
    pieces: list[str] = []
    walk = etree.iterwalk(cell, events=("start", "end"))
    for event, element in walk:
        pieces.append("" if is_inline(element) and element.tag != "br" else " ")
        if event == "start" and _is_reference(element):
            walk.skip_subtree()
        elif event == "start":
            pieces.append(element.text or "")
        elif element is not cell:
            pieces.append(element.tail or "")
    return " ".join("".join(pieces).split())


def _is_reference(element: HtmlElement) -> bool:
    """A footnote's number, as encyclopedias set it: a link in brackets."""
    if element.tag != "sup" or next(element.iter("a"), None) is None:
        return False
    return bool(_REFERENCE.fullmatch("".join(element.itertext())))
