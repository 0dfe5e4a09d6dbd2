"""The schema of a library: making an empty one, and bringing an older one up to date.

Each step takes a library from one number to the next within the transaction of its caller. Once
released it is never changed: there are libraries that have been through it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from importlib.resources import files

from index.articles import Article, Version
from index.fingerprints import fingerprints

_TO_2 = r"""
ALTER TABLE versions ADD COLUMN pages TEXT NOT NULL DEFAULT '';
ALTER TABLE versions ADD COLUMN warning TEXT NOT NULL DEFAULT '';
CREATE TABLE origins (
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
  sha256 TEXT NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL, read_at TEXT NOT NULL
);
CREATE INDEX origins_by_article ON origins (article);
CREATE TABLE sentences (
  hash INTEGER NOT NULL,
  article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
  PRIMARY KEY (hash, article)
) WITHOUT ROWID;
CREATE INDEX sentences_by_article ON sentences (article);
CREATE TABLE feeds (
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
  etag TEXT NOT NULL, last_modified TEXT NOT NULL, read_at TEXT NOT NULL
);
CREATE TABLE feed_items (
  feed INTEGER NOT NULL REFERENCES feeds ON DELETE CASCADE,
  item BLOB NOT NULL,
  PRIMARY KEY (feed, item)
) WITHOUT ROWID;
-- A file that was added twice became two articles; it is the origin of the later one.
INSERT OR IGNORE INTO origins (url, article, sha256, etag, last_modified, read_at)
SELECT place, article, sha256, '', '', read_at FROM (
  SELECT CASE WHEN source LIKE '/%' OR source LIKE '_:\%' THEN source ELSE url END AS place, v.*
  FROM articles AS a JOIN versions AS v ON v.article = a.id
)
WHERE place != '' ORDER BY article DESC;
"""
_TO_3 = """
CREATE TABLE asked (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL, channel INTEGER NOT NULL, asked_at TEXT NOT NULL,
  question TEXT NOT NULL, scope TEXT NOT NULL, topic INTEGER NOT NULL,
  status TEXT NOT NULL, step TEXT NOT NULL, confidence REAL NOT NULL, needed REAL NOT NULL,
  numbers TEXT NOT NULL, follows INTEGER NOT NULL
);
CREATE INDEX asked_by_user ON asked (user);
CREATE INDEX asked_by_channel ON asked (channel);
CREATE INDEX asked_by_time ON asked (asked_at);
CREATE TABLE asked_quotes (
  asked INTEGER NOT NULL REFERENCES asked ON DELETE CASCADE,
  position INTEGER NOT NULL, nearest INTEGER NOT NULL,
  article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
  version TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
  highlight_start INTEGER NOT NULL, highlight_end INTEGER NOT NULL,
  PRIMARY KEY (asked, position)
) WITHOUT ROWID;
CREATE INDEX asked_quotes_by_article ON asked_quotes (article);
CREATE TABLE asked_messages (
  message INTEGER PRIMARY KEY,
  asked INTEGER NOT NULL REFERENCES asked ON DELETE CASCADE
);
CREATE INDEX asked_messages_by_asked ON asked_messages (asked);
CREATE TABLE votes (
  asked INTEGER NOT NULL REFERENCES asked ON DELETE CASCADE,
  user INTEGER NOT NULL, good INTEGER NOT NULL,
  PRIMARY KEY (asked, user)
) WITHOUT ROWID;
CREATE INDEX votes_by_user ON votes (user);
CREATE TABLE counts (
  day TEXT NOT NULL, user INTEGER NOT NULL, questions INTEGER NOT NULL,
  PRIMARY KEY (day, user)
) WITHOUT ROWID;
CREATE TABLE options (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE threads (
  thread INTEGER PRIMARY KEY,
  article INTEGER REFERENCES articles ON DELETE SET NULL,
  asked INTEGER NOT NULL
);
CREATE INDEX threads_by_article ON threads (article);
"""


def _to_2(db: sqlite3.Connection) -> None:
    """Old versions are kept, an article may have several origins, and there are feeds."""
    _execute(db, _TO_2)
    articles = db.execute(
        "SELECT article, text FROM versions WHERE article NOT IN "
        "(SELECT article FROM versions AS v JOIN passages ON version = v.id WHERE name NOT NULL)"
    )
    for article, text in articles:
        marks = [(mark, article) for mark in fingerprints(Version(Article(""), text))]
        db.executemany("INSERT INTO sentences VALUES (?, ?)", marks)


def _to_3(db: sqlite3.Connection) -> None:
    """A collection remembers the questions that were put to it."""
    _execute(db, _TO_3)


_STEPS: Sequence[Callable[[sqlite3.Connection], None]] = [_to_2, _to_3]
SCHEMA = 1 + len(_STEPS)


def migrate(db: sqlite3.Connection, found: int) -> None:
    """From schema `found`, 0 for an empty file, to the newest; call it inside a transaction."""
    if found == 0:
        _execute(db, (files("index") / "schema.sql").read_text("utf-8"))
    else:
        for step in _STEPS[found - 1 :]:
            step(db)
    db.execute(f"PRAGMA user_version = {SCHEMA}")


def _execute(db: sqlite3.Connection, statements: str) -> None:
    """One by one: sqlite3's own executescript would commit first."""
    for statement in statements.split(";\n"):
        db.execute(statement)
