"""A version into passages: runs of whole sentences that fit the encoder's window."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from index.articles import Passage, Version

_SPECIAL_PIECES = 2  # [CLS] and [SEP], which every input carries

CountPieces = Callable[[Sequence[str]], Sequence[int]]


@dataclass(frozen=True)
class Entry:
    """A passage to add, its vector of shape (dimension,), and, for a document that came through
    the LangChain interface, its name and its metadata as JSON."""

    passage: Passage
    vector: NDArray[np.float32]
    name: str | None = None
    metadata: str | None = None


@dataclass(frozen=True)
class Row:
    """A stored passage with its id in this library."""

    id: int
    passage: Passage
    name: str | None
    metadata: str | None


def split(version: Version, count_pieces: CountPieces, window: int) -> list[Passage]:
    """The passages of `version`, in order; neighbours share a sentence where that fits.

    Every sentence is in at least one passage. A sentence longer than the window is a passage of
    its own. `count_pieces` gives the word pieces of each text; `window` counts the special ones.
    """
    spans = version.sentences
    pieces = count_pieces([version.text[start:end] for start, end in spans])
    runs = _runs(pieces, window - _SPECIAL_PIECES)
    return [Passage(version, spans[first][0], spans[last][1]) for first, last in runs]


def _runs(pieces: Sequence[int], room: int) -> Iterator[tuple[int, int]]:
    """The first and last sentence of each passage."""
    before = [0, *accumulate(pieces)]
    first = covered = 0
    while covered < len(pieces):
        last = first
        while last + 1 < len(pieces) and before[last + 2] - before[first] <= room:
            last += 1
        if last < covered:  # the shared sentence left no room for a new one
            first = covered
            continue
        yield first, last
        covered = last + 1
        first = max(last, first + 1)
