"""A Report for people, for machines, and for a build that must not get worse. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from bot.figures import Figure, Report

NOTHING = "–"
FLOORS = {
    "f1": "answer.f1",
    "exact": "answer.exact",
    "sentence_first": "sentence_first",
    "auroc": "abstention.auroc",
    "recall": "abstention.recall",
}
"""The figures that a floor can be set for, by the name of the floor."""

_LABELS = {
    "retrieval.recall@1": ("gold passage first", "answerable, gold found in the text"),
    "retrieval.recall@3": ("gold passage in the first 3", ""),
    "retrieval.recall@5": ("gold passage in the first 5", ""),
    "retrieval.recall@10": ("gold passage in the first 10", ""),
    "retrieval.mrr": ("mean reciprocal rank", ""),
    "reading.recall@1": ("gold passage first after reading", ""),
    "reading.recall@3": ("… in the first 3", ""),
    "reading.recall@5": ("… in the first 5", ""),
    "answer.exact": ("answer exactly right", "questions"),
    "answer.f1": ("answer F1", "questions"),
    "answer.has_answer_f1": ("answer F1 where there is one", "answerable"),
    "answer.no_answer_accuracy": ("silent where there is none", "unanswerable"),
    "sentence_first": ("right sentence first", "answerable, gold found in the text"),
    "sentence_among_quotes": ("right sentence among the quotes", ""),
    "verbatim": ("quotes word for word in the article", "quotes shown"),
    "abstention.precision": ("abstention precision", "abstentions"),
    "abstention.recall": ("abstention recall", "unanswerable"),
    "abstention.auroc": ("AUROC of the confidence", "questions"),
    "calibration_error": ("calibration error", "answered"),
    "latency_ms.p50": ("median time", "questions"),
    "latency_ms.p95": ("95th percentile of time", "questions"),
}


def table(report: Report) -> Table:
    """The figures with what each is of, and intervals if they were asked for."""
    counted = f"{report.questions:,} questions, {report.answerable:,} answerable"
    grid = Table(title=f"{counted}, scope {report.scope}", title_justify="left")
    grid.add_column("figure", no_wrap=True)
    grid.add_column("value", justify="right")
    with_intervals = any(figure.interval for figure in report.figures.values())
    if with_intervals:
        grid.add_column("95 %")
    grid.add_column("of", justify="right")
    grid.add_column("")
    for name, figure in report.figures.items():
        label, whole = _LABELS[name]
        shown = (
            [_value(name, figure), _interval(figure)] if with_intervals else [_value(name, figure)]
        )
        grid.add_row(label, *shown, f"{figure.of:,}", whole)
    return grid


def _value(name: str, figure: Figure) -> str:
    if figure.value is None:
        return NOTHING
    return f"{figure.value:.1f} ms" if name.startswith("latency") else f"{figure.value:.3f}"


def _interval(figure: Figure) -> str:
    return f"{figure.interval[0]:.3f} to {figure.interval[1]:.3f}" if figure.interval else ""


def as_json(report: Report) -> dict[str, Any]:
    """The documented, stable form (docs/evaluation.md)."""
    found: dict[str, Any] = {"questions": report.questions, "answerable": report.answerable}
    for name, figure in report.figures.items():
        group, _, key = name.rpartition(".")
        holder = found.setdefault(group, {}) if group else found
        holder[key] = None if figure.value is None else round(figure.value, 4)
    figures = report.figures.items()
    found["scope"] = report.scope
    found["denominators"] = {name: figure.of for name, figure in figures}
    found["intervals"] = {
        n: [round(bound, 4) for bound in f.interval] for n, f in figures if f.interval
    }
    return found


def below(report: Report, floors: Mapping[str, float]) -> list[str]:
    """A sentence for each floor (see FLOORS) that a figure does not reach; none: all is well."""
    sentences = []
    for name, floor in floors.items():
        value = report.figures[FLOORS[name]].value
        if value is None:
            sentences.append(f"{name} cannot be told from these questions, but {floor:g} is asked.")
        elif value < floor:
            sentences.append(f"{name} is {value:.4f}, below the {floor:g} that is asked.")
    return sentences
