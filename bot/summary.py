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

_FEWEST_WORDS, _MOST_WORDS = 8, 50
_MOST_PASSAGES = 12  # whose sentences are encoded, however long the article is
_LEAD = 0.2  # the bonus of the first sentence; halved every …
_LEAD_HALVED = 4  # sentences
_SAMENESS = 0.5  # what a sentence loses for being like one that was taken
_LEANING = 0.1  # what it loses for opening with a word that leans on the one before
_ENDS = re.compile(r"[.!…。！][”’\"')\]]*\Z")
_LEANS = re.compile(
    r"[“\"]?(?:he|she|it|they|his|her|its|their|this|that|these|those|such|but|and|so|yet|or|also|"
    r"meanwhile|however|instead|then|there|here|another|both|you|in it)\b",
    re.IGNORECASE,
)


def key_sentences(store: LibraryStore, version: Version, most: int = 3) -> list[Quote]:
    """At most `most` sentences, in document order; fewer if few are whole sentences of prose.

    Passages are chosen by their stored vectors, and only their sentences are encoded.
    """
    spans = _sentences(version, _central(store, version))
    if not spans:
        return []
    vectors = np.asarray(store.encoder.encode([span.text for span in spans]))
    worth = vectors @ _centre(vectors) + _bonus(version, spans)
    return [quote_span(spans[n]) for n in sorted(_choose(vectors, worth, most))]


def _central(store: LibraryStore, version: Version) -> Sequence[Passage]:
    """The first passage and those nearest to the centroid of all; of an older version, which has no
    passages, its beginning."""
    articles = [version.article.id]
    ids, vectors = store.library.vectors(articles=articles)
    nearest = np.argsort(-(vectors @ _centre(vectors)), kind="stable") if len(ids) else ids
    chosen = list(dict.fromkeys([*ids[:1].tolist(), *ids[nearest].tolist()]))[:_MOST_PASSAGES]
    passages = [row.passage for row in store.library.rows(chosen)]
    if all(passage.version.id == version.id for passage in passages):
        return passages
    return [Passage(version, *span) for span in version.paragraphs[:_MOST_PASSAGES]]


def _sentences(version: Version, passages: Sequence[Passage]) -> list[Span]:
    """Sentences of prose, each once: headlines, bylines, questions, fragments, and what stands
    within a longer quotation are none."""
    found: dict[str, Span] = {}
    for start, end in version.sentences:
        inside = any(p.start <= start and end <= p.end for p in passages)
        text = version.text[start:end]
        right_length = _FEWEST_WORDS <= len(text.split()) <= _MOST_WORDS
        if inside and right_length and _ENDS.search(text) and not _is_quoted(version, start, end):
            found.setdefault(text, Span(version, start, end))
    found.pop(version.article.title, None)
    return list(found.values())


def _is_quoted(version: Version, start: int, end: int) -> bool:
    """Whether a quotation is open where the sentence begins, or where it ends."""
    paragraph = version.text.rfind("\n", 0, start) + 1
    before, within = version.text[paragraph:start], version.text[start:end]
    return any(
        text.count("“") > text.count("”") or text.count('"') % 2 == 1 for text in (before, within)
    )


def _bonus(version: Version, spans: Sequence[Span]) -> NDArray[np.float64]:
    """What standing early adds and leaning on the sentence before takes away, for each span."""
    order = {start: n for n, (start, _) in enumerate(version.sentences)}
    early = [_LEAD * 0.5 ** (order[span.start] / _LEAD_HALVED) for span in spans]
    leaning = [_LEANING if _LEANS.match(span.text) else 0.0 for span in spans]
    bonus: NDArray[np.float64] = np.array(early) - np.array(leaning)
    return bonus


def _centre(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean direction of vectors (n, dimension)."""
    mean: NDArray[np.float32] = vectors.mean(axis=0)
    return mean / (float(np.linalg.norm(mean)) or 1.0)


def _choose(vectors: NDArray[np.float32], worth: NDArray[np.float64], most: int) -> list[int]:
    taken: list[int] = []
    left = worth
    while len(taken) < min(most, len(worth)):
        taken.append(int(np.argmax(left)))
        left = worth - _SAMENESS * (vectors @ vectors[taken].T).max(axis=1)
        left[taken] = -np.inf
    return taken
