"""Rankings of texts for a question, and how two of them become one."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.articles import Passage, Span
from index.encoder import Encoder

# How a library's full-text index cuts words, and so how any comparison with it must.
TOKENIZER = "porter unicode61 remove_diacritics 2"

_WORD = re.compile(r"[^\W_]+")
# Words that nearly every passage has tell nothing and make the full-text index read all of itself.
_STOP_WORDS = frozenset(
    "a an and are as at be been by did do does for from had has have he her him his how i in is it "
    "its me my of on or s she t that the their them they this to was we were what when where which "
    "who whom whose why will with would you your".split()
)


def search_words(question: str) -> list[str]:
    """The words of a question that are worth looking up in many passages; all if none is."""
    words = all_words(question)
    return [word for word in words if word not in _STOP_WORDS] or words


def all_words(question: str) -> list[str]:
    """The different words of a question, in small letters."""
    return list(dict.fromkeys(_WORD.findall(question.casefold())))


def any_of(words: Iterable[str]) -> str:
    """An FTS5 query for any of these words."""
    return " OR ".join(f'"{word}"' for word in words)


def fuse(rankings: Sequence[Sequence[int]], damping: float = 60) -> list[int]:
    """Reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009): items, best first.

    An item scores the sum of 1 / (damping + rank) over the rankings that hold it, ranks from 1.
    """
    scores: dict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, item in enumerate(ranking, start=1):
            scores[item] += 1 / (damping + rank)
    return sorted(scores, key=lambda item: (-scores[item], item))


def bm25(question: str, texts: Sequence[str]) -> list[int]:
    """Indices of the texts that share a word with the question, best first by SQLite's BM25."""
    db = sqlite3.connect(":memory:")
    try:
        db.execute(f"CREATE VIRTUAL TABLE t USING fts5 (text, content='', tokenize='{TOKENIZER}')")
        db.executemany("INSERT INTO t (rowid, text) VALUES (?, ?)", enumerate(texts, start=1))
        query = any_of(all_words(question))
        found = db.execute("SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank, rowid", (query,))
        return [rowid - 1 for (rowid,) in found]
    finally:
        db.close()


class SentenceRanker:
    """The sentences of passages, ranked for a question by BM25 and the encoder, fused.

    Vectors of sentences are kept, so a second question about the same article is cheap.
    """

    _DAMPING = 5  # among a few dozen sentences the first ranks matter more than among thousands
    _KEPT = 16_384  # vectors: 25 MB at 384 dimensions

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def rank(self, question: str, passages: Sequence[Passage]) -> list[tuple[Span, float]]:
        """Every sentence once, best first, with its cosine to the question."""
        spans = list(dict.fromkeys(s for passage in passages for s in _sentences(passage)))
        texts = [span.text for span in spans]
        query = np.asarray(self._encoder.embed_query(question), dtype=np.float32)
        cosines = self._encode(texts) @ query
        dense = np.argsort(-cosines, kind="stable").tolist()
        order = fuse([bm25(question, texts), dense], self._DAMPING)
        return [(spans[i], float(cosines[i])) for i in order]

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if len(self._vectors) > self._KEPT:
            self._vectors.clear()
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        self._vectors.update(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._vectors[text] for text in texts])


def _sentences(passage: Passage) -> Iterable[Span]:
    """The sentences of a passage but for the headline, which announces answers and gives none."""
    version = passage.version
    inside = (s for s in version.sentences if passage.start <= s[0] and s[1] <= passage.end)
    spans = [Span(version, start, end) for start, end in inside]
    return [span for span in spans if span.text != version.article.title] or spans
