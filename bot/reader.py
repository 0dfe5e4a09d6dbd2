"""The reader: a small span model of our own that finds the answer's words, or finds none.

It scores every span of every retrieved passage against "no answer here" (the null span of
SQuAD 2.0). The sentences of the two best are then read once more by themselves, and both readings
of each averaged: alone, a near-miss has nothing beside it that lends it credit. The margin over
null, calibrated to a probability, is the confidence.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, tee
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.answers import Claim, Draft, Question
from bot.best_sentence import BestSentence
from bot.forms import form_of, is_open, sentence_of, tidy, widen
from index.articles import Passage, Span
from index.encoder import MODEL_FOLDER as ENCODER_FOLDER
from index.encoder import load_tokenizer
from index.errors import EncoderError
from index.onnx_model import Inputs, OnnxModel

MODEL_FOLDER = Path(__file__).parent / "model"

_QUESTION_PIECES = 48
_LONGEST = 384  # pieces of one window: question, passage and three special ones
_STRIDE = 64  # pieces that neighbouring windows of a long passage share
_SPAN_PIECES = 30
# 0 for the pairs of a first and a last piece that are a span, else -inf, (_LONGEST, _LONGEST).
_BAND = np.tri(_LONGEST, k=_SPAN_PIECES - 1) - np.tri(_LONGEST, k=-1)
_NO_SPAN = np.where(_BAND > 0, np.float32(0), np.float32(-np.inf))
SURE = 0.65
"""With a span of this probability, reading ends. On 1,000 questions about the validation articles
F1 was 0.764 with it and without; with 0.6 it was 0.762."""
# What a margin is lowered by for each passage that was ranked above: of like spans, the one in the
# passage that retrieval prefers. With 0, 1 and 2, the same questions had the right sentence first
# in 0.889, 0.908 and 0.906 of them, and F1 0.764, 0.764 and 0.767.
_RANK_COST = 1.0
# How many sentences are read again: F1 of 1,000 questions about paragraphs of the validation
# articles was 0.782 with none, 0.791 with one, 0.793 with two, three or four. One whose margin is
# further below the best than _FAR cannot win by it any more: no F1 changed.
_AGAIN, _FAR = 2, 4.0
_KEPT = 64  # texts whose word pieces are remembered: those that the next questions are asked of


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
    """The best span of a sentence, by how much it beats the null span (in logits)."""

    span: Span
    margin: float
    passage: Passage
    margins: NDArray[np.float32] = field(repr=False, compare=False)
    """Of every span of the sentence, (first piece, last piece); -inf where there can be none."""
    offsets: Sequence[tuple[int, int]] = field(repr=False, compare=False)
    """Code points of the article, for each piece of the sentence."""

    def averaged(self, other: Candidate) -> Candidate:
        """The best span of the sentence by this reading of it and another."""
        if self.margins.shape != other.margins.shape:
            return self  # too long a sentence: a window cut it off
        return _best(self.passage, (self.margins + other.margins) / np.float32(2), self.offsets)


class Reader:
    """The default answerer: reads passages one after another, best first, and proposes spans.

    A topic has no span that answers it, so it is left to the ranking of sentences; an open question
    too, but with what was read. Raises EncoderError if the model's files are missing or damaged.
    """

    def __init__(self, topics: BestSentence, folder: Path = MODEL_FOLDER, threads: int = 0) -> None:
        self._topics = topics
        self._slope, self._offset = _calibration(folder / "manifest.json")
        self._tokenizer = load_tokenizer(ENCODER_FOLDER / "tokenizer.json")  # the same pieces
        self._special: Sequence[int] = self._tokenizer.encode("").ids
        self._pieces = lru_cache(_KEPT)(self._encode)
        self._model = OnnxModel(folder / "reader.onnx", threads)

    def draft(self, question: Question, passages: Sequence[Passage]) -> Draft:
        """The best span, or as much of its sentence as the question's form asks for."""
        if question.is_topic:
            read = self.read(question.text, passages) if is_open(question.text) else ()
            return self._topics.draft(question, passages, [sentence_of(c.span) for c in read])
        ranked = self.read(question.text, passages, SURE)
        if not ranked:
            return Draft()
        worth = _worth(passages)
        near = [c for c in ranked[:_AGAIN] if worth(ranked[0]) - worth(c) < _FAR]
        best = max(self._read_again(question.text, near), key=worth)
        span = tidy(widen(best.span, form_of(question.text)))
        return Draft(
            claims=[Claim(span.text, [span])],
            confidence=self._probability(best.margin),
            numbers={"margin": best.margin, "sentences": len(ranked)},
            ranked=_reranked([best, *ranked], passages),
        )

    def read(
        self, question: str, passages: Sequence[Passage], sure: float = 1.0
    ) -> list[Candidate]:
        """The best span of each sentence of the passages, best first.

        Those after the first span of at least the probability `sure` are not read any more.
        """
        found: dict[tuple[str, int], Candidate] = {}
        worth = _worth(passages)
        # The first passage by itself, as its answer may be sure.
        for candidates in self._candidates(question, passages, alone=1):
            for candidate in candidates:
                key = (candidate.span.version.id, sentence_of(candidate.span).start)
                if key not in found or worth(found[key]) < worth(candidate):
                    found[key] = candidate
            if any(self._probability(c.margin) >= sure for c in found.values()):
                break
        return sorted(found.values(), key=worth, reverse=True)

    def _read_again(self, question: str, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Each candidate, averaged with what its sentence looks like by itself."""
        sentences = [sentence_of(candidate.span) for candidate in candidates]
        alone = [Passage(s.version, s.start, s.end) for s in sentences]
        read = zip(candidates, self._candidates(question, alone), strict=True)
        # A sentence longer than the window has several candidates: then one reading has to do.
        return [c.averaged(found[0]) if len(found) == 1 else c for c, found in read]

    def _candidates(
        self, question: str, passages: Iterable[Passage], alone: int = 0
    ) -> Iterator[Sequence[Candidate]]:
        """The best span of each sentence, for one passage after another, as they are read."""
        asked = self._tokenizer.encode(question, add_special_tokens=False).ids
        ahead, behind = tee(list(self._windows(asked, passage)) for passage in passages)
        logits = self._model.each(map(_inputs, chain.from_iterable(ahead)), alone)
        for windows in behind:
            yield [c for window in windows for c in _candidates(window, next(logits))]

    def _probability(self, margin: float) -> float:
        """That a span with this margin is right."""
        return 1 / (1 + math.exp(-self._slope * margin - self._offset))

    def _windows(self, asked: Sequence[int], passage: Passage) -> Iterator[_Window]:
        opening, closing = self._special
        head = [opening, *asked[:_QUESTION_PIECES], closing]
        ids, offsets = self._pieces(passage.text)
        room = _LONGEST - len(head) - 1
        for at in range(0, max(1, len(ids) - _STRIDE), room - _STRIDE):
            pieces = [*head, *ids[at : at + room], closing]
            yield _Window(passage, pieces, len(head), offsets[at : at + room])

    def _encode(self, text: str) -> tuple[Sequence[int], Sequence[tuple[int, int]]]:
        """Word pieces and the code points of each."""
        read = self._tokenizer.encode(text, add_special_tokens=False)
        return read.ids, read.offsets


def _worth(passages: Sequence[Passage]) -> Callable[[Candidate], float]:
    """By what candidates are compared; `passages` are in the order of retrieval."""
    rank = {passage: n for n, passage in reversed([*enumerate(passages)])}
    return lambda candidate: candidate.margin - _RANK_COST * rank[candidate.passage]


def _inputs(window: _Window) -> Inputs:
    """A window as the model takes it, each array of shape (1, pieces)."""
    ids = np.array([window.pieces], dtype=np.int64)
    segments = (np.arange(ids.shape[1]) >= window.first)[None].astype(np.int64)
    return {"input_ids": ids, "segments": segments}


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
    """The best span in each sentence of a window; `logits` are of shape (1, pieces, 2)."""
    passage, version = window.passage, window.passage.version
    start, end = logits[0, window.first :][: len(window.offsets)].T
    null = logits[0, 0].sum()
    offsets = [(passage.start + a, passage.start + b) for a, b in window.offsets]
    starts = [a for a, _ in offsets]
    for first, last in _sentences(passage):
        rows = slice(bisect_left(starts, first), bisect_left(starts, last))
        if rows.start == rows.stop or version.text[first:last] == version.article.title:
            continue  # a headline announces answers, and gives none
        margins = start[rows, None] + (end[None, rows] - null)
        margins += _NO_SPAN[: len(margins), : len(margins)]
        yield _best(passage, margins, offsets[rows])


def _best(
    passage: Passage, margins: NDArray[np.float32], offsets: Sequence[tuple[int, int]]
) -> Candidate:
    """The best span of a sentence."""
    first, last = divmod(int(np.argmax(margins)), len(margins))
    span = Span(passage.version, offsets[first][0], offsets[last][1])
    return Candidate(span, float(margins[first, last]), passage, margins, offsets)


def _sentences(passage: Passage) -> Sequence[tuple[int, int]]:
    """The sentences of a passage, found without going through all of a long article."""
    every = passage.version.sentences
    first = bisect_right(every, (passage.start, math.inf)) - 1
    return every[max(0, first) : bisect_left(every, (passage.end, 0))]


def _reranked(ranked: Sequence[Candidate], passages: Sequence[Passage]) -> Sequence[Passage]:
    """The passages by their best span; those that were not read stay behind, as they were."""
    read = dict.fromkeys(candidate.passage for candidate in ranked)
    return tuple(dict.fromkeys([*read, *passages]))
