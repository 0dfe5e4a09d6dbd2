"""A library as one file that any Pullquote can read: gzipped JSON Lines (docs/library.md).

Texts, versions, origins and feeds are in it; vectors are not, so that the library may be imported
where another encoder is used.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from index.articles import Article, Origin, Version, canonical_text
from index.errors import LibraryError, SourceError
from index.feeds import Feed
from index.library import Library
from index.vectors import LibraryStore

FORMAT = "pullquote-library"
NUMBER = 1

Fields = Mapping[str, Any]


def export(library: Library, file: Path) -> int:
    """Writes the library to `file`, whole or not at all; returns how many articles it has.

    Raises LibraryError if it cannot be written.
    """
    lines = list(_lines(library))
    beside = file.with_name(f"{file.name}.part")
    try:
        with beside.open("xb") as out, gzip.open(out, "wt", encoding="utf-8") as packed:
            packed.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        _sync(beside)
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise LibraryError(
            f"{file} cannot be written ({error.strerror}); choose another place."
        ) from error
    return sum("article" in line for line in lines)


def import_(store: LibraryStore, file: Path) -> tuple[int, int]:
    """Adds what `export` wrote; returns how many articles came, and how many were here already.

    Each article comes whole or not at all, and running it again adds what is missing. Raises
    SourceError if the file is not one of ours, or damaged; then nothing was added.
    """
    lines = _read(file)
    articles = [_article(line, file) for line in lines if "article" in line]
    feeds = [_feed(line, file) for line in lines if "feed" in line]
    came = sum(store.restore(versions, origins).new for versions, origins in articles)
    for feed, items in feeds:
        store.library.feeds.add(feed)
        store.library.feeds.restore_taken(feed.url, items)
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


def _read(file: Path) -> list[Fields]:
    try:
        with gzip.open(file, "rt", encoding="utf-8") as packed:
            lines = [json.loads(line) for line in packed]
    except (EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise _damaged(file, str(error)) from error
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise SourceError(f"{file} cannot be read: {reason}.") from error
    if not lines or not isinstance(lines[0], dict) or lines[0].get("format") != FORMAT:
        raise SourceError(f"{file} was not written by `pullquote export`; give a file that was.")
    if lines[0].get("version") != NUMBER:
        raise SourceError(f"{file} was exported by a newer Pullquote; upgrade to import it.")
    if lines[-1] != {"end": len(lines) - 1}:
        raise _damaged(file, "its end is missing")
    return lines


def _article(line: Fields, file: Path) -> tuple[list[Version], list[Origin]]:
    """The versions, newest first, and the origins of one article."""
    try:
        article = Article(**line["article"])
        versions = [_version(article, fields) for fields in line["versions"]]
        origins = [_origin(fields) for fields in line["origins"]]
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(file, str(error)) from error
    if not versions:
        raise _damaged(file, "an article without a text")
    return versions, origins


def _version(article: Article, fields: Fields) -> Version:
    read_at = datetime.fromisoformat(fields["read_at"])
    pages = tuple(map(int, fields["pages"]))
    version = Version(article, fields["text"], read_at, pages, str(fields["warning"]))
    if version.id != fields["sha256"] or canonical_text(version.text) != version.text:
        raise ValueError("a text is not the one that was exported")
    return version


def _origin(fields: Fields) -> Origin:
    return Origin(**{**fields, "read_at": datetime.fromisoformat(fields["read_at"])})


def _feed(line: Fields, file: Path) -> tuple[Feed, list[str]]:
    try:
        fields = line["feed"]
        read_at = datetime.fromisoformat(fields["read_at"])
        return Feed(**{**fields, "read_at": read_at}), [str(item) for item in line["seen"]]
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(file, str(error)) from error


def _damaged(file: Path, reason: str) -> SourceError:
    return SourceError(f"{file} is damaged ({reason}); export the library again.")


def _sync(file: Path) -> None:
    with file.open("rb") as written:
        os.fsync(written.fileno())
