"""The key sentences of an article, word for word: those that stand for most of it, and differ.

A sentence's worth is its cosine to the article's centroid, and a bonus near the beginning, where
news put what matters; each next one is weighed against those that were taken (maximal marginal
relevance, Carbonell and Goldstein 1998).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.quotes import Quote, quote_span
from index.articles import Passage, Span, Version
from index.vectors import LibraryStore

_FEWEST_WORDS, _MOST_WORDS = 8, 60
_MOST_PASSAGES = 12  # whose sentences are encoded, however long the article is
_LEAD = 0.15  # the bonus of the first sentence; halved every …
_LEAD_HALVED = 6  # sentences
_SAMENESS = 0.5  # what a sentence loses for being like one that was taken
_ENDS = re.compile(r"[.!…。！][”’\"')\]]*\Z")


def key_sentences(store: LibraryStore, version: Version, most: int = 3) -> list[Quote]:
    """At most `most` sentences, in document order; fewer if few are whole sentences of prose."""
    spans = _sentences(version, _central(store, version))
    if not spans:
        return []
    vectors = np.asarray(store.encoder.encode([span.text for span in spans]))
    order = {start: n for n, (start, _) in enumerate(version.sentences)}
    worth = vectors @ _centre(vectors) + np.array(
        [_LEAD * 0.5 ** (order[span.start] / _LEAD_HALVED) for span in spans]
    )
    chosen = sorted(_choose(vectors, worth, most))
    return [quote_span(spans[n]) for n in chosen]


def _central(store: LibraryStore, version: Version) -> Sequence[Passage]:
    """The passages nearest to the centroid of all, and the first one."""
    ids = store.library.passage_ids([version.article.id])
    passages = [row.passage for row in store.library.rows(ids.tolist())]
    if len(passages) <= _MOST_PASSAGES:
        return passages
    known, vectors = store.library.vectors(int(ids[0]) - 1)
    vectors = vectors[np.isin(known, ids)]
    nearest = np.argsort(-(vectors @ _centre(vectors)), kind="stable")
    return [passages[n] for n in {0, *nearest[: _MOST_PASSAGES - 1].tolist()}]


def _sentences(version: Version, passages: Sequence[Passage]) -> list[Span]:
    """Sentences of prose: headlines, bylines, questions and fragments are none."""
    found = {}
    for start, end in version.sentences:
        span = Span(version, start, end)
        inside = any(p.start <= start and end <= p.end for p in passages)
        if inside and _FEWEST_WORDS <= len(span.text.split()) <= _MOST_WORDS:
            found[span.text] = span
    return [span for text, span in found.items() if _ENDS.search(text)]


def _centre(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean direction of vectors (n, dimension)."""
    mean: NDArray[np.float32] = vectors.mean(axis=0)
    mean /= float(np.linalg.norm(mean)) or 1.0
    return mean


def _choose(vectors: NDArray[np.float32], worth: NDArray[np.float32], most: int) -> list[int]:
    taken: list[int] = []
    left = worth.astype(np.float64)
    while len(taken) < min(most, len(worth)):
        best = int(np.argmax(left))
        taken.append(best)
        alike = (vectors @ vectors[taken].T).max(axis=1)
        left = worth - _SAMENESS * alike
        left[taken] = -np.inf
    return taken
