"""Rankings of texts for a question, and how two of them become one."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.articles import Passage, Span
from index.encoder import Encoder

# How a library's full-text index cuts words, and so how any comparison with it must.
TOKENIZER = "porter unicode61 remove_diacritics 2"

_SATURATION, _LENGTH = 1.2, 0.3  # k1 and b of BM25; sentences differ little in length
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


def stems(texts: Sequence[str]) -> list[Counter[str]]:
    """Each text as the words that a library's full-text index cuts it into, counted."""
    found: list[Counter[str]] = [Counter() for _ in texts]
    db = sqlite3.connect(":memory:")
    try:
        db.execute(f"CREATE VIRTUAL TABLE t USING fts5 (text, content='', tokenize='{TOKENIZER}')")
        db.executemany("INSERT INTO t (rowid, text) VALUES (?, ?)", enumerate(texts))
        db.execute("CREATE VIRTUAL TABLE v USING fts5vocab (t, instance)")
        for stem, row in db.execute("SELECT term, doc FROM v"):
            found[row][stem] += 1
    finally:
        db.close()
    return found


def bm25(query: Iterable[str], texts: Sequence[Counter[str]]) -> NDArray[np.float64]:
    """BM25 scores of texts, given as stems, for the stems of a question; shape (len(texts),).

    The weight of a rare stem is Lucene's, which stays above 0 when half of the texts have it:
    SQLite's does not, and so tells nothing about a paragraph of two sentences.
    """
    lengths = np.array([text.total() for text in texts], dtype=float)
    norm = _SATURATION * (1 - _LENGTH + _LENGTH * lengths / max(1.0, lengths.mean()))
    scores = np.zeros(len(texts))
    for stem in query:
        counts = np.array([text[stem] for text in texts], dtype=float)
        holding = np.count_nonzero(counts)
        rarity = np.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
        scores += rarity * counts * (_SATURATION + 1) / (counts + norm)
    return scores


class SentenceRanker:
    """The sentences of passages, ranked for a question by cosine, BM25 and their passage's rank.

    Vectors and stems of sentences are kept, so a second question about the same article is cheap.
    """

    # Chosen on three samples of SQuAD 1.1's training articles (docs/evaluation.md).
    _BM25_WEIGHT = 0.1
    _RANK_COST = 0.02  # for each passage that was ranked above the sentence's own
    _KEPT = 16_384  # vectors: 25 MB at 384 dimensions

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, tuple[NDArray[np.float32], Counter[str]]] = {}

    def rank(self, question: str, passages: Sequence[Passage]) -> list[tuple[Span, float]]:
        """Every sentence once, best first, with its cosine to the question."""
        ranks: dict[Span, int] = {}
        for rank, passage in enumerate(passages):
            for span in _sentences(passage):
                ranks.setdefault(span, rank)
        vectors, words = self._read([span.text for span in ranks])
        query = np.asarray(self._encoder.embed_query(question), dtype=np.float32)
        cosines = vectors @ query
        lexical = bm25(stems([" ".join(search_words(question))])[0], words)
        costs = self._RANK_COST * np.array(list(ranks.values()))
        order = np.argsort(costs - cosines - self._BM25_WEIGHT * lexical, kind="stable")
        spans = list(ranks)
        return [(spans[i], float(cosines[i])) for i in order]

    def _read(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], list[Counter[str]]]:
        """Vectors of shape (len(texts), dimension), and the stems of each text."""
        if len(self._known) > self._KEPT:
            self._known = {}  # another thread may still be looking things up in the old one
        kept = self._known
        new = [text for text in dict.fromkeys(texts) if text not in kept]
        kept.update(zip(new, zip(self._encoder.encode(new), stems(new), strict=True), strict=True))
        known = [kept[text] for text in texts]
        return np.stack([vector for vector, _ in known]), [words for _, words in known]


def _sentences(passage: Passage) -> Iterable[Span]:
    """The sentences of a passage but for the headline, which announces answers and gives none."""
    version = passage.version
    inside = (s for s in version.sentences if passage.start <= s[0] and s[1] <= passage.end)
    spans = [Span(version, start, end) for start, end in inside]
    return [span for span in spans if span.text != version.article.title] or spans
