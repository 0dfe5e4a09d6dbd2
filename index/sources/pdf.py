"""PDF into an article: read by pdfminer.six, which is Python throughout and so can't be overrun.

What people don't see is left out as far as the page description says so: unpainted, tiny, off the
page, white on white. Not known: what a clipping path or something painted later hides, and layers
that are switched off. Not read: notes and forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from itertools import islice

from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1
from pdfminer.utils import decode_text

from index.errors import SourceError
from index.sources import properties
from index.sources.parsed import Parsed
from index.sources.pdf_glyphs import GlyphReader, PageGlyphs
from index.sources.pdf_layout import Line, runs
from index.sources.pdf_pages import Printed, read_pages

LARGEST = 300  # pages; 20 s are enough for about twice as many
_UNKNOWN = 0.2  # of the letters; more and what is left is no text


def parse_pdf(data: bytes, name: str = "") -> Parsed:
    """The words of a PDF; raises SourceError with the reason if it has none that can be read.

    `text` is canonical and `pages` says where in it each page starts.
    """
    name = name or "The PDF"
    document, pages = _open(data, name)
    read = _Pages.of(pages)
    printed = read_pages(read.lines)
    if not any(char.isalnum() for char in printed.text):
        raise _without_words(read, name)
    if read.unknown > _UNKNOWN * (read.letters + read.unknown):
        raise SourceError(
            f"{name} does not say which letters its fonts show; recognise its text (OCR) first.",
            "scanned",
        )
    return _parsed(document, printed, read.warning)


@dataclass
class _Pages:
    """The runs of every page, and what was noticed while reading them."""

    lines: list[list[Line]]
    letters: int = 0
    unknown: int = 0
    scanned: int = 0
    damaged: int = 0

    @classmethod
    def of(cls, pages: list[PDFPage]) -> _Pages:
        read, reader = cls([]), GlyphReader()
        for page in pages:
            try:
                read._add(reader.read(page))
            except MemoryError:
                raise
            except Exception:  # noqa: BLE001 - whatever damage provokes in pdfminer
                read.lines.append([])
                read.damaged += 1
        return read

    def _add(self, page: PageGlyphs) -> None:
        self.lines.append(runs(page.glyphs))
        self.letters += len(page.glyphs)
        self.unknown += page.unknown
        self.scanned += page.scanned

    @property
    def warning(self) -> str:
        if self.damaged:
            return f"{self.damaged} of {len(self.lines)} pages are damaged and were left out."
        if self.scanned:
            return "The text was recognised from pictures of pages and may have errors."
        return ""


def _open(data: bytes, name: str) -> tuple[PDFDocument, list[PDFPage]]:
    if b"%PDF-" not in data[:1024]:
        raise SourceError(f"{name} is not a PDF; give it the ending of what it is.")
    try:
        document = PDFDocument(PDFParser(BytesIO(data)))
        pages = [*islice(PDFPage.create_pages(document), LARGEST + 1)]
    except (PDFPasswordIncorrect, PDFEncryptionError) as error:
        raise SourceError(
            f"{name} is locked with a password; save a copy without one.", "locked"
        ) from error
    except MemoryError:
        raise
    except Exception as error:  # whatever damage provokes in pdfminer
        raise _damaged(name) from error
    if len(pages) > LARGEST:
        raise SourceError(f"{name} has more than {LARGEST} pages; give the part that matters.")
    return document, pages


def _without_words(read: _Pages, name: str) -> SourceError:
    if not read.lines or read.damaged:
        return _damaged(name)
    return SourceError(
        f"{name} has only pictures and no text; recognise its text (OCR) first.", "scanned"
    )


def _damaged(name: str) -> SourceError:
    return SourceError(f"{name} is damaged and cannot be read; get it anew.", "damaged")


def _parsed(document: PDFDocument, printed: Printed, warning: str) -> Parsed:
    info = {key: _string(value) for each in document.info[:1] for key, value in each.items()}
    return Parsed(
        text=printed.text,
        title=properties.told(info.get("Title")) or printed.headline,
        author=properties.told(info.get("Author")),
        published=properties.day(info.get("CreationDate")),
        language=properties.language(_string(document.catalog.get("Lang"))),
        pages=printed.starts,
        warning=warning,
    )


def _string(value: object) -> str:
    try:
        value = resolve1(value)
        return decode_text(value) if isinstance(value, bytes) else ""
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - damage, and nothing that the text depends on
        return ""
