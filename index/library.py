"""The library of one collection on disk: SQLite holds everything that must not be lost.

Every change is one transaction that adds or removes whole articles and raises `generation`, by
which caches (see `index.vectors`) notice that they are behind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.articles import Article, Passage, Version
from index.database import Database
from index.errors import LibraryError
from index.passages import Entry, Row
from index.ranking import any_of

SNAPSHOT = "vectors.faiss"

_COLLECTION = re.compile(r"[a-z0-9_-]{1,64}(:[a-z0-9_-]{1,64})?")
_ARTICLE = "title, source, url, author, publisher, published, language, id"
_PASSAGE = 'SELECT id, version, start, "end", name, metadata FROM passages WHERE '


@dataclass(frozen=True)
class Kept:
    """What came of adding an article: the version as stored, and whether it is new here."""

    version: Version
    new: bool


def collection_folder(home: Path, collection: str) -> Path:
    """Where the library of `collection` lives; raises LibraryError for a name that is not one."""
    if not _COLLECTION.fullmatch(collection):
        raise LibraryError(
            f"“{collection}” is not a collection's name; use small letters, digits, - and _, "
            "as in local or discord:1234."
        )
    return home / "libraries" / collection.replace(":", ".")


class Library:
    """Articles, versions, passages and vectors in one file. Threads may share it.

    Raises LibraryError when the file cannot be made, read or written; a change that fails leaves
    the library as it was.
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
        self._stored = lru_cache(maxsize=64)(self._read_version)

    def close(self) -> None:
        """Closes the file. Nothing is pending, so nothing can be lost."""
        self._db.close()

    def generation(self) -> int:
        """A number that every change raises."""
        return self.state()[0]

    def state(self) -> tuple[int, str]:
        """The generation, and random characters that every change draws anew: no other state of
        any library has the same, be it a copy of this one."""
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
        rows = self._db.all(f"SELECT {_ARTICLE} FROM articles ORDER BY id")
        return [Article(*row) for row in rows]

    def version(self, article: int) -> Version:
        """The newest version of an article; raises LibraryError if there is no such article."""
        with self._db.reading():
            [(newest,)] = self._db.all("SELECT max(id) FROM versions WHERE article = ?", article)
            if newest is None:
                raise LibraryError(f"There is no article {article} here; see `pullquote articles`.")
            return self._stored(newest)

    def find(self, version_id: str) -> Version | None:
        """The version with this id (its SHA-256), if it is here."""
        sql = "SELECT id FROM versions WHERE sha256 = ? ORDER BY id LIMIT 1"
        with self._db.reading():
            rows = self._db.all(sql, version_id)
            return self._stored(rows[0][0]) if rows else None

    def passage_ids(self, articles: Sequence[int] = ()) -> NDArray[np.int64]:
        """The ids of the passages of these articles (none given: of all), ascending."""
        rows = self._db.all(f"SELECT id FROM passages{_of(articles)} ORDER BY id", *articles)
        return np.array([row[0] for row in rows], dtype=np.int64)

    def vectors(self, after: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ids, ascending, and vectors (n, dimension) of the passages with an id above `after`."""
        rows = self._db.all("SELECT id, vector FROM passages WHERE id > ? ORDER BY id", after)
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        with self._db.sound():
            joined = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4")
            return ids, joined.reshape(len(rows), -1) if rows else joined.reshape(0, 0)

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """The passages with these ids, in this order; ids that are gone are left out."""
        with self._db.reading():
            return [self._row(*r) for i in ids for r in self._db.all(_PASSAGE + "id = ?", i)]

    def named(self, names: Sequence[str]) -> list[Row]:
        """The passages with these names, in this order; names that are not here are left out."""
        with self._db.reading():
            return [self._row(*r) for n in names for r in self._db.all(_PASSAGE + "name = ?", n)]

    def match(self, words: Sequence[str], k: int, articles: Sequence[int] = ()) -> list[int]:
        """Ids of the best k passages by BM25 for any of `words`, best first."""
        if not words:
            return []
        within = f"AND rowid IN (SELECT id FROM passages{_of(articles)})" if articles else ""
        sql = f"SELECT rowid FROM words WHERE words MATCH ? {within} ORDER BY rank, rowid LIMIT ?"
        return [row[0] for row in self._db.all(sql, any_of(words), *articles, k)]

    def add(self, version: Version, entries: Sequence[Entry], encoder_id: str) -> Kept:
        """Adds an article with its passages, all in one transaction, or tells that it is here.

        The version comes back as stored: its article carries the id. Named entries are documents
        with an identity of their own: they replace those of the same names.
        """
        with self._db.change():
            self.require_encoder(encoder_id)
            names = [entry.name for entry in entries if entry.name]
            if not names and (known := self.find(version.id)):
                return Kept(known, new=False)
            replaced = [row.passage.version.article.id for row in self.named(names)]
            self._delete(replaced)
            self._set_encoder(encoder_id)
            kept = Kept(self._insert(version, entries), new=True)
        if replaced:
            self._forget()
        return kept

    def remove(self, articles: Sequence[int]) -> int:
        """Removes whole articles, every trace of their text, and returns how many there were."""
        with self._db.change():
            removed = self._delete(articles)
        if removed:
            self._forget()
        return removed

    def reindex(self, entries: Sequence[Entry], encoder_id: str, generation: int) -> None:
        """Puts these passages in the place of all others, as another encoder made them.

        Raises LibraryError if the library has changed since `generation`.
        """
        with self._db.change():
            if self.generation() != generation:
                raise LibraryError("The library changed while it was encoded; please run it again.")
            self._db.run("DELETE FROM passages")
            self._db.run("INSERT INTO words (words) VALUES ('delete-all')")
            self._set_encoder(encoder_id)
            rows = dict(self._db.all("SELECT article, max(id) FROM versions GROUP BY article"))
            for entry in entries:
                self._insert_passage(rows[entry.passage.version.article.id], entry)

    def fault(self) -> str:
        """What SQLite finds wrong with the file, "" if nothing."""
        verdict = str(self._db.all("PRAGMA integrity_check(1)")[0][0])
        return "" if verdict == "ok" else verdict

    def _insert(self, version: Version, entries: Sequence[Entry]) -> Version:
        a = version.article
        fields = (a.title, a.source, a.url, a.author, a.publisher, a.published, a.language)
        article = self._insert_row(f"articles ({_ARTICLE})", *fields, None)
        read_at = version.read_at.isoformat()
        columns = "versions (article, sha256, read_at, text)"
        row = self._insert_row(columns, article, version.id, read_at, version.text)
        for entry in entries:
            self._insert_passage(row, entry)
        return replace(version, article=replace(a, id=article))

    def _insert_passage(self, version: int, entry: Entry) -> None:
        passage, vector = entry.passage, entry.vector.astype("<f4").tobytes()
        columns = 'passages (version, start, "end", vector, name, metadata)'
        place = (version, passage.start, passage.end)
        row = self._insert_row(columns, *place, vector, entry.name, entry.metadata)
        self._db.run("INSERT INTO words (rowid, text) VALUES (?, ?)", row, passage.text)

    def _insert_row(self, columns: str, *values: object) -> int:
        marks = ", ".join("?" * len(values))
        return self._db.run(f"INSERT INTO {columns} VALUES ({marks})", *values).lastrowid or 0

    def _delete(self, articles: Sequence[int]) -> int:
        removed = 0
        for article in dict.fromkeys(articles):
            for row in self.rows(self.passage_ids([article]).tolist()):
                forget = "INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)"
                self._db.run(forget, row.id, row.passage.text)
            removed += self._db.run("DELETE FROM articles WHERE id = ?", article).rowcount
        if removed:  # a deleted row's words stay in the full-text index until segments are merged
            self._db.run("INSERT INTO words (words) VALUES ('optimize')")
            self._stored.cache_clear()
        return removed

    def _forget(self) -> None:
        (self.folder / SNAPSHOT).unlink(missing_ok=True)  # it has vectors of what is gone
        self._db.flush_deleted()

    def _row(self, row: int, version: int, start: int, end: int, *document: str | None) -> Row:
        with self._db.sound():
            return Row(row, Passage(self._stored(version), start, end), *document)

    def _read_version(self, row: int) -> Version:
        sql = "SELECT article, sha256, read_at, text FROM versions WHERE id = ?"
        with self._db.sound():
            [(article, sha256, read_at, text)] = self._db.all(sql, row)
            [fields] = self._db.all(f"SELECT {_ARTICLE} FROM articles WHERE id = ?", article)
            version = Version(Article(*fields), text, datetime.fromisoformat(read_at))
            if version.id != sha256:
                raise ValueError(f"the text of article {article} is not what was stored")
        return version

    def _set_encoder(self, encoder_id: str) -> None:
        self._db.run("INSERT OR REPLACE INTO meta VALUES ('encoder', ?)", encoder_id)


def _of(articles: Sequence[int]) -> str:
    """The rest of a query on `passages` that keeps those of these articles."""
    if not articles:
        return ""
    marks = ", ".join("?" * len(articles))
    return f" WHERE version IN (SELECT id FROM versions WHERE article IN ({marks}))"
