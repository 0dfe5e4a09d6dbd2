"""The reader's training data: questions beside passages → padded batches of word pieces.

A record is `[CLS] question [SEP] passage window [SEP]` with the spans that answer it, as piece
positions; a question that its passage does not answer has the one span (0, 0), which is [CLS].
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bot.training.squad import Example, examples, load, mine_negatives
from bot.training.unlabelled import unlabelled

SEED = 7
QUESTION_PIECES = 48
TRAIN_PIECES = 224
TAUGHT_PIECES = 272
READ_PIECES = 256
STRIDE = 64
MAX_GOLD = 8
MINED_SHARE = 0.095
NOISE_SHARE = 0.08

NULL = [(0, 0)]  # no answer here

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Window:
    """One record: pieces, where the passage starts in them, and each passage piece's offsets."""

    pieces: list[int]
    passage_at: int
    offsets: list[tuple[int, int]]

    def positions(self, spans: tuple[tuple[int, int], ...]) -> list[tuple[int, int]]:
        """The piece positions of those code-point spans that lie wholly in this window."""
        found = []
        for start, end in spans:
            inside = [i for i, (a, b) in enumerate(self.offsets) if a < end and b > start]
            whole = inside and self.offsets[inside[0]][0] <= start
            if whole and self.offsets[inside[-1]][1] >= end:
                found.append((inside[0] + self.passage_at, inside[-1] + self.passage_at))
        return found[:MAX_GOLD]


@dataclass(frozen=True)
class Records:
    """All training records, flat: record i is `pieces[bounds[i]:bounds[i + 1]]`.

    `passage_at` (n,) is where its passage starts, `gold` (n, MAX_GOLD, 2) its spans, padded by -1;
    of a record without a label there is nothing else.
    """

    pieces: NDArray[np.uint16]
    bounds: Ints
    passage_at: Ints
    gold: Ints

    def __len__(self) -> int:
        return len(self.passage_at)


@dataclass(frozen=True)
class Batch:
    """`ids`, `segments`, `mask`: (records, longest); `gold`: (records, MAX_GOLD, 2)."""

    ids: Ints
    segments: Ints
    mask: Ints
    gold: Ints


def windows(tokenizer: Tokenizer, example: Example, longest: int = READ_PIECES) -> list[Window]:
    """The records that cover the example's passage."""
    question = tokenizer.encode(example.question, add_special_tokens=False).ids
    passage = tokenizer.encode(example.passage, add_special_tokens=False)
    return slide(tokenizer, question, passage.ids, passage.offsets, longest)


def slide(
    tokenizer: Tokenizer,
    question: list[int],
    ids: list[int],
    offsets: list[tuple[int, int]],
    longest: int,
) -> list[Window]:
    """The windows of a passage's pieces `ids` behind a question's, neighbours sharing STRIDE."""
    opening, closing = tokenizer.encode("").ids
    head = [opening, *question[:QUESTION_PIECES], closing]
    room = longest - len(head) - 1
    starts = range(0, max(1, len(ids) - STRIDE), room - STRIDE)
    return [
        Window([*head, *ids[at : at + room], closing], len(head), offsets[at : at + room])
        for at in starts
    ]


def tokenise(
    tokenizer: Tokenizer, found: list[Example], seed: int, longest: int = TRAIN_PIECES
) -> Records:
    """One record per example: of a long passage, the window that shows most of the answers."""
    rng = np.random.default_rng(seed)
    passages = sorted({e.passage for e in found})
    encoded = dict(
        zip(passages, tokenizer.encode_batch(passages, add_special_tokens=False), strict=True)
    )
    questions = tokenizer.encode_batch(
        [_roughen(e.question, rng) for e in found], add_special_tokens=False
    )
    kept: list[tuple[Window, list[tuple[int, int]]]] = []
    for example, question in zip(found, questions, strict=True):
        text = encoded[example.passage]
        slid = slide(tokenizer, question.ids, text.ids, text.offsets, longest)
        shown = [(window, _gold(example, window)) for window in slid]
        if example.spans:
            shown = [pair for pair in shown if pair[1] != NULL]
        if shown:
            kept.append(shown[rng.integers(len(shown))])
    return _pack(kept)


def _gold(example: Example, window: Window) -> list[tuple[int, int]]:
    """The piece positions of the spans that answer in this window, if that is known."""
    return window.positions(example.spans) or (NULL if example.labelled else [])


