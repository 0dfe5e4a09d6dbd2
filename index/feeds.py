"""The feeds that a library follows, and what was already taken from them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from index.database import Database

_TAKE = "INSERT OR IGNORE INTO feed_items SELECT id, ? FROM feeds WHERE url = ?"


@dataclass(frozen=True)
class Feed:
    """An RSS or Atom feed, and what its server said to know it again by."""

    url: str
    title: str = ""
    etag: str = ""
    last_modified: str = ""
    read_at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)


class Feeds:
    """Raises LibraryError where the library cannot be read or written."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[Feed]:
        """All feeds, the first one that was added first."""
        sql = "SELECT url, title, etag, last_modified, read_at FROM feeds ORDER BY id"
        rows = self._db.all(sql)
        with self._db.sound():
            return [Feed(u, title, e, m, datetime.fromisoformat(at)) for u, title, e, m, at in rows]

    def add(self, feed: Feed) -> bool:
        """Follows a feed; returns whether it was not followed before, and if so changes nothing."""
        sql = (
            "INSERT INTO feeds (url, title, etag, last_modified, read_at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (url) DO NOTHING"
        )
        with self._db.change():
            return self._db.run(sql, feed.url, *_said(feed)).rowcount > 0

    def update(self, feed: Feed) -> bool:
        """Keeps what a feed said when it was read again; returns whether it is still followed."""
        sql = "UPDATE feeds SET title = ?, etag = ?, last_modified = ?, read_at = ? WHERE url = ?"
        with self._db.change():
            return self._db.run(sql, *_said(feed), feed.url).rowcount > 0

    def remove(self, url: str) -> bool:
        """Follows a feed no longer and forgets its items; its articles stay. Returns whether it
        was followed."""
        with self._db.change():
            removed = self._db.run("DELETE FROM feeds WHERE url = ?", url).rowcount > 0
        if removed:
            self._db.flush_deleted()
        return removed

    def seen(self, url: str, item_ids: Sequence[str]) -> set[str]:
        """Those of these items that were taken from this feed, be they still here or not."""
        sql = "SELECT 1 FROM feed_items JOIN feeds ON id = feed WHERE url = ? AND item = ?"
        with self._db.reading():
            return {item for item in item_ids if self._db.all(sql, url, _digest(item))}

    def taken(self, url: str) -> list[str]:
        """What stands for the items that were taken from a feed: SHA-256, in hexadecimal."""
        sql = "SELECT hex(item) FROM feed_items JOIN feeds ON id = feed WHERE url = ? ORDER BY 1"
        return [row[0] for row in self._db.all(sql, url)]

    def restore_taken(self, url: str, digests: Sequence[str]) -> None:
        """Keeps what `taken` said in another library."""
        with self._db.change():
            for digest in digests:
                self._db.run(_TAKE, bytes.fromhex(digest), url)

    def mark_seen(self, url: str, item_ids: Sequence[str]) -> None:
        """These items are not to be taken from this feed again; nothing if it was removed."""
        with self._db.change():
            for item in item_ids:
                self._db.run(_TAKE, _digest(item), url)


def _said(feed: Feed) -> tuple[str, str, str, str]:
    return feed.title, feed.etag, feed.last_modified, feed.read_at.isoformat()


def _digest(item_id: str) -> bytes:
    return hashlib.sha256(item_id.encode("utf-8", "surrogatepass")).digest()
