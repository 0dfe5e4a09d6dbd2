"""What came of each question, and the figures of a whole run, each with its denominator. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot import metrics
from bot.questions import Scope

RETRIEVED = 10
RIGHT_F1 = 0.5


@dataclass(frozen=True)
class Outcome:
    """What came of one question.

    `gold_rank` is that of the first of ten passages to cover a gold place, from 1, and `read_rank`
    the same among the passages that were read, as reading has ordered them. `placed` says whether
    a gold place is known; `first` and `among` whether the best sentence, and any quote
    of the answer, cover the start of one.
    """

    article: int
    answerable: bool
    exact: float = 0.0
    f1: float = 0.0
    answered: bool = False
    abstained: bool = False
    confidence: float = 0.0
    placed: bool = False
    gold_rank: int | None = None
    read_rank: int | None = None
    first: bool = False
    among: bool = False
    genuine: Sequence[bool] = ()
    """For each quote that was shown, whether the article has it to the letter."""
    milliseconds: float | None = None


@dataclass(frozen=True)
class Figure:
    """One number, None if it cannot be computed; what it is of; perhaps its 95 % interval."""

    value: float | None
    of: int
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Report:
    """The figures by name; a dot in a name separates its group, as in `answer.f1`."""

    scope: Scope
    questions: int
    answerable: int
    figures: Mapping[str, Figure]

    @property
    def altered(self) -> bool:
        """Whether any quote differed from its article: whatever else is good, this is not."""
        return self.figures["verbatim"].value not in (None, 1.0)


def summarise(outcomes: Sequence[Outcome], scope: Scope, intervals: bool = False) -> Report:
    """The figures of a run, each with its denominator."""
    figures = _retrieval(outcomes) | _answers(outcomes) | _abstention(outcomes)
    if intervals:
        figures |= _intervals(outcomes, figures)
    answerable = sum(outcome.answerable for outcome in outcomes)
    return Report(scope, len(outcomes), answerable, figures)


def _retrieval(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    placed = [outcome for outcome in outcomes if outcome.placed]
    ranks = [outcome.gold_rank for outcome in placed]
    read = [outcome.read_rank for outcome in placed]
    found: dict[str, float | None] = {
        f"retrieval.recall@{k}": metrics.recall_at(k, ranks) for k in (1, 3, 5, RETRIEVED)
    }
    found |= {"retrieval.mrr": metrics.reciprocal_rank(ranks)}
    found |= {f"reading.recall@{k}": metrics.recall_at(k, read) for k in (1, 3, 5)}
    return {name: Figure(value, len(ranks)) for name, value in found.items()}


def _answers(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    return {
        "answer.exact": _share([o.exact for o in outcomes]),
        "answer.f1": _share([o.f1 for o in outcomes]),
        "answer.has_answer_f1": _share([o.f1 for o in outcomes if o.answerable]),
        "answer.no_answer_accuracy": _share([o.exact for o in outcomes if not o.answerable]),
        "sentence_first": _share([o.first for o in outcomes if o.placed]),
        "sentence_among_quotes": _share([o.among for o in outcomes if o.placed]),
        "verbatim": _share([genuine for o in outcomes for genuine in o.genuine]),
    }


def _abstention(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    abstained = [o.abstained for o in outcomes]
    silent = [not o.answerable for o in outcomes]
    precision, recall = metrics.precision_recall(abstained, silent)
    answered = [o for o in outcomes if o.answered]
    right = [o.answerable and o.f1 >= RIGHT_F1 for o in answered]
    error = metrics.calibration_error([o.confidence for o in answered], right)
    times = [o.milliseconds for o in outcomes if o.milliseconds is not None]
    return {
        "abstention.precision": Figure(precision, sum(abstained)),
        "abstention.recall": Figure(recall, sum(silent)),
        "abstention.auroc": Figure(_auroc(outcomes), len(outcomes)),
        "calibration_error": Figure(error, len(answered)),
        "latency_ms.p50": Figure(metrics.quantile(times, 0.5), len(times)),
        "latency_ms.p95": Figure(metrics.quantile(times, 0.95), len(times)),
    }


def _auroc(outcomes: Sequence[Outcome]) -> float | None:
    return metrics.auroc([o.confidence for o in outcomes], [o.answerable for o in outcomes])


def _share(values: Sequence[float]) -> Figure:
    return Figure(metrics.mean(values), len(values))


def _intervals(outcomes: Sequence[Outcome], figures: Mapping[str, Figure]) -> dict[str, Figure]:
    by_article: dict[int, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_article[outcome.article].append(outcome)
    statistics: dict[str, Callable[[Sequence[Outcome]], float | None]] = {
        "answer.f1": lambda drawn: metrics.mean([o.f1 for o in drawn]),
        "sentence_first": lambda drawn: metrics.mean([o.first for o in drawn if o.placed]),
        "abstention.auroc": _auroc,
    }
    groups = list(by_article.values())
    return {
        name: Figure(figures[name].value, figures[name].of, metrics.interval(groups, statistic))
        for name, statistic in statistics.items()
    }