def _roughen(question: str, rng: np.random.Generator) -> str:
    """The question as people also type it: now and then without its mark, or with a typo."""
    if rng.random() < NOISE_SHARE:
        question = question.rstrip(" ?")
    if rng.random() < NOISE_SHARE and len(question) > 8:
        i = int(rng.integers(1, len(question) - 2))
        swapped = question[i + 1] + question[i]
        middle = (swapped, question[i + 1], question[i] * 2 + question[i + 1])[rng.integers(3)]
        question = question[:i] + middle + question[i + 2 :]
    return question


def _pack(kept: list[tuple[Window, list[tuple[int, int]]]]) -> Records:
    lengths = [len(window.pieces) for window, _ in kept]
    gold = np.full((len(kept), MAX_GOLD, 2), -1, dtype=np.int64)
    for i, (_, spans) in enumerate(kept):
        gold[i, : len(spans)] = np.reshape(spans, (-1, 2))
    return Records(
        pieces=np.concatenate([np.array(w.pieces, dtype=np.uint16) for w, _ in kept]),
        bounds=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        passage_at=np.array([w.passage_at for w, _ in kept], dtype=np.int64),
        gold=gold,
    )


def training_records(data: Path, cache: Path, tokenizer: Tokenizer, seed: int) -> Records:
    """The tokenised training set, from `cache` (.npz) if it is there, else made and kept."""
    if not cache.exists():
        articles = load(data / "squad1-train.json.gz")
        found = [*examples(articles), *examples(load(data / "squad2-negatives.json.gz"))]
        found += mine_negatives(articles, int(len(found) * MINED_SHARE), seed)
        _keep(tokenise(tokenizer, found, seed), cache)
    return _kept(cache)


def taught_records(data: Path, cache: Path, tokenizer: Tokenizer, seed: int) -> Records:
    """What a teacher teaches on besides, likewise; none of it has a label."""
    if not cache.exists():
        files = [load(data / f"{name}.json.gz") for name in ("squad1-train", "squad2-negatives")]
        _keep(tokenise(tokenizer, [*unlabelled(files, seed)], seed, TAUGHT_PIECES), cache)
    return _kept(cache)


def _keep(records: Records, cache: Path) -> None:
    part = cache.with_suffix(".part.npz")
    np.savez(part, **vars(records))
    part.replace(cache)


def _kept(cache: Path) -> Records:
    with np.load(cache) as arrays:
        return Records(**arrays)


def together(one: Records, other: Records) -> Records:
    """The records of both."""
    return Records(
        pieces=np.concatenate([one.pieces, other.pieces]),
        bounds=np.concatenate([one.bounds, other.bounds[1:] + one.bounds[-1]]),
        passage_at=np.concatenate([one.passage_at, other.passage_at]),
        gold=np.concatenate([one.gold, other.gold]),
    )


def batch_order(records: Records, size: int, epoch: int, seed: int) -> list[Ints]:
    """One epoch as batches of record numbers, alike in length so that padding is nearly nil."""
    rng = np.random.default_rng([seed, epoch])
    lengths = np.diff(records.bounds)
    shuffled, pool = rng.permutation(len(records)), size * 50
    batches: list[Ints] = []
    for at in range(0, len(shuffled) - pool + 1, pool):
        chosen = shuffled[at : at + pool]
        ranked = chosen[np.argsort(lengths[chosen], kind="stable")]
        parts = ranked.reshape(-1, size)
        batches += list(parts[rng.permutation(len(parts))])
    return batches


def collate(records: Records, chosen: Ints) -> Batch:
    """The chosen records, padded with zeros to the longest of them."""
    rows = [records.pieces[records.bounds[i] : records.bounds[i + 1]] for i in chosen]
    ids, mask = pad(rows, step=8)
    inside = np.arange(ids.shape[1]) >= records.passage_at[chosen, None]
    return Batch(ids, (inside & (mask > 0)).astype(np.int64), mask, records.gold[chosen])


def pad(rows: list[Any], step: int = 1) -> tuple[Ints, Ints]:
    """Rows of pieces as one (rows, longest) array of ids and its mask.

    The width is rounded up to a multiple of `step`: compiled kernels like multiples of 8.
    """
    width = -(-max(len(row) for row in rows) // step) * step
    ids = np.zeros((len(rows), width), dtype=np.int64)
    mask = np.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)], mask[i, : len(row)] = row, 1
    return ids, mask
