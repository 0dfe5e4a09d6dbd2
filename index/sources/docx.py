"""DOCX into an article: what stands in the document, as a reader sees it.

Read from the XML itself: python-docx leaves insertions out of a paragraph's text, unpacks every
picture, and does not know the "strict" documents that Word can write. Left out: tracked deletions,
hidden and tiny text, white text that has no ground of its own, notes, comments, heads and feet, and
the numbers that Word makes for lists.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from posixpath import normpath
from xml.etree.ElementTree import Element, ParseError, fromstring
from zipfile import BadZipFile, ZipFile

from index.articles import canonical_text
from index.errors import SourceError
from index.sources import properties
from index.sources.parsed import Parsed

_LARGEST = 100_000_000  # bytes when unpacked
_MEMBERS = 10_000
_TINY = 2  # half points
_NOT_SHOWN = frozenset("del moveFrom instrText delText rt pPr rPr sdtPr tblPr trPr tcPr".split())
_APART = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011", "t": ""}
_OFF = frozenset({"0", "false", "off"})
_PICTURED = frozenset({"tbl", "txbxContent"})  # where a ground may be given elsewhere
_OLD_WORD = b"\xd0\xcf\x11\xe0"
_DAMAGE = (
    BadZipFile,
    ParseError,
    EOFError,
    LookupError,
    NotImplementedError,  # ways of packing
    OSError,
    ValueError,
    zlib.error,
)
_OTHERS = {
    "workbook": "is a spreadsheet; save what matters as text",
    "presentation": "is a slide show; save it as PDF",
    "": "is a ZIP archive without a Word document; unpack it",
}


def parse_docx(data: bytes, name: str = "") -> Parsed:
    """The words of a Word document; raises SourceError with the reason if it has none.

    `text` is canonical; a table's rows are lines of "a | b | c". There are no pages: Word makes
    them anew wherever the document is opened.
    """
    name = name or "The document"
    if data.startswith(_OLD_WORD):
        raise SourceError(
            f"{name} is locked or of an old Word; save it as DOCX without password.", "locked"
        )
    try:
        return _parse(data, name)
    except _DAMAGE as error:
        raise SourceError(
            f"{name} is damaged or no Word document; save it anew.", "damaged"
        ) from error
    except RecursionError as error:
        raise SourceError(f"{name} is nested too deeply to be read; save it as PDF.") from error
    except RuntimeError as error:  # what zipfile raises for a password
        raise SourceError(
            f"{name} is locked with a password; save it without one.", "locked"
        ) from error


def _parse(data: bytes, name: str) -> Parsed:
    with ZipFile(BytesIO(data)) as archive:
        _require_small(archive, name)
        package = _Package(archive, name)
        main = package.document()
        styles = _Styles.of(package.part("styles"))
        core = {_local(each): each.text or "" for each in package.part("core-properties")}
    coloured = _child(main, "background") is not None
    blocks = [*_Body(styles).blocks(main, coloured)]
    text = canonical_text("\n\n".join(block.text for block in blocks))
    if not any(char.isalnum() for char in text):
        raise SourceError(f"{name} has no words in it; give a document with text.", "no_words")
    headings = [block.text for block in blocks if block.style in styles.titles]
    return Parsed(
        text=text,
        title=properties.told(core.get("title")) or canonical_text("".join(headings[:1])),
        author=properties.told(core.get("creator")),
        published=properties.day(core.get("created")),
        language=properties.language(core.get("language")),
    )


def _require_small(archive: ZipFile, name: str) -> None:
    """zipfile unpacks no more than a member says it holds, so what they say can be relied on."""
    members = archive.infolist()
    size = sum(member.file_size for member in members)
    if size > _LARGEST or len(members) > _MEMBERS:
        raise SourceError(
            f"{name} would unpack to {size / 1e6:,.0f} MB in {len(members):,} parts, more than a "
            "document has; save its text alone."
        )


@dataclass(frozen=True)
class _Package:
    """Parts of an OPC package, found by what they are to it, not by their names."""

    archive: ZipFile
    name: str

    def document(self) -> Element:
        """The main part; raises SourceError if it is no Word document."""
        main = self._read(self._target("_rels/.rels", "officeDocument"))
        if main is None or _local(main) != "document":
            kind = _OTHERS.get("" if main is None else _local(main), _OTHERS[""])
            raise SourceError(f"{self.name} {kind}.")
        return main

    def part(self, kind: str) -> Element:
        """Another part, empty if there is none."""
        main = self._target("_rels/.rels", "officeDocument")
        folder, _, file = main.rpartition("/")
        place = self._target("_rels/.rels", kind)
        place = place or self._target(f"{folder}/_rels/{file}.rels".lstrip("/"), kind, folder)
        found = self._read(place)
        return Element("none") if found is None else found

    def _target(self, relations: str, kind: str, folder: str = "") -> str:
        """The member that has this relation, "" if none has."""
        found = self._read(relations)
        for each in () if found is None else found:
            if each.get("Type", "").endswith(f"/{kind}"):
                target = each.get("Target", "")
                return (
                    target[1:] if target[:1] == "/" else normpath(f"{folder}/{target}".lstrip("/"))
                )
        return ""

    def _read(self, place: str) -> Element | None:
        if place not in self.archive.namelist():
            return None
        data = self.archive.read(place)
        if b"<!DOCTYPE" in data.replace(b"\0", b""):  # UTF-16 has a zero in every other byte
            raise SourceError(
                f"{self.name} defines entities, which no Word document does; save it anew."
            )
        return fromstring(data)  # noqa: S314 - without a DOCTYPE there are no entities to expand


@dataclass(frozen=True)
class _Styles:
    """Which styles hide their text, and which are those of a title."""

    hidden: frozenset[str]
    titles: frozenset[str]

    @classmethod
    def of(cls, part: Element) -> _Styles:
        styles = {_value(each, "styleId"): each for each in part if _local(each) == "style"}
        names = {id_: _value(_child(each, "name")).lower() for id_, each in styles.items()}
        hidden = {id_ for id_, each in styles.items() if _is_hidden(_child(each, "rPr"))}
        for _ in range(10):  # what is based on a hidden style is hidden, to a sane depth
            hidden |= {i for i, each in styles.items() if _value(_child(each, "basedOn")) in hidden}
        titles = {id_ for id_, name in names.items() if name in {"title", "heading 1"}}
        return cls(frozenset(hidden), frozenset(titles))


@dataclass(frozen=True)
class _Block:
    text: str
    style: str = ""


@dataclass(frozen=True)
class _Body:
    """Paragraphs and rows of tables in the order of the document."""

    styles: _Styles

    def blocks(self, element: Element, grounded: bool) -> Iterator[_Block]:
        """`grounded`: whether white text may have a ground that its own properties don't tell."""
        for each in element:
            kind = _local(each)
            if kind == "p":
                yield from self._paragraph(each, grounded)
            elif kind == "tbl":
                yield _Block("\n".join(self._rows(each)))
            elif kind not in _NOT_SHOWN:
                yield from self.blocks(_choice(each), grounded or kind in _PICTURED)

    def _paragraph(self, paragraph: Element, grounded: bool) -> Iterator[_Block]:
        """Its text, then that of the boxes that are anchored in it."""
        about = _child(paragraph, "pPr")
        style = _value(_child(about, "pStyle"))
        boxes: list[Element] = []
        grounded = grounded or _child(about, "shd") is not None
        hidden = style in self.styles.hidden
        yield _Block("" if hidden else "".join(self._text(paragraph, grounded, boxes)), style)
        for box in boxes:
            yield from self.blocks(box, grounded=True)

    def _text(self, element: Element, grounded: bool, boxes: list[Element]) -> Iterator[str]:
        for each in element:
            kind = _local(each)
            if kind == "txbxContent":
                boxes.append(each)
            elif kind in _APART:
                yield _APART[kind] + (each.text or "" if kind == "t" else "")
            elif kind == "r" and self._is_unseen(_child(each, "rPr"), grounded):
                continue
            elif kind not in _NOT_SHOWN:
                yield from self._text(_choice(each), grounded, boxes)

    def _is_unseen(self, run: Element | None, grounded: bool) -> bool:
        if _is_hidden(run) or _value(_child(run, "rStyle")) in self.styles.hidden:
            return True
        size = _value(_child(run, "sz"))
        white = _value(_child(run, "color")).upper() == "FFFFFF"
        own = _child(run, "shd") is not None or _child(run, "highlight") is not None
        return (size.isdigit() and int(size) <= _TINY) or (white and not grounded and not own)

    def _rows(self, table: Element) -> Iterator[str]:
        for row in _descendants(table, "tr"):
            if _child(_child(row, "trPr"), "del") is not None:
                continue
            cells = [
                " ".join(block.text.replace("\n", " ") for block in self.blocks(cell, True))
                for cell in _descendants(row, "tc")
            ]
            yield " | ".join(canonical_text(cell) for cell in cells)


def _descendants(element: Element, kind: str) -> Iterator[Element]:
    """The nearest ones of a kind: content controls may stand between a row and its cells."""
    for each in element:
        if _local(each) == kind:
            yield each
        elif _local(each) not in _NOT_SHOWN:
            yield from _descendants(each, kind)


def _choice(element: Element) -> Element:
    """The first alternative, of which Word writes several for the same box."""
    if _local(element) != "AlternateContent":
        return element
    return element[0] if len(element) else element


def _local(element: Element) -> str:
    """The name without the namespace, which differs between transitional and strict documents."""
    return element.tag.rpartition("}")[2]


def _child(element: Element | None, kind: str) -> Element | None:
    return next(
        (each for each in (() if element is None else element) if _local(each) == kind), None
    )


def _value(element: Element | None, name: str = "val") -> str:
    """An attribute, whatever its namespace; "" if there is none."""
    attributes = {} if element is None else element.attrib
    return next((v for key, v in attributes.items() if key.rpartition("}")[2] == name), "")


def _is_hidden(run: Element | None) -> bool:
    vanish = _child(run, "vanish")
    return vanish is not None and _value(vanish) not in _OFF
