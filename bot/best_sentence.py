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
from index.ranking import SentenceRanker

ON_TOPIC = 0.25  # cosine; below it a sentence has little to do with a topic
# Logistic regression of "the paragraph answers" on the best sentence's cosine.
_SLOPE, _OFFSET = 4.1, -2.5


class BestSentence:
    """Answers with whole sentences, ranked by `SentenceRanker`."""

    def __init__(self, encoder: Encoder) -> None:
        self._ranker = SentenceRanker(encoder)

    def draft(self, question: Question, passages: Sequence[Passage]) -> Draft:
        """The best sentences, as many as may be quoted, however doubtful; on a topic only those
        that have to do with it."""
        ranked = self._ranker.rank(question.text, passages)
        on_topic = _on_topic(question.text, ranked) if question.is_topic else [s for s, _ in ranked]
        best = on_topic[: question.most_quotes]
        cosine = ranked[0][1]
        return Draft(
            claims=[Claim(span.text, [span]) for span in best],
            confidence=1 / (1 + math.exp(-_SLOPE * cosine - _OFFSET)),
            numbers={"cosine": cosine, "sentences": len(ranked)},
        )


def _on_topic(topic: str, ranked: Sequence[tuple[Span, float]]) -> list[Span]:
    """The sentences near to a topic that have one of its names, if it has any."""
    near = [span for span, cosine in ranked if cosine >= ON_TOPIC]
    names = names_in(topic)
    return [s for s in near if not names or any(name in s.text.casefold() for name in names)]
