"""The whole way of a question as one LangChain Runnable: check, retrieve, draft, dispose.

The terminal, Discord and the evaluation run this same chain. The answerer proposes; `dispose` lets
through only what can be quoted from the stored articles.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from langchain_core.runnables import Runnable, RunnableLambda

from bot.answers import Answer, Answerer, Draft, Question, Step, Why
from bot.forms import is_open
from bot.quotes import Quote, locate, quote_span
from index.articles import Passage, Span, canonical_text
from index.errors import QuestionError
from index.retriever import HybridRetriever

LONGEST_QUESTION = 1000  # characters; the reader and the encoder look at far fewer
OPEN_QUOTES = 3  # at most, for “What do the families say?”


@dataclass(frozen=True)
class State:
    """What one question has come to so far."""

    question: Question
    passages: Sequence[Passage] = ()
    draft: Draft = field(default_factory=Draft)
    timings_ms: Mapping[str, float] = field(default_factory=dict)


Out = TypeVar("Out", State, Answer)


def build_chain(
    retriever: HybridRetriever, answerer: Answerer, min_confidence: float
) -> Runnable[Question | str, Answer]:
    """Question (or its text) to Answer, with LangChain's `invoke`, `batch`, `stream`, `ainvoke`.

    Below `min_confidence` (a probability) the answer is that the article does not say. Raises
    QuestionError for a question that cannot be asked.
    """

    def retrieve(state: State) -> State:
        rows = retriever.rank(state.question.text, articles=state.question.articles)
        return replace(state, passages=tuple(row.passage for row in rows))

    def draft(state: State) -> State:
        if not state.passages:
            return state
        return replace(state, draft=answerer.draft(state.question, state.passages))

    def quote(state: State) -> Answer:
        if not (state.passages or retriever.store.library.articles()):
            return _silence(state, "no_article")
        return dispose(state, min_confidence)

    return (
        RunnableLambda(check)
        | RunnableLambda(_timed("retrieve", retrieve))
        | RunnableLambda(_timed("read", draft))
        | RunnableLambda(_timed("quote", quote))
    )


def check(question: Question | str) -> State:
    """The question in canonical characters, an open one as the topic that it is; raises
    QuestionError if nothing can be asked by it."""
    asked = Question(question) if isinstance(question, str) else question
    text = " ".join(canonical_text(asked.text).split())
    if not any(char.isalnum() for char in text):
        raise QuestionError("There is no question in that; please ask in words.", "question_empty")
    if len(text) > LONGEST_QUESTION:
        raise QuestionError(
            f"That question has {len(text):,} characters; please ask in at most "
            f"{LONGEST_QUESTION:,}.",
            "question_long",
            count=len(text),
            most=LONGEST_QUESTION,
        )
    open_question = asked.most_quotes == 1 and is_open(text)
    return State(
        replace(asked, text=text, most_quotes=OPEN_QUOTES if open_question else asked.most_quotes)
    )


def dispose(state: State, min_confidence: float) -> Answer:
    """Drops every claim without a genuine quote, and answers if the rest is sure enough."""
    draft = state.draft
    found = [(claim.text, _quotes(claim.evidence, state.passages)) for claim in draft.claims]
    kept = [(text, quotes) for text, quotes in found if quotes]
    quotes = list(dict.fromkeys(quote for _, claimed in kept for quote in claimed))
    if not state.passages:
        return _silence(state, "nothing_retrieved")
    needed = 0 if state.question.is_topic else min_confidence
    if not draft.claims or draft.confidence < needed:
        return _silence(state, "reader_abstained", quotes[0] if quotes else None)
    if not quotes:
        return _silence(state, "quote_not_found")
    return Answer(
        question=state.question,
        status="answered",
        why=Why("answered", draft.numbers),
        text="\n".join(text for text, _ in kept),
        quotes=quotes,
        confidence=draft.confidence,
        passages=draft.ranked or state.passages,
        timings_ms=state.timings_ms,
    )


def _quotes(evidence: Sequence[Span | str], passages: Sequence[Passage]) -> list[Quote]:
    proposed = (quote_span(e) if isinstance(e, Span) else locate(e, passages) for e in evidence)
    return [quote for quote in proposed if quote]


def _silence(state: State, step: Step, nearest: Quote | None = None) -> Answer:
    return Answer(
        question=state.question,
        status="no_article" if step == "no_article" else "not_in_article",
        why=Why(step, state.draft.numbers, nearest),
        confidence=state.draft.confidence,
        passages=state.draft.ranked or state.passages,
        timings_ms=state.timings_ms,
    )


def _timed(name: str, step: Callable[[State], Out]) -> Callable[[State], Out]:
    def timed(state: State) -> Out:
        start = time.perf_counter()
        result = step(state)
        spent = (time.perf_counter() - start) * 1000
        return replace(result, timings_ms={**state.timings_ms, name: spent})

    return timed
