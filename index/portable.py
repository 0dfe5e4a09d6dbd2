"""A library as one file that any Pullquote can read: gzipped JSON Lines (docs/library.md).

Texts, versions, origins and feeds are in it; vectors are not, so that the library may be imported
where another encoder is used.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import StringConstraints, TypeAdapter

from index.articles import Article, Origin, Version, canonical_text
from index.errors import LibraryError, SourceError
from index.feeds import Feed
from index.library import Library
from index.sources.files import is_url
from index.vectors import LibraryStore

FORMAT = "pullquote-library"
NUMBER = 1
_GZIP = b"\x1f\x8b"  # the first bytes of every such file

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class _Text:
    sha256: str
    read_at: datetime
    pages: tuple[int, ...]
    warning: str
    text: str


@dataclass(frozen=True)
class _ArticleLine:
    article: Article
    origins: Sequence[Origin]
    versions: Sequence[_Text]


@dataclass(frozen=True)
class _FeedLine:
    feed: Feed
    seen: Sequence[Annotated[str, StringConstraints(pattern="^[0-9A-Fa-f]{64}$")]]


_LINE: TypeAdapter[_ArticleLine | _FeedLine] = TypeAdapter(_ArticleLine | _FeedLine)


def export(library: Library, file: Path) -> int:
    """Writes the library to `file`, whole or not at all; returns how many articles it has.

    Raises LibraryError if it cannot be written.
    """
    if file.is_dir():
        raise LibraryError(f"{file} is a folder; give the name of a file in it.")
    with library.reading():
        lines = list(_lines(library))
    beside = file.with_name(f"{file.name}.part")
    try:
        with beside.open("wb") as out, gzip.GzipFile("", "wb", fileobj=out) as packed:
            for line in lines:
                packed.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        _sync(beside)
        beside.replace(file)
    except OSError as error:
        raise LibraryError(
            f"{file} cannot be written ({error.strerror}); choose another place."
        ) from error
    finally:
        with suppress(OSError):
            beside.unlink()
    return sum("article" in line for line in lines)


def _on_the_web(line: _ArticleLine) -> list[Origin]:
    return [origin for origin in line.origins if is_url(origin.url)]


def import_(store: LibraryStore, file: Path) -> tuple[int, int]:
    """Adds what `export` wrote; returns how many articles came, and how many were here already.

    Each article comes whole or not at all, and running it again adds what is missing. Paths of
    files do not come: on this machine they would name other files, for `refresh` to read. Raises
    SourceError if the file is not one of ours, or damaged; then nothing was added.
    """
    lines = [_line(line, number, file) for number, line in enumerate(_read(file), 2)]
    articles = [(_versions(line, file), line) for line in lines if isinstance(line, _ArticleLine)]
    came = sum(store.restore(versions, _on_the_web(line)).new for versions, line in articles)
    for line in lines:
        if isinstance(line, _FeedLine):
            store.library.feeds.add(line.feed)
            store.library.feeds.restore_taken(line.feed.url, line.seen)
    return came, len(articles) - came


def _lines(library: Library) -> Iterator[Fields]:
    """The header, feeds, articles, and a last line by which a cut-off file is told."""
    count = 1
    yield {"format": FORMAT, "version": NUMBER}
    for feed in library.feeds.all():
        count += 1
        yield {"feed": _plain(asdict(feed)), "seen": library.feeds.taken(feed.url)}
    for article in library.articles():
        count += 1
        yield {
            "article": {k: v for k, v in asdict(article).items() if k != "id"},
            "origins": [_plain(asdict(origin)) for origin in library.origins(article.id)],
            "versions": [_version_fields(version) for version in library.versions(article.id)],
        }
    yield {"end": count}


def _version_fields(version: Version) -> Fields:
    return {
        "sha256": version.id,
        "read_at": version.read_at.isoformat(),
        "pages": list(version.pages),
        "warning": version.warning,
        "text": version.text,
    }


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {"read_at": fields["read_at"].isoformat()}


def _read(file: Path) -> list[bytes]:
    """The lines of an exported file but the first and the last, which were looked at."""
    try:
        packed = file.read_bytes()
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise SourceError(f"{file} cannot be read: {reason}.") from error
    try:
        first, *lines = gzip.decompress(packed).splitlines() or [b""]
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        if packed.startswith(_GZIP):
            raise _damaged(file, "it cannot be unpacked") from error
        first, lines = b"", []
    header = _json(first)
    if header.get("format") != FORMAT:
        raise SourceError(f"{file} was not written by `pullquote export`; give a file that was.")
    if header.get("version") != NUMBER:
        raise SourceError(f"{file} was exported by a newer Pullquote; upgrade to import it.")
    if not lines or _json(lines[-1]) != {"end": len(lines)}:
        raise _damaged(file, "its end is missing")
    return lines[:-1]


def _json(line: bytes) -> Fields:
    """A line as an object, {} if it is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _line(line: bytes, number: int, file: Path) -> _ArticleLine | _FeedLine:
    try:
        return _LINE.validate_json(line)
    except ValueError as error:
        raise _damaged(file, f"line {number} is not as it is written") from error


def _versions(line: _ArticleLine, file: Path) -> list[Version]:
    """The versions, newest first."""
    versions = [
        Version(line.article, each.text, each.read_at, each.pages, each.warning)
        for each in line.versions
    ]
    if not versions or not all(map(_is_sound, versions, line.versions)):
        raise _damaged(file, f"the text of “{line.article.title}” is not the one that was exported")
    return versions


def _is_sound(version: Version, exported: _Text) -> bool:
    text, pages = version.text, [0, *exported.pages, len(version.text)]
    canonical = text != "" and canonical_text(text) == text and version.id == exported.sha256
    return canonical and pages == sorted(pages)


def _damaged(file: Path, reason: str) -> SourceError:
    return SourceError(f"{file} is damaged ({reason}); export the library again.")


def _sync(file: Path) -> None:
    with file.open("rb") as written:
        os.fsync(written.fileno())
