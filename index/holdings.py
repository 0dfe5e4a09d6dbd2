"""What the library of one collection holds, for those who read it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.articles import Article, Origin, Passage, Version
from index.database import Database
from index.errors import LibraryError
from index.passages import Row
from index.ranking import any_of

_ARTICLE = "a.title, a.source, a.url, a.author, a.publisher, a.published, a.language, a.id"
_VERSION = f"SELECT v.id, {_ARTICLE} FROM versions AS v JOIN articles AS a ON a.id = v.article"
_PASSAGE = (
    f'SELECT p.id, p.start, p."end", p.name, p.metadata, v.id, {_ARTICLE} FROM passages AS p '
    "JOIN versions AS v ON v.id = p.version JOIN articles AS a ON a.id = v.article"
)
_ORIGIN = "url, etag, last_modified, read_at, sha256"
# Whether a version is its article's newest.
NEWEST = "v.id = (SELECT max(id) FROM versions WHERE article = v.article)"


class Holdings:
    """Articles, versions, passages and vectors in one file. Threads may share it.

    Answers come from the newest version of each article, which alone has passages. Raises
    LibraryError when the file cannot be made or read.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"No library can be made in {folder} ({error.strerror}); set PULLQUOTE_HOME to a "
                "folder that you may write to."
            ) from error
        self.folder = folder
        self._db = Database(folder / "library.sqlite3")
        # By row and article: what is said of an article may change, the words of a version may not.
        self._stored = lru_cache(maxsize=64)(self._read_version)

    def close(self) -> None:
        """Closes the file. Nothing is pending, so nothing can be lost."""
        self._db.close()

    @property
    def database(self) -> Database:
        """The file, for whatever else a collection remembers in it."""
        return self._db

    def generation(self) -> int:
        """A number that every change of passages raises."""
        return self.state()[0]

    def state(self) -> tuple[int, str]:
        """The generation, and random characters that are drawn anew with it: no other state of any
        library has the same, be it a copy of this one."""
        meta = self._db.meta()
        with self._db.sound():
            return int(meta["generation"]), str(meta.get("stamp", ""))

    def encoder_id(self) -> str:
        """The encoder of every vector here, "" while there is none."""
        return str(self._db.meta().get("encoder", ""))

    def require_encoder(self, encoder_id: str) -> None:
        """Raises LibraryError if the vectors here are another encoder's."""
        if (own := self.encoder_id()) not in ("", encoder_id):
            raise LibraryError(
                f"The library {self.folder} was indexed by the encoder {own}, but the settings "
                f"name {encoder_id}; set PULLQUOTE_ENCODER back, or run `pullquote reindex`."
            )

    def articles(self) -> list[Article]:
        """All articles, oldest first."""
        rows = self._db.all(f"SELECT {_ARTICLE} FROM articles AS a ORDER BY id")
        return [Article(*row) for row in rows]

    def version(self, article: int) -> Version:
        """The newest version of an article; raises LibraryError if there is no such article."""
        return self._newest_first(article, 1)[0]

    def versions(self, article: int) -> list[Version]:
        """All versions of an article, newest first; raises LibraryError if there is none.

        A text that the article went back to is there once, in its newest place.
        """
        return self._newest_first(article, -1)

    def find(self, version_id: str, article: int = 0) -> Version | None:
        """The version with this id (its SHA-256), if it is here; rather a newest one. With
        `article`: one of that article."""
        rest = f"WHERE sha256 = ? AND ? IN (0, v.article) ORDER BY NOT ({NEWEST}), v.id LIMIT 1"
        return next(iter(self._versions(rest, version_id, article)), None)

    def is_newest(self, version_id: str) -> bool:
        """Whether this is the newest version of an article."""
        sql = f"SELECT 1 FROM versions AS v WHERE sha256 = ? AND {NEWEST}"
        return bool(self._db.all(sql, version_id))

    def origins(self, article: int) -> list[Origin]:
        """Where an article was read, the first place first."""
        sql = f"SELECT {_ORIGIN} FROM origins WHERE article = ? ORDER BY id"
        return [self._origin(*row) for row in self._db.all(sql, article)]

    def origin(self, url: str) -> tuple[int, Origin] | None:
        """The article that was read at this place, if one was."""
        sql = f"SELECT article, {_ORIGIN} FROM origins WHERE url = ?"
        rows = self._db.all(sql, url)
        return (rows[0][0], self._origin(*rows[0][1:])) if rows else None

    def passage_ids(self, articles: Sequence[int] = ()) -> NDArray[np.int64]:
        """The ids of the passages of these articles (none given: of all), ascending."""
        rows = self._db.all(f"SELECT id FROM passages{_of(articles)} ORDER BY id", *articles)
        return np.array([row[0] for row in rows], dtype=np.int64)

    def vectors(
        self, after: int = 0, articles: Sequence[int] = ()
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ids, ascending, and vectors (n, dimension) of the passages with an id above `after`, of
        these articles if any are given."""
        within = f"AND id IN (SELECT id FROM passages{_of(articles)})" if articles else ""
        sql = f"SELECT id, vector FROM passages WHERE id > ? {within} ORDER BY id"
        rows = self._db.all(sql, after, *articles)
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        with self._db.sound():
            joined = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4")
            return ids, joined.reshape(len(rows), -1) if rows else joined.reshape(0, 0)

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """The passages with these ids, in this order; ids that are gone are left out."""
        return self._rows("WHERE p.id = ?", ids)

    def named(self, names: Sequence[str]) -> list[Row]:
        """The passages with these names, in this order; names that are not here are left out."""
        return self._rows("WHERE p.name = ?", names)

    def match(self, words: Sequence[str], k: int, articles: Sequence[int] = ()) -> list[int]:
        """Ids of the best k passages by BM25 for any of `words`, best first."""
        if not words:
            return []
        within = f"AND rowid IN (SELECT id FROM passages{_of(articles)})" if articles else ""
        sql = f"SELECT rowid FROM words WHERE words MATCH ? {within} ORDER BY rank, rowid LIMIT ?"
        return [row[0] for row in self._db.all(sql, any_of(words), *articles, k)]

    def reading(self) -> AbstractContextManager[None]:
        """Several questions of one and the same state, whatever other processes write meanwhile."""
        return self._db.reading()

    def backup(self, file: Path) -> None:
        """Copies the database while it is in use; raises LibraryError if `file` is there already or
        cannot be written."""
        self._db.copy_to(file)

    def fault(self) -> str:
        """What SQLite finds wrong with the file, "" if nothing."""
        verdict = str(self._db.all("PRAGMA integrity_check(1)")[0][0])
        return "" if verdict == "ok" else verdict

    def _newest_first(self, article: int, most: int) -> list[Version]:
        found = self._versions("WHERE v.article = ? ORDER BY v.id DESC LIMIT ?", article, most)
        if not found:
            raise LibraryError(f"There is no article {article} here; see `pullquote articles`.")
        return found

    def _versions(self, rest: str, *values: object) -> list[Version]:
        with self._db.reading():
            rows = self._db.all(f"{_VERSION} {rest}", *values)
            return [self._stored(row, Article(*about)) for row, *about in rows]

    def _rows(self, which: str, keys: Sequence[int] | Sequence[str]) -> list[Row]:
        with self._db.reading():
            return [
                self._row(*row) for key in keys for row in self._db.all(f"{_PASSAGE} {which}", key)
            ]

    def _row(self, row: int, start: int, end: int, *rest: Any) -> Row:
        name, metadata, version, *about = rest
        with self._db.sound():
            passage = Passage(self._stored(version, Article(*about)), start, end)
            return Row(row, passage, name, metadata)

    def _origin(self, url: str, etag: str, modified: str, read_at: str, version: str) -> Origin:
        with self._db.sound():
            return Origin(url, etag, modified, datetime.fromisoformat(read_at), version)

    def _read_version(self, row: int, article: Article) -> Version:
        sql = "SELECT sha256, read_at, text, pages, warning FROM versions WHERE id = ?"
        with self._db.sound():
            [(sha256, read_at, text, pages, warning)] = self._db.all(sql, row)
            starts = tuple(int(start) for start in pages.split())
            version = Version(article, text, datetime.fromisoformat(read_at), starts, warning)
            if version.id != sha256:
                raise ValueError(f"the text of article {article.id} is not what was stored")
        return version


def _of(articles: Sequence[int]) -> str:
    """The rest of a query on `passages` that keeps those of these articles."""
    if not articles:
        return ""
    marks = ", ".join("?" * len(articles))
    return f" WHERE version IN (SELECT id FROM versions WHERE article IN ({marks}))"
