"""The reader: a small span model of our own that finds the answer's words, or finds none.

It scores every span of every retrieved passage against "no answer here" (the null span of
SQuAD 2.0); the margin between the two, calibrated to a probability, is the confidence.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.answers import Answerer, Claim, Draft, Question
from bot.forms import form_of, sentence_of, widen
from index.articles import Passage, Span
from index.encoder import MODEL_FOLDER as ENCODER_FOLDER
from index.encoder import load_session, load_tokenizer
from index.errors import EncoderError

MODEL_FOLDER = Path(__file__).parent / "model"

_QUESTION_PIECES = 48
_LONGEST = 384  # pieces of one window: question, passage and three special ones
_STRIDE = 64  # pieces that neighbouring windows of a long passage share
_SPAN_PIECES = 30
SURE = 0.8
"""With a span of this probability, reading ends. On 800 questions about the validation articles the
passages left unread would have changed two answers, and the F1 of none."""
# What a margin is lowered by for each passage that was ranked above: of like spans, the one in the
# passage that retrieval prefers (chosen on the validation articles).
_RANK_COST = 0.3


@dataclass(frozen=True)
class _Window:
    """What the model reads at once: its pieces, and the place of each passage piece."""

    passage: Passage
    pieces: Sequence[int]
    first: int
    """Where the passage's pieces start among `pieces`."""
    offsets: Sequence[tuple[int, int]]
    """Code points of the passage's text, for each of its pieces."""


@dataclass(frozen=True)
class Candidate:
    """A span, by how much it beats the null span of its window (in logits), and where it was."""

    span: Span
    margin: float
    passage: Passage


class Reader:
    """The default answerer: reads passages one after another, best first, and proposes spans.

    A topic has no span that answers it, so it is left to another answerer. Raises EncoderError if
    the model's files are missing or damaged.
    """

    def __init__(self, topics: Answerer, folder: Path = MODEL_FOLDER, threads: int = 0) -> None:
        self._topics = topics
        self._slope, self._offset = _calibration(folder / "manifest.json")
        self._tokenizer = load_tokenizer(ENCODER_FOLDER / "tokenizer.json")  # the same pieces
        self._session = load_session(folder / "reader.onnx", threads)

    def draft(self, question: Question, passages: Sequence[Passage]) -> Draft:
        """The best span, or as much of its sentence as the question's form asks for."""
        if question.is_topic:
            return self._topics.draft(question, passages)
        ranked = self.read(question.text, passages, SURE)
        if not ranked:
            return Draft()
        span = widen(ranked[0].span, form_of(question.text))
        return Draft(
            claims=[Claim(span.text, [span])],
            confidence=self._probability(ranked[0].margin),
            numbers={"margin": ranked[0].margin, "sentences": len(ranked)},
            ranked=_reranked(ranked, passages),
        )

    def read(
        self, question: str, passages: Sequence[Passage], sure: float = 1.0
    ) -> list[Candidate]:
        """The best span of each sentence of the passages, best first.

        Those after the first span of at least the probability `sure` are not read any more.
        """
        found: dict[tuple[str, int], Candidate] = {}
        rank = {passage: n for n, passage in reversed([*enumerate(passages)])}

        def worth(candidate: Candidate) -> float:
            return candidate.margin - _RANK_COST * rank[candidate.passage]

        for passage in passages:
            for candidate in self._candidates(question, passage):
                key = (candidate.span.version.id, sentence_of(candidate.span).start)
                if key not in found or worth(found[key]) < worth(candidate):
                    found[key] = candidate
            if any(self._probability(c.margin) >= sure for c in found.values()):
                break
        return sorted(found.values(), key=worth, reverse=True)

    def _candidates(self, question: str, passage: Passage) -> Iterator[Candidate]:
        windows = list(self._windows(question, passage))
        for window, logits in zip(windows, self._logits(windows), strict=True):
            yield from _candidates(window, logits)

    def _probability(self, margin: float) -> float:
        """That a span with this margin is right."""
        return 1 / (1 + math.exp(-self._slope * margin - self._offset))

    def _windows(self, question: str, passage: Passage) -> Iterator[_Window]:
        opening, closing = self._tokenizer.encode("").ids
        asked = self._tokenizer.encode(question, add_special_tokens=False).ids
        head = [opening, *asked[:_QUESTION_PIECES], closing]
        read = self._tokenizer.encode(passage.text, add_special_tokens=False)
        room = _LONGEST - len(head) - 1
        for at in range(0, max(1, len(read.ids) - _STRIDE), room - _STRIDE):
            pieces = [*head, *read.ids[at : at + room], closing]
            yield _Window(passage, pieces, len(head), read.offsets[at : at + room])

    def _logits(self, windows: Sequence[_Window]) -> NDArray[np.float32]:
        """Start and end logits, (windows, pieces, 2), from one batch."""
        shape = (len(windows), max(len(window.pieces) for window in windows))
        ids, segments, mask = (np.zeros(shape, dtype=np.int64) for _ in range(3))
        for row, window in enumerate(windows):
            length = len(window.pieces)
            ids[row, :length], mask[row, :length] = window.pieces, 1
            segments[row, window.first : length] = 1
        inputs = {"input_ids": ids, "segments": segments, "attention_mask": mask}
        logits: NDArray[np.float32] = self._session.run(None, inputs)[0]
        return logits


def _calibration(manifest: Path) -> tuple[float, float]:
    """By what a margin becomes log-odds; see `bot.training.calibrate`."""
    try:
        found = json.loads(manifest.read_text("utf-8"))["calibration"]
        return float(found["slope"]), float(found["offset"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(
            f"The model file {manifest} is missing or damaged: reinstall Pullquote."
        ) from error


def _candidates(window: _Window, logits: NDArray[np.float32]) -> Iterator[Candidate]:
    """The best span in each sentence of a window."""
    passage, version = window.passage, window.passage.version
    inside = slice(window.first, window.first + len(window.offsets))
    start, end = logits[inside, 0], logits[inside, 1]
    null = float(logits[0, 0] + logits[0, 1])
    lengths = np.subtract.outer(np.arange(len(end)), np.arange(len(start))).T
    scores = start[:, None] + end[None, :]
    scores[(lengths < 0) | (lengths >= _SPAN_PIECES)] = -np.inf
    starts = np.array([passage.start + a for a, _ in window.offsets])
    for first, last in _sentences(passage):
        rows = slice(*np.searchsorted(starts, (first, last)))
        if rows.start == rows.stop or version.text[first:last] == version.article.title:
            continue  # a headline announces answers, and gives none
        own = scores[rows, rows]
        best = divmod(int(np.argmax(own)), len(own))
        row, column = rows.start + best[0], rows.start + best[1]
        begin, finish = window.offsets[row][0], window.offsets[column][1]
        span = Span(version, passage.start + begin, passage.start + finish)
        yield Candidate(span, float(scores[row, column]) - null, passage)


def _sentences(passage: Passage) -> Sequence[tuple[int, int]]:
    """The sentences of a passage, found without going through all of a long article."""
    every = passage.version.sentences
    first = bisect_right(every, (passage.start, math.inf)) - 1
    return every[max(0, first) : bisect_left(every, (passage.end, 0))]


def _reranked(ranked: Sequence[Candidate], passages: Sequence[Passage]) -> Sequence[Passage]:
    """The passages by their best span; those that were not read stay behind, as they were."""
    read = dict.fromkeys(candidate.passage for candidate in ranked)
    return tuple(dict.fromkeys([*read, *passages]))
