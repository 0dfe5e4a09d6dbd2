"""A file of questions to figures: the chain that everyone else uses, asked all of them.

The texts go into a library of the evaluation's own that is gone afterwards.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot import metrics
from bot.answers import Answer
from bot.figures import RETRIEVED, Outcome, Report, summarise
from bot.questions import GoldQuestion, QuestionSet, Scope, read_questions
from bot.quotes import Quote
from bot.session import Session, open_session
from bot.settings import Settings
from index.articles import Passage, Version
from index.errors import QuestionError

Progress = Callable[[int, int], None]


def evaluate(
    path: Path,
    settings: Settings,
    scope: Scope | None = None,
    limit: int | None = None,
    progress: Progress | None = None,
    intervals: bool = False,
) -> Report:
    """Asks the questions of a file and counts.

    Args:
        path: see `bot.questions`.
        settings: as for any question; only the library is another.
        scope: ask a question of its own paragraph, of its article, or of all; None: as the file's
            layout suggests.
        limit: at most so many questions, evenly spread over the file; None: all.
        progress: is told how many steps (texts indexed, questions asked) are done, and of how many.
        intervals: whether to compute 95 % intervals of f1, sentence_first and auroc.

    Raises SourceError, EncoderError.
    """
    asked = read_questions(path)
    scope = scope or asked.scope
    return summarise(list(_outcomes(asked, settings, scope, limit, progress)), scope, intervals)


def outcomes(
    path: Path, settings: Settings, scope: Scope, limit: int | None = None
) -> list[Outcome]:
    """What came of each question of a file, as `evaluate` counts it."""
    return list(_outcomes(read_questions(path), settings, scope, limit))


def _outcomes(
    asked: QuestionSet,
    settings: Settings,
    scope: Scope,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Iterator[Outcome]:
    chosen = _spread(asked.questions, limit)
    with TemporaryDirectory(prefix="pullquote-") as home, _open(settings, home) as session:
        yield from _ask_all(session, asked, chosen, scope, progress or _untold)


def _open(settings: Settings, home: str) -> AbstractContextManager[Session]:
    return open_session(settings.model_copy(update={"home": Path(home)}))


def _untold(*_: int) -> None:
    """Nobody watches the progress."""


def _spread(questions: Sequence[GoldQuestion], limit: int | None) -> Sequence[GoldQuestion]:
    if limit is None or limit >= len(questions):
        return questions
    return [questions[i * len(questions) // limit] for i in range(limit)]


def _ask_all(
    session: Session,
    asked: QuestionSet,
    chosen: Sequence[GoldQuestion],
    scope: Scope,
    progress: Progress,
) -> Iterator[Outcome]:
    keys = _keys(asked, scope)
    wanted = {keys[question.home] for question in chosen}
    needed = [text for text, key in enumerate(keys) if key in wanted]
    total = len(needed) + len(chosen)
    ids: dict[int, int] = {}
    for text in needed:  # the same words twice are one article of the library
        ids[text] = session.store.add_article(asked.texts[text]).version.article.id
        progress(len(ids), total)
    read = {ids[text]: asked.texts[text] for text in needed}
    within: dict[int, list[int]] = defaultdict(list)
    for text in needed if scope != "all" else []:  # naming no article asks all of them
        within[keys[text]].append(ids[text])
    for done, question in enumerate(chosen, start=len(needed) + 1):
        gold = Gold(question, asked.articles[question.home], ids[question.home])
        yield _ask(session, gold, within[keys[question.home]], read)
        progress(done, total)


def _keys(asked: QuestionSet, scope: Scope) -> Sequence[int]:
    """For each text a number; a question is asked of the texts that have its own text's number."""
    texts = range(len(asked.texts))
    return {"paragraph": texts, "article": asked.articles, "all": [0 for _ in texts]}[scope]


@dataclass(frozen=True)
class Gold:
    """A question, which article of the file it is about, and under what id the library has it."""

    question: GoldQuestion
    article: int
    id: int

    def rank(self, passages: Sequence[Passage]) -> int | None:
        """From 1, of the first passage that covers a gold place from start to end."""
        return next((n for n, p in enumerate(passages, start=1) if self._holds(p)), None)

    def _holds(self, passage: Passage) -> bool:
        places = self.question.places if passage.version.article.id == self.id else ()
        return any(passage.start <= start and end <= passage.end for start, end in places)

    def starts_in(self, quote: Quote) -> bool:
        """Whether the quote covers the start of a gold place."""
        places = self.question.places if quote.version.article.id == self.id else ()
        return any(quote.start <= start < quote.end for start, _ in places)


def _ask(
    session: Session, gold: Gold, articles: Sequence[int], read: Mapping[int, Version]
) -> Outcome:
    question = gold.question
    started = time.perf_counter()
    try:
        answer = session.ask(question.text, articles)
    except QuestionError:  # a missing prediction is a wrong one
        placed = bool(question.places)
        return Outcome(gold.article, question.answerable, placed=placed)
    spent = (time.perf_counter() - started) * 1000
    found = session.retriever.rank(question.text, RETRIEVED, articles)
    return _outcome(answer, gold, [row.passage for row in found], read, spent)


def _outcome(
    answer: Answer,
    gold: Gold,
    passages: Sequence[Passage],
    read: Mapping[int, Version],
    milliseconds: float,
) -> Outcome:
    question, answered = gold.question, answer.status == "answered"
    predicted = answer.text if answered else ""
    shown = list(answer.quotes) or [quote for quote in [answer.why.nearest] if quote]
    return Outcome(
        article=gold.article,
        answerable=question.answerable,
        exact=metrics.best_of(metrics.exact_match, predicted, question.answers),
        f1=metrics.best_of(metrics.token_f1, predicted, question.answers),
        answered=answered,
        abstained=not answered,
        confidence=answer.confidence,
        placed=bool(question.places),
        gold_rank=gold.rank(passages),
        read_rank=gold.rank(answer.passages),
        first=any(map(gold.starts_in, shown[:1])),
        among=any(map(gold.starts_in, answer.quotes)),
        genuine=[is_genuine(quote, read) for quote in shown],
        milliseconds=milliseconds,
    )


def is_genuine(quote: Quote, read: Mapping[int, Version]) -> bool:
    """Whether the text that the evaluation itself read has these words in this place, as whole
    sentences. It believes neither the quote nor the library."""
    version = read.get(quote.version.article.id)
    if version is None:
        return False
    starts, ends = zip(*version.sentences, strict=True)
    same = version.text[quote.start : quote.end] == quote.text
    return same and quote.start in starts and quote.end in ends
