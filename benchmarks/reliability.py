"""Is the confidence what it says? ``python -m benchmarks.reliability QUESTIONS [--svg FILE]``.

Every question of a file is asked with no least confidence; ten bins of equal width show how many
of the best spans are right (the question is answerable, F1 at least 0.5) beside how sure the
reader was of them. Questions that trained or calibrated the reader tell nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.table import Table

from bot.evaluate import outcomes
from bot.figures import RIGHT_F1, Outcome
from bot.metrics import calibration_error
from bot.questions import Scope
from bot.settings import Settings

BINS = 10
SIDE, LEFT, TOP = 400, 64, 34  # pixels: the square, and where it starts
GREY, BLUE = "#768390", "#2f81f7"  # both can be read on white and on black


@dataclass(frozen=True)
class Bin:
    """The questions whose confidence lies in one tenth."""

    count: int
    confidence: float
    right: float


def is_right(outcome: Outcome) -> bool:
    return outcome.answerable and outcome.f1 >= RIGHT_F1


def bins(asked: Sequence[Outcome]) -> list[Bin | None]:
    """One for each tenth, None where nothing falls in it."""
    groups: list[list[Outcome]] = [[] for _ in range(BINS)]
    for outcome in asked:
        groups[min(int(outcome.confidence * BINS), BINS - 1)].append(outcome)
    return [_bin(group) if group else None for group in groups]


def _bin(group: Sequence[Outcome]) -> Bin:
    confidence = sum(outcome.confidence for outcome in group) / len(group)
    return Bin(len(group), confidence, sum(map(is_right, group)) / len(group))


def diagram(found: Sequence[Bin | None], caption: str) -> str:
    """The bins as SVG: bars of the share that is right, points at the mean confidence."""
    bottom, right = TOP + SIDE, LEFT + SIDE
    ticks = "".join(_tick(step / 5) for step in range(6))
    drawn = "".join(_bar(number, each) for number, each in enumerate(found) if each)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right + 20} {bottom + 56}" \
width="{right + 20}" font-family="sans-serif" font-size="12" fill="{GREY}" role="img">
<title>{caption}</title>
<text x="{LEFT}" y="18">{caption}</text>
<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="{GREY}"/>
{ticks}{drawn}\
<path d="M{LEFT} {bottom}L{right} {TOP}" stroke="{GREY}" stroke-dasharray="5 4"/>
<text x="{LEFT + SIDE // 2}" y="{bottom + 42}" text-anchor="middle">confidence</text>
<text transform="translate(18 {TOP + SIDE // 2}) rotate(-90)" text-anchor="middle">\
share that is right</text>
</svg>
"""


def _tick(value: float) -> str:
    x, y = LEFT + SIDE * value, TOP + SIDE * (1 - value)
    return (
        f'<text x="{x:.0f}" y="{TOP + SIDE + 18}" text-anchor="middle">{value:.1f}</text>\n'
        f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{value:.1f}</text>\n'
    )


def _bar(number: int, drawn: Bin) -> str:
    width, height = SIDE / BINS, SIDE * drawn.right
    x, y = LEFT + number * width, TOP + SIDE - height
    point = LEFT + SIDE * drawn.confidence
    return (
        f'<rect x="{x + 2:.1f}" y="{y:.1f}" width="{width - 4:.1f}" height="{height:.1f}" '
        f'fill="{BLUE}" fill-opacity="0.3"/>\n'
        f'<circle cx="{point:.1f}" cy="{y:.1f}" r="4" fill="{BLUE}"/>\n'
        f'<text x="{x + width / 2:.1f}" y="{y - 8:.1f}" text-anchor="middle" font-size="10">'
        f"{drawn.count:,}</text>\n"
    )


def show(found: Sequence[Bin | None]) -> None:
    table = Table("confidence", "questions", "mean confidence", "right", box=None)
    for number, each in enumerate(found):
        name = f"{number / BINS:.1f} to {(number + 1) / BINS:.1f}"
        cells = [f"{each.count:,}", f"{each.confidence:.3f}", f"{each.right:.3f}"] if each else []
        table.add_row(name, *(cells or ["0", "–", "–"]))
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("--scope", choices=get_args(Scope), default="paragraph")
    parser.add_argument("--limit", type=int, help="so many, evenly spread; all if not given")
    parser.add_argument("--svg", type=Path, help="where to draw it")
    options = parser.parse_args()
    everything = Settings(min_confidence=0)
    asked = outcomes(options.questions, everything, options.scope, options.limit)
    error = calibration_error([o.confidence for o in asked], list(map(is_right, asked)), BINS)
    caption = f"{len(asked):,} questions, expected calibration error {error or 0:.3f}"
    found = bins(asked)
    show(found)
    print(caption)
    if options.svg:
        options.svg.write_text(diagram(found, caption), "utf-8")


if __name__ == "__main__":
    main()
