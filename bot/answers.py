"""What goes through the chain: a question, what an answerer proposes, and what people get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.quotes import Quote
from index.articles import Passage, Span

Status = Literal["answered", "not_in_article", "no_article"]
Step = Literal["answered", "nothing_retrieved", "reader_abstained", "quote_not_found", "no_article"]


@dataclass(frozen=True)
class Question:
    """What a person asks, of these articles (their ids in the library; none: of all)."""

    text: str
    articles: tuple[int, ...] = ()
    most_quotes: int = 1
    """How many places to quote at most. More than one asks for the best quotes on a topic: these
    need not answer anything, so no probability is asked of them."""

    @property
    def is_topic(self) -> bool:
        return self.most_quotes > 1


@dataclass(frozen=True)
class Claim:
    """One thing that an answer says, with what is proposed as its evidence: a span, or a text
    that has to be found in the articles first."""

    text: str
    evidence: Sequence[Span | str]


@dataclass(frozen=True)
class Draft:
    """What an answerer proposes. `confidence` is its probability that it is right."""

    claims: Sequence[Claim] = ()
    confidence: float = 0.0
    numbers: Mapping[str, float] = field(default_factory=dict)
    """What decided, for "why?": scores by name."""
    ranked: Sequence[Passage] = ()
    """The passages, best first, if reading them has told more than retrieving them did."""


class Answerer(Protocol):
    """Proposes; the chain disposes."""

    def draft(self, question: Question, passages: Sequence[Passage]) -> Draft:
        """The best claims that `passages` (best first) allow, however doubtful: the confidence
        says how doubtful, and the chain decides whether that is enough."""


@dataclass(frozen=True)
class Why:
    """Which step decided, with its numbers, and the nearest quote where that was not enough."""

    step: Step
    numbers: Mapping[str, float] = field(default_factory=dict)
    nearest: Quote | None = None


@dataclass(frozen=True)
class Answer:
    """What a person gets: quotes, or silence and the reason for it.

    `text` is the answer in the article's words; `timings_ms` has one entry a step.
    """

    question: Question
    status: Status
    why: Why
    text: str = ""
    quotes: Sequence[Quote] = ()
    confidence: float = 0.0
    passages: Sequence[Passage] = ()
    """What was retrieved, best first as far as it was read."""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
