-- A library, schema 3. SQLite is the truth; the FAISS snapshot beside it is a cache.
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO meta VALUES ('generation', 0), ('stamp', hex(randomblob(16)));

CREATE TABLE articles (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  title TEXT NOT NULL, source TEXT NOT NULL, url TEXT NOT NULL, author TEXT NOT NULL,
  publisher TEXT NOT NULL, published TEXT NOT NULL, language TEXT NOT NULL
);

-- An article's newest version is the one with the highest id. Only that one has passages; the
-- others are kept for the answers that quote them. `pages`: where each starts, spaces between.
CREATE TABLE versions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
  sha256 TEXT NOT NULL, read_at TEXT NOT NULL, text TEXT NOT NULL,
  pages TEXT NOT NULL DEFAULT '', warning TEXT NOT NULL DEFAULT ''
);
CREATE INDEX versions_by_sha256 ON versions (sha256);
CREATE INDEX versions_by_article ON versions (article);

-- Where articles were read: a URL or the absolute path of a file. `sha256` is of the text that was
-- last read there, which is an older version if another origin of the article is ahead.
CREATE TABLE origins (
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
  sha256 TEXT NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL, read_at TEXT NOT NULL
);
CREATE INDEX origins_by_article ON origins (article);

-- Fingerprints of the sentences of each article's newest version.
CREATE TABLE sentences (
  hash INTEGER NOT NULL,
  article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
  PRIMARY KEY (hash, article)
) WITHOUT ROWID;
CREATE INDEX sentences_by_article ON sentences (article);

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

CREATE TABLE feeds (
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
  etag TEXT NOT NULL, last_modified TEXT NOT NULL, read_at TEXT NOT NULL
);

-- What was taken from a feed, by the SHA-256 of the item's id: it is not taken again, also not
-- after its article was removed.
CREATE TABLE feed_items (
  feed INTEGER NOT NULL REFERENCES feeds ON DELETE CASCADE,
  item BLOB NOT NULL,
  PRIMARY KEY (feed, item)
) WITHOUT ROWID;

-- What a collection remembers of the questions that were put to it. The words of a question stand
-- here; those of an article never do: quotes are offsets, and go when their article goes.
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

-- `version` is the SHA-256 of a version. `nearest`: what was near and answered nothing.
CREATE TABLE asked_quotes (
  asked INTEGER NOT NULL REFERENCES asked ON DELETE CASCADE,
  position INTEGER NOT NULL, nearest INTEGER NOT NULL,
  article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
  version TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
  highlight_start INTEGER NOT NULL, highlight_end INTEGER NOT NULL,
  PRIMARY KEY (asked, position)
) WITHOUT ROWID;
CREATE INDEX asked_quotes_by_article ON asked_quotes (article);

-- The messages that showed an answer.
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

-- How many questions a user put in a day (UTC).
CREATE TABLE counts (
  day TEXT NOT NULL, user INTEGER NOT NULL, questions INTEGER NOT NULL,
  PRIMARY KEY (day, user)
) WITHOUT ROWID;

CREATE TABLE options (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Places in which people talk about an article, or go on from the question `asked` (0: none).
CREATE TABLE threads (
  thread INTEGER PRIMARY KEY,
  article INTEGER REFERENCES articles ON DELETE SET NULL,
  asked INTEGER NOT NULL
);
CREATE INDEX threads_by_article ON threads (article);
