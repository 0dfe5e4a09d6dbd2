"""The fingerprints of a library's articles, and which article says nearly what another says."""

from __future__ import annotations

import json

from index.articles import Version
from index.database import Database
from index.fingerprints import fingerprints

# Of the sentences of the longer one. A correction or an update leaves most of a text as it was;
# two reports of one event have quotations in common, which are far fewer.
NEARLY_ALL = 0.8

_MOST = 64  # that many others at most are looked at, however large the library is
_RAREST = f"""
SELECT value FROM json_each(?)
ORDER BY (SELECT count(*) FROM (SELECT 1 FROM sentences WHERE hash = value LIMIT {_MOST})), value
LIMIT ?
"""
_NEAREST = f"""
SELECT article, sum(hash IN (SELECT value FROM json_each(?1))) AS shared, max(count(*), ?2) AS most
FROM sentences WHERE article IN (
  SELECT article FROM sentences
  WHERE hash IN (SELECT value FROM json_each(?3)) AND article != ?4 LIMIT {_MOST}
)
GROUP BY article HAVING shared >= {NEARLY_ALL} * most
ORDER BY 1.0 * shared / most DESC, article LIMIT 1
"""


def keep_fingerprints(db: Database, version: Version) -> int | None:
    """Makes these the fingerprints of the version's article; the article nearest to it, if another
    one says nearly the same. Call it inside `change`."""
    article, marks = version.article.id, fingerprints(version)
    nearest = _nearest(db, article, marks)
    db.run("DELETE FROM sentences WHERE article = ?", article)
    for mark in marks:
        db.run("INSERT INTO sentences VALUES (?, ?)", mark, article)
    return nearest


def _nearest(db: Database, article: int, marks: list[int]) -> int | None:
    # Who shares nearly all of them has one at least of any so many; the rarest ones are looked up,
    # since every article of a publisher may end in the same words.
    telling = len(marks) - int(NEARLY_ALL * len(marks)) + 1
    rarest = [mark for (mark,) in db.all(_RAREST, json.dumps(marks), telling)]
    found = db.all(_NEAREST, json.dumps(marks), len(marks), json.dumps(rarest), article)
    return int(found[0][0]) if found else None
