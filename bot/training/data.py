"""The reader's training data: SQuAD-shaped files → padded batches of word pieces.

A record is `[CLS] question [SEP] passage window [SEP]` with the spans that answer it, as piece
positions; a question that its passage does not answer has the one span (0, 0), which is [CLS].
"""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from tokenizers import Tokenizer

QUESTION_PIECES = 48
TRAIN_PIECES = 224
READ_PIECES = 256
STRIDE = 64
MAX_GOLD = 8
MINED_SHARE = 0.095
NOISE_SHARE = 0.08

Ints = NDArray[np.int64]
Likeness = Callable[[list[str], list[str]], NDArray[Any]]
"""Questions and paragraphs to how alike each two are, (questions, paragraphs)."""


@dataclass(frozen=True)
class Example:
    """A question beside a passage; `spans` are the answers in code points, none if unanswerable."""

    article: str
    question: str
    passage: str
    spans: tuple[tuple[int, int], ...]

    @property
    def answers(self) -> list[str]:
        return [self.passage[start:end] for start, end in self.spans]


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

    `passage_at` (n,) is where its passage starts, `gold` (n, MAX_GOLD, 2) its spans, padded by -1.
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


def load(path: Path) -> list[dict[str, Any]]:
    """The articles of a gzipped file in SQuAD's layout."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        articles: list[dict[str, Any]] = json.load(file)["data"]
    return articles


def examples(articles: list[dict[str, Any]]) -> Iterator[Example]:
    """Every question of the articles beside its own paragraph."""
    for article in articles:
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            for qa in paragraph["qas"]:
                spans = {span for answer in qa["answers"] for span in _spans(text, answer)}
                question = clean_question(qa["question"])
                yield Example(article["title"], question, text, tuple(sorted(spans)))


def _spans(text: str, answer: dict[str, Any]) -> list[tuple[int, int]]:
    words, start = answer["text"], answer["answer_start"]
    if answer.get("start_exact", True):
        return [(start, start + len(words))]
    pattern = re.escape(words)
    whole = [m.span() for m in re.finditer(rf"(?<!\w){pattern}(?!\w)", text)]
    return whole or [m.span() for m in re.finditer(pattern, text)]


def clean_question(text: str) -> str:
    """Without the marks of CSV quoting and tokenisation that only the rebuilt negatives carry."""
    text = " ".join(text.split())
    if len(text) > 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    text = re.sub(r'``|""|\'\'', '"', text)
    return re.sub(r"(\w) (n['’]t)\b", r"\1\2", text)


def mine_negatives(articles: list[dict[str, Any]], count: int, seed: int) -> list[Example]:
    """`count` questions beside the most alike other paragraph of their article without the answer.

    Likeness is the cosine of TF-IDF vectors: this is what a retriever hands to a reader.
    """
    found = [e for article in articles for e in hardest(article)]
    chosen = np.random.default_rng(seed).permutation(len(found))[:count]
    return [found[i] for i in chosen]


def by_overlap(questions: list[str], texts: list[str]) -> NDArray[Any]:
    """The cosines of TF-IDF vectors, with the weights that the texts give to words."""
    weigh = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit(texts)
    likeness: NDArray[Any] = (weigh.transform(questions) @ weigh.transform(texts).T).toarray()
    return likeness


def hardest(article: dict[str, Any], likeness: Likeness = by_overlap) -> Iterator[Example]:
    """Each question of an article beside its most alike other paragraph without the answer."""
    texts = [paragraph["context"] for paragraph in article["paragraphs"]]
    folded = [text.lower() for text in texts]
    asked = [(i, qa) for i, p in enumerate(article["paragraphs"]) for qa in p["qas"]]
    alike = likeness([qa["question"] for _, qa in asked], texts)
    for (own, qa), row in zip(asked, alike, strict=True):
        words = [answer["text"].lower() for answer in qa["answers"]]
        for i in np.argsort(-row)[:4]:
            if row[i] > 0 and i != own and not any(word in folded[i] for word in words):
                question = clean_question(qa["question"])
                yield Example(article["title"], question, texts[i], ())
                break


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


def tokenise(tokenizer: Tokenizer, found: list[Example], seed: int) -> Records:
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
        slid = slide(tokenizer, question.ids, text.ids, text.offsets, TRAIN_PIECES)
        shown = [(window, window.positions(example.spans)) for window in slid]
        if example.spans:
            shown = [pair for pair in shown if pair[1]]
        if shown:
            kept.append(shown[rng.integers(len(shown))])
    return _pack(kept)


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
        gold[i, : max(1, len(spans))] = spans or [(0, 0)]
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
        part = cache.with_suffix(".part.npz")
        np.savez(part, **vars(tokenise(tokenizer, found, seed)))
        part.replace(cache)
    with np.load(cache) as arrays:
        return Records(**arrays)


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
