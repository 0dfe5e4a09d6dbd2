"""The baseline answerer: the best-ranked sentence, and a guess at whether it answers.

Kept to be compared with: similarity hardly knows when an article is silent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from bot.answers import Claim, Draft, Question
from bot.forms import names_in
from index.articles import Passage, Span
from index.encoder import Encoder
from index.ranking import SentenceRanker, fuse

ON_TOPIC = 0.25  # cosine; below it a sentence has little to do with a topic
READ_TOO = 0.1  # the same where reading ranked it as well: “Natalia said …” is about families
# Logistic regression of "the paragraph answers" on the best sentence's cosine.
_SLOPE, _OFFSET = 4.1, -2.5


class BestSentence:
    """Answers with whole sentences, ranked by `SentenceRanker`."""

    def __init__(self, encoder: Encoder) -> None:
        self._ranker = SentenceRanker(encoder)

    def draft(
        self, question: Question, passages: Sequence[Passage], read: Sequence[Span] = ()
    ) -> Draft:
        """The best sentences, as many as may be quoted, however doubtful; on a topic only those
        that have to do with it. Sentences that somebody has `read`, best first, rank as much."""
        ranked = self._ranker.rank(question.text, passages)
        if read:
            ranked = _fused(ranked, read)
        near = _on_topic(question.text, ranked, READ_TOO if read else ON_TOPIC)
        best = (near if question.is_topic else [s for s, _ in ranked])[: question.most_quotes]
        cosine = ranked[0][1]
        return Draft(
            claims=[Claim(span.text, [span]) for span in best],
            confidence=1 / (1 + math.exp(-_SLOPE * cosine - _OFFSET)),
            numbers={"cosine": cosine, "sentences": len(ranked)},
        )


def _fused(ranked: Sequence[tuple[Span, float]], read: Sequence[Span]) -> list[tuple[Span, float]]:
    """Both rankings as one, with the cosines."""
    cosines = dict(ranked)
    spans = list(cosines)
    number = {span: n for n, span in enumerate(spans)}
    order = fuse([range(len(spans)), [number[span] for span in read if span in number]])
    return [(spans[n], cosines[spans[n]]) for n in order]


def _on_topic(topic: str, ranked: Sequence[tuple[Span, float]], least: float) -> list[Span]:
    """The sentences near to a topic that have one of its names, if it has any; those after the
    first need a cosine of `least` only."""
    names = names_in(topic)
    found = [(s, c) for s, c in ranked if not names or any(n in s.text.casefold() for n in names)]
    if not found or found[0][1] < ON_TOPIC:
        return [span for span, cosine in found if cosine >= ON_TOPIC]
    return [span for span, cosine in found if cosine >= least]
