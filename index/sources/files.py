"""Files and bytes of any kind that can be read, told by their contents before their names."""

from __future__ import annotations

import re
from pathlib import Path

from index.articles import Article, Version, canonical_text
from index.errors import SourceError
from index.sources import gate
from index.sources.parsed import Kind, Parsed
from index.sources.sandbox import parse
from index.sources.text import LONGEST_TITLE, decode, one_line, read_text

LARGEST = 10_000_000  # bytes; a novel has about one million
_URL = re.compile(r"[a-z][a-z\d+.-]*://", re.IGNORECASE)
_MARKDOWN = frozenset({".md", ".markdown", ".mdown"})
_PAGE = frozenset({".html", ".htm", ".xhtml"})
_PAGE_START = re.compile(rb"\s*(<\?xml[^>]*>|<!--.*?-->|\s)*<(!doctype\s+html|html)\b", re.I | re.S)


def is_url(source: str) -> bool:
    """Whether a person means a link, and not a file."""
    return bool(_URL.match(source.strip()))


def read_file(path: Path, title: str = "") -> Version:
    """A file; raises SourceError with the reason if it is not an article that can be read."""
    try:
        _require_size(path.stat().st_size, str(path))
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)  # a device or a pipe has no size that could be asked for
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise SourceError(f"{path} cannot be read: {reason}.") from error
    except ValueError as error:  # a NUL in the name
        raise SourceError(f"{path} cannot be read: no file has such a name.") from error
    return read_bytes(data, path.name, title, source=str(path.absolute()))


def read_bytes(
    data: bytes,
    name: str,
    title: str = "",
    source: str = "",
    kind: Kind | None = None,
    url: str = "",
    charset: str = "",
) -> Version:
    """The contents of a file called `name`: HTML, PDF, DOCX, Markdown or plain text.

    `kind`, `url` and `charset` are for bytes from a server: what it said that they are if their
    contents do not tell, where they were, and their encoding.
    """
    _require_size(len(data), name)
    kind = kind_of(data, name) or kind
    if kind is None:
        markdown = Path(name).suffix.lower() in _MARKDOWN
        return read_text(decode(data, name, charset), name, title, source, markdown)
    return as_version(parse(kind, data, name, url, charset), name, title, source)


def kind_of(data: bytes, name: str) -> Kind | None:
    """What has to be parsed, and as what; None for plain text and Markdown."""
    if data.lstrip()[:5] == b"%PDF-":
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "docx"  # or an old .doc, of which its parser says so
    page = Path(name).suffix.lower() in _PAGE or _PAGE_START.match(data[:4096])
    return "html" if page else None


def as_version(parsed: Parsed, name: str, title: str = "", source: str = "") -> Version:
    """What was parsed, as an article; raises SourceError if it is none."""
    text = canonical_text(parsed.text)
    warning = gate.judge(parsed, name)
    about = Article(
        title=(one_line(title) or one_line(parsed.title) or Path(name).stem)[:LONGEST_TITLE],
        source=source or name,
        url=parsed.url,
        author=one_line(parsed.author),
        publisher=one_line(parsed.publisher),
        published=parsed.published,
        language=parsed.language,
    )
    pages = parsed.pages if text == parsed.text else ()
    return Version(about, text, pages=pages, warning=warning)


def _require_size(size: int, name: str) -> None:
    if size > LARGEST:
        raise SourceError(
            f"{name} has {size / 1e6:,.0f} MB; an article may have at most {LARGEST / 1e6:.0f} MB.",
            "too_large",
            most=LARGEST / 1e6,
        )
