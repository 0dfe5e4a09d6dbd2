"""What reading twice gains, and int8 costs: ``python -m benchmarks.reader_precision QUESTIONS
[--weights WEIGHTS] [--limit N]``.

The shipped int8 model beside the float32 weights that it was made of (a ``.pt`` of the training),
in one and the same Reader; each question is asked of its own paragraph. With the shipped
``reader.onnx`` as WEIGHTS it is beside its own weights in float32: what the int8 inputs cost alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bot.answers import Question
from bot.best_sentence import BestSentence
from bot.forms import form_of, widen
from bot.metrics import auroc, best_of, token_f1
from bot.questions import GoldQuestion, QuestionSet, read_questions
from bot.reader import Reader
from bot.training.model import SpanReader
from bot.training.shipped import shipped_weights
from bot.training.validate import sweep
from index.articles import Passage
from index.encoder import Encoder, load_encoder
from index.onnx_model import Inputs, OnnxModel
from index.passages import split

NAMES = (
    "F1, abstaining at the best threshold",
    "F1 of the answerable, never abstaining",
    "AUROC, answerable against not",
)


class FloatModel:
    """The weights in float32, to be run as an OnnxModel is."""

    def __init__(self, weights: Path) -> None:
        self._model = SpanReader("eager").eval()
        self._model.load_state_dict(
            shipped_weights(weights)
            if weights.suffix == ".onnx"
            else torch.load(weights, map_location="cpu", weights_only=True)
        )

    def each(self, batches: Iterable[Inputs], *_: int) -> Iterator[NDArray[np.float32]]:
        """Start and end logits, (1, pieces, 2) of each window."""
        for inputs in batches:
            ids, segments = (torch.from_numpy(inputs[name]) for name in ("input_ids", "segments"))
            with torch.no_grad():
                yield self._model(ids, segments, torch.ones_like(ids)).numpy()


@dataclass(frozen=True)
class Found:
    """How far the best span of a paragraph is above null, and its F1, 0 without an answer."""

    margin: float
    f1: float


Propose = Callable[[str, Sequence[Passage]], tuple[str, float]]
"""The best span of the passages, however doubtful, and its margin."""


def once(reader: Reader) -> Propose:
    """By the first reading alone."""

    def propose(question: str, passages: Sequence[Passage]) -> tuple[str, float]:
        [best, *_] = reader.read(question, passages)
        return widen(best.span, form_of(question)).text, best.margin

    return propose


def twice(reader: Reader) -> Propose:
    """As the reader answers."""

    def propose(question: str, passages: Sequence[Passage]) -> tuple[str, float]:
        draft = reader.draft(Question(question), passages)
        return draft.claims[0].text, draft.numbers["margin"]

    return propose


def ask(
    propose: Propose, encoder: Encoder, asked: QuestionSet, questions: Sequence[GoldQuestion]
) -> list[Found]:
    """What is proposed for each question about its paragraph."""
    found = []
    for question in questions:
        passages = split(asked.texts[question.home], encoder.count_pieces, encoder.window)
        text, margin = propose(question.text, passages)
        f1 = best_of(token_f1, text, question.answers) if question.answerable else 0.0
        found.append(Found(margin, f1))
    return found


def figures(found: Sequence[Found], questions: Sequence[GoldQuestion]) -> list[float]:
    """In the order of NAMES, from 0 to 1; nan where there is nothing to compute from."""
    margins, f1s = np.array([f.margin for f in found]), np.array([f.f1 for f in found])
    answerable = np.array([question.answerable for question in questions])
    told = auroc(margins.tolist(), answerable.tolist())
    always = float(f1s[answerable].mean()) if answerable.any() else np.nan
    return [float(sweep(margins, answerable, f1s).max()), always, np.nan if told is None else told]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("--weights", type=Path, help="to compare the shipped int8 model with")
    parser.add_argument("--limit", type=int, help="so many, evenly spread; all if not given")
    options = parser.parse_args()
    asked = read_questions(options.questions)
    total = len(asked.questions)
    limit = min(options.limit or total, total)
    questions = [asked.questions[i * total // limit] for i in range(limit)]
    encoder = load_encoder()
    reader = Reader(BestSentence(encoder))
    columns = {"int8, read once": once(reader), "int8, read twice": twice(reader)}
    if options.weights:
        exact = Reader(BestSentence(encoder))
        exact._model = cast(OnnxModel, FloatModel(options.weights))
        columns |= {"float32, read once": once(exact), "float32, read twice": twice(exact)}
    measured = [
        figures(ask(propose, encoder, asked, questions), questions) for propose in columns.values()
    ]
    table = Table(f"{limit:,} questions", *columns, box=None)
    for name, *row in zip(NAMES, *measured, strict=True):
        table.add_row(name, *(f"{value:.4f}" for value in row))
    Console().print(table)


if __name__ == "__main__":
    main()
