"""The library of one collection on disk: SQLite holds everything that must not be lost.

Every change is one transaction. Whole articles come and go; one that is read again and says
something else gets a new version, whose passages take the place of the old ones. Each change of
passages raises `generation`, by which caches (see `index.cache`) notice that they are behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from index.articles import Article, Origin, Version
from index.changes import Changes, compare
from index.errors import LibraryError
from index.feeds import Feeds
from index.holdings import NEWEST, Holdings
from index.near import keep_fingerprints
from index.passages import Entry

SNAPSHOT = "vectors.faiss"

_ABOUT = ("title", "source", "url", "author", "publisher", "published", "language")
_PUT_ORIGIN = """
INSERT INTO origins (url, article, sha256, etag, last_modified, read_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (url) DO UPDATE SET sha256 = excluded.sha256, etag = excluded.etag,
  last_modified = excluded.last_modified, read_at = excluded.read_at
"""

Outcome = Literal["added", "known", "unchanged", "revised"]


@dataclass(frozen=True)
class Kept:
    """What came of adding an article, with the version that answers now come from.

    "added": a new article. "known": this text is here, from elsewhere. "unchanged": read again at
    its origin, where it says what it said. "revised": read again and another text now.
    """

    version: Version
    outcome: Outcome
    changes: Changes | None = None
    """What is different, if it was revised."""
    near: Article | None = None
    """Another article here that says nearly, or exactly, what this text says."""

    @property
    def new(self) -> bool:
        return self.outcome == "added"


class Library(Holdings):
    """What a library holds, and every change of it.

    Raises LibraryError when the file cannot be made, read or written; a change that fails leaves
    the library as it was.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.feeds = Feeds(self._db)
        if self._db.meta().get("forgetting") and not self._db.read_only:
            self._forget()  # whoever removed something was killed before it was gone from the log

    def recognise(
        self, version: Version, origin: Origin | None = None, again: bool = False
    ) -> Kept | None:
        """What can be told without passages: "unchanged" and "known". None if it has to be added.

        The arguments are those of `add`.
        """
        with self._db.change() if origin else self._db.reading():
            return self._recognise(version, origin, again)

    def add(
        self,
        version: Version,
        entries: Sequence[Entry],
        encoder_id: str,
        origin: Origin | None = None,
        again: bool = False,
    ) -> Kept:
        """Adds an article with its passages, or gives the one that was read at `origin` the text
        that it has now, all in one transaction.

        The version comes back as stored: its article carries the id. `again` says that a known
        origin is read again: if it was removed meanwhile it stays so, and a LibraryError is raised.
        """
        with self._db.change():
            self.require_encoder(encoder_id)
            if kept := self._recognise(version, origin, again):
                return kept
            place = self._place(origin)
            old = self.version(place[0]) if place else None
            stored = self._put(version, entries, encoder_id, old.article.id if old else 0)
            self._put_origin(stored, origin)
            nearest = keep_fingerprints(self._db, stored)
            near = self.version(nearest).article if nearest else None
        if old:
            return Kept(stored, "revised", compare(old, stored), near)
        return Kept(stored, "added", near=near)

    def add_document(self, entry: Entry, encoder_id: str) -> None:
        """Adds a document, whose name is its identity, in the place of the one of that name."""
        with self._db.change():
            self.require_encoder(encoder_id)
            named = self.named([entry.name] if entry.name else [])
            replaced = self._delete([row.passage.version.article.id for row in named])
            self._put(entry.passage.version, [entry], encoder_id)
        if replaced:
            self._forget()

    def restore(
        self,
        versions: Sequence[Version],
        entries: Sequence[Entry],
        encoder_id: str,
        origins: Sequence[Origin],
    ) -> Kept:
        """Adds an article as another library had it, all in one transaction: its versions, newest
        first, the passages of the newest, and its origins. An article that is here gets the
        origins, of which those that are here are left as they are."""
        with self._db.change():
            self.require_encoder(encoder_id)
            kept = self._recognise(versions[0], None, again=False)
            kept = kept or self._held(versions[0], origins)
            if not (kept or entries):  # it was here when its passages were to be made
                raise LibraryError("An article was removed meanwhile; please import it again.")
            stored = kept.version if kept else self._put_all(versions, entries, encoder_id)
            for origin in origins:
                if not self._place(origin):
                    self._put_origin(stored, origin)
        return kept or Kept(stored, "added")

    def set_origin(self, origin: Origin) -> bool:
        """Keeps what the server of a known origin said when the text was the same; returns whether
        it is still known."""
        sql = "UPDATE origins SET etag = ?, last_modified = ?, read_at = ? WHERE url = ?"
        said = (origin.etag, origin.last_modified, origin.read_at.isoformat())
        with self._db.change():
            return self._db.run(sql, *said, origin.url).rowcount > 0

    def remove(self, articles: Sequence[int]) -> int:
        """Removes whole articles with all their versions, every trace of their text, and returns
        how many there were."""
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
                self._put_passage(rows[entry.passage.version.article.id], entry)
            self._db.raise_generation()

    def _recognise(self, version: Version, origin: Origin | None, again: bool) -> Kept | None:
        place = self._place(origin)
        if again and origin and not place:
            raise LibraryError(f"{origin.url} was removed while it was read; nothing was added.")
        if place:
            kept = Kept(self.version(place[0]), "unchanged")
            # Another origin of the article may be ahead of this one.
            if version.id not in (kept.version.id, place[1]):
                return None
        elif found := self._versions(f"WHERE sha256 = ? AND {NEWEST} ORDER BY v.id", version.id):
            kept = Kept(found[0], "known")
        else:
            return None
        self._put_origin(replace(version, article=kept.version.article), origin)
        return kept

    def _held(self, version: Version, origins: Sequence[Origin]) -> Kept | None:
        """The article that was read at one of these places and once had this text."""
        articles = [place[0] for origin in origins if (place := self._place(origin))]
        for article in articles:
            if any(version.id == held.id for held in self.versions(article)):
                return Kept(self.version(article), "known")
        return None

    def _place(self, origin: Origin | None) -> tuple[int, str] | None:
        """The article that an origin belongs to, and the id of the version last read there."""
        sql = "SELECT article, sha256 FROM origins WHERE url = ?"
        rows = self._db.all(sql, origin.url) if origin else []
        return rows[0] if rows else None

    def _put_origin(self, version: Version, origin: Origin | None) -> None:
        if origin:
            said = (origin.etag, origin.last_modified, origin.read_at.isoformat())
            read = origin.version or version.id
            self._db.run(_PUT_ORIGIN, origin.url, version.article.id, read, *said)

    def _put(
        self, version: Version, entries: Sequence[Entry], encoder_id: str, article: int = 0
    ) -> Version:
        """A new article; or the newest version of one that is here."""
        self._set_encoder(encoder_id)
        if article:
            self._make_way(article, version)
        else:
            article = self._insert(f"articles ({', '.join(_ABOUT)})", *_about(version))
        columns = "versions (article, sha256, read_at, text, pages, warning)"
        pages = " ".join(map(str, version.pages))
        said = (version.id, version.read_at.isoformat(), version.text, pages, version.warning)
        row = self._insert(columns, article, *said)
        for entry in entries:
            self._put_passage(row, entry)
        self._db.raise_generation()
        return replace(version, article=replace(version.article, id=article))

    def _put_all(
        self, versions: Sequence[Version], entries: Sequence[Entry], encoder_id: str
    ) -> Version:
        stored = self._put(versions[-1], entries if len(versions) == 1 else [], encoder_id)
        for version in reversed(versions[:-1]):
            newest = entries if version is versions[0] else []
            stored = self._put(version, newest, encoder_id, stored.article.id)
        keep_fingerprints(self._db, stored)
        return stored

    def _make_way(self, article: int, version: Version) -> None:
        """Takes the passages of what was the newest version, and says what `version` says of the
        article."""
        self._delete_passages(article)
        columns = ", ".join(f"{name} = ?" for name in _ABOUT)
        self._db.run(f"UPDATE articles SET {columns} WHERE id = ?", *_about(version), article)
        # A text that the article goes back to would stand there twice.
        self._db.run("DELETE FROM versions WHERE article = ? AND sha256 = ?", article, version.id)

    def _put_passage(self, version: int, entry: Entry) -> None:
        passage, vector = entry.passage, entry.vector.astype("<f4").tobytes()
        columns = 'passages (version, start, "end", vector, name, metadata)'
        place = (version, passage.start, passage.end)
        row = self._insert(columns, *place, vector, entry.name, entry.metadata)
        self._db.run("INSERT INTO words (rowid, text) VALUES (?, ?)", row, passage.text)

    def _insert(self, columns: str, *values: object) -> int:
        marks = ", ".join("?" * len(values))
        return self._db.run(f"INSERT INTO {columns} VALUES ({marks})", *values).lastrowid or 0

    def _delete_passages(self, article: int) -> None:
        for row in self.rows(self.passage_ids([article]).tolist()):
            forget = "INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)"
            self._db.run(forget, row.id, row.passage.text)
            self._db.run("DELETE FROM passages WHERE id = ?", row.id)

    def _delete(self, articles: Sequence[int]) -> int:
        removed = 0
        for article in dict.fromkeys(articles):
            self._delete_passages(article)
            removed += self._db.run("DELETE FROM articles WHERE id = ?", article).rowcount
        if removed:  # a deleted row's words stay in the full-text index until segments are merged
            self._db.run("INSERT INTO words (words) VALUES ('optimize')")
            self._db.mark_forgetting()
            self._db.raise_generation()
            self._stored.cache_clear()
        return removed

    def _forget(self) -> None:
        (self.folder / SNAPSHOT).unlink(missing_ok=True)  # it has vectors of what is gone
        self._db.forget()

    def _set_encoder(self, encoder_id: str) -> None:
        self._db.run("INSERT OR REPLACE INTO meta VALUES ('encoder', ?)", encoder_id)


def _about(version: Version) -> list[str]:
    return [getattr(version.article, name) for name in _ABOUT]
