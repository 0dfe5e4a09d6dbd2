-- A library, schema 1. SQLite is the truth; the FAISS snapshot beside it is a cache.
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO meta VALUES ('generation', 0), ('stamp', hex(randomblob(16)));

CREATE TABLE articles (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  title TEXT NOT NULL, source TEXT NOT NULL, url TEXT NOT NULL, author TEXT NOT NULL,
  publisher TEXT NOT NULL, published TEXT NOT NULL, language TEXT NOT NULL
);

CREATE TABLE versions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
  sha256 TEXT NOT NULL, read_at TEXT NOT NULL, text TEXT NOT NULL
);
CREATE INDEX versions_by_sha256 ON versions (sha256);
CREATE INDEX versions_by_article ON versions (article);

-- Ids are never used twice, so a vector that outlived its passage can never stand for another.
-- `name` and `metadata` belong to documents that came through the LangChain interface.
CREATE TABLE passages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
  start INTEGER NOT NULL, "end" INTEGER NOT NULL, vector BLOB NOT NULL,
  name TEXT UNIQUE, metadata TEXT
);
CREATE INDEX passages_by_version ON passages (version);

-- The words only: the text itself stands once, in `versions`.
CREATE VIRTUAL TABLE words USING fts5 (
  text, content = '', tokenize = "porter unicode61 remove_diacritics 2"
);
