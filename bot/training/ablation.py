"""What each kind and amount of negatives adds: ``python -m bot.training.ablation``.

1. Gather answerable questions, adversarial negatives (written to deceive) and mined ones (a
   question beside another paragraph of its article), all short enough for `--pieces`.
2. For each mix of them, train the same base from the same seed for the same number of steps.
3. Measure on the validation articles: against the question's own paragraph, as SQuAD 2.0 does, and
   own paragraph against the hardest other one of the article, which is what retrieval hands over.
4. Append the row to WORK/ablation.jsonl; the same command goes on with the mixes that are missing.
   `--mixes` names some of them.

The recipe is that of `bot.train_reader`, shorter: the rows are for comparison with each other.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bot.metrics import auroc
from bot.training.data import SEED, Records, tokenise
from bot.training.model import SpanReader
from bot.training.run import Pace, Recipe, start, train, usual_attention
from bot.training.squad import Example, examples, hardest, load
from bot.training.validate import read, validate, validation_examples
from index.encoder import MODEL_FOLDER, load_encoder, load_tokenizer

MIXES: Mapping[str, Mapping[str, float]] = {
    "no negatives": {},
    "adversarial 30 %": {"adversarial": 0.3},
    "mined by overlap 10 %": {"overlap": 0.1},
    "mined by overlap 30 %": {"overlap": 0.3},
    "mined by the encoder 10 %": {"encoder": 0.1},
    "adversarial 30 %, mined by overlap 10 %": {"adversarial": 0.3, "overlap": 0.1},
}
"""The shares of each kind of negative among the records; the others are answerable."""

SPECIAL_PIECES = 3
POOL = 50  # batches that `batch_order` takes at once; it leaves out what is less at the end
COLUMNS = {"f1": ".1f", "f1_answerable": ".1f", "auroc": ".3f", "auroc_paragraphs": ".3f"}

Row = dict[str, Any]


def gather(
    data: Path, tokenizer: Tokenizer, pieces: int, needed: Mapping[str, int]
) -> dict[str, list[Example]]:
    """So many examples of each kind, or all that there are, none longer than `pieces` word pieces.

    Mining takes whole articles, in one shuffled order, until it has enough: by the encoder it would
    take minutes to go through all.
    """
    articles = load(data / "squad1-train.json.gz")
    order = _shuffled(articles)
    kinds: dict[str, Iterator[Example]] = {
        "answerable": (e for e in _shuffled(examples(articles)) if e.spans),
        "adversarial": iter(_shuffled(examples(load(data / "squad2-negatives.json.gz")))),
        "overlap": (e for article in order for e in hardest(article)),
        "encoder": _mined_by_encoder(order),
    }
    return {
        kind: list(islice(_fitting(tokenizer, kinds[kind], pieces), count))
        for kind, count in needed.items()
    }


def _shuffled(items: Iterable[Any]) -> list[Any]:
    found = list(items)
    return [found[i] for i in np.random.default_rng(SEED).permutation(len(found))]


def _mined_by_encoder(articles: Sequence[dict[str, Any]]) -> Iterator[Example]:
    encoder = load_encoder()

    def likeness(questions: list[str], texts: list[str]) -> NDArray[Any]:
        return encoder.encode(questions) @ encoder.encode(texts).T

    for article in articles:
        yield from hardest(article, likeness)


def _fitting(tokenizer: Tokenizer, found: Iterator[Example], pieces: int) -> Iterator[Example]:
    """Those that are one window: one cut out of a passage may have lost what deceives."""

    @cache
    def length(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    for example in found:
        if length(example.question) + length(example.passage) + SPECIAL_PIECES <= pieces:
            yield example


def mixed(
    shares: Mapping[str, float], gathered: Mapping[str, Sequence[Example]], count: int
) -> list[Example]:
    """`count` examples, negatives by their shares; fewer where too few were gathered."""
    negatives = [e for kind, share in shares.items() for e in gathered[kind][: int(share * count)]]
    return [*gathered["answerable"][: count - len(negatives)], *negatives]


def trained(records: Records, options: argparse.Namespace, folder: Path) -> SpanReader:
    """The base after `options.steps` steps with warm-up and linear decay."""
    torch.compiler.reset()
    torch.manual_seed(SEED)
    recipe = Recipe(1.0, options.batch, options.peak, compile=options.compile)
    model = SpanReader(usual_attention())
    run = start(model, recipe, records, folder / "checkpoint.pt")
    run.steps = options.steps
    train(run, records, options.batch, [], Pace(folder))
    return model


def measure(
    model: SpanReader,
    tokenizer: Tokenizer,
    asked: list[Example],
    pairs: tuple[list[Example], list[Example]],
) -> dict[str, float | None]:
    """`validate`'s figures, and AUROC of own paragraphs against the hardest other ones."""
    figures = validate(model, tokenizer, asked)
    model.eval()
    own, other = ([f.margin for f in read(model, tokenizer, part)] for part in pairs)
    holds = [True] * len(own) + [False] * len(other)
    return figures | {"auroc_paragraphs": auroc(own + other, holds)}


def paragraph_pairs(data: Path, asked: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """The answerable ones of `asked`, and each of them beside its hardest other paragraph."""
    titles = {example.article for example in asked}
    articles = [a for a in load(data / "squad2-calibration.json.gz") if a["title"] in titles]
    others = {(e.article, e.question): e for article in articles for e in hardest(article)}
    own = [e for e in asked if e.spans and (e.article, e.question) in others]
    return own, [others[e.article, e.question] for e in own]


def main() -> None:
    """Trains and measures the mixes that have no row yet, and prints the table."""
    options = arguments()
    folder, kept = options.work / "ablation", options.work / "ablation.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    settings = {"steps": options.steps, "pieces": options.pieces, "questions": options.questions}
    known = {row["mix"] for row in rows(kept, settings)}
    for row in measured([mix for mix in options.mixes if mix not in known], options, folder):
        with kept.open("a", encoding="utf-8") as file:
            file.write(json.dumps(settings | row) + "\n")
    print(table(rows(kept, settings)))


def measured(mixes: Sequence[str], options: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """The rows of these mixes, each as soon as it is known."""
    if not mixes:
        return
    tokenizer = load_tokenizer(MODEL_FOLDER / "tokenizer.json")
    asked = validation_examples(options.data)[: options.questions]
    pairs = paragraph_pairs(options.data, asked)
    count = (options.steps + POOL) * options.batch
    needed = {"answerable": count}
    for mix in mixes:
        for kind, share in MIXES[mix].items():
            needed[kind] = max(needed.get(kind, 0), int(share * count))
    gathered = gather(options.data, tokenizer, options.pieces, needed)
    for mix in mixes:
        began = time.monotonic()
        records = tokenise(tokenizer, mixed(MIXES[mix], gathered, count), SEED)
        figures = measure(trained(records, options, folder), tokenizer, asked, pairs)
        minutes = round((time.monotonic() - began) / 60, 2)
        yield {"mix": mix, "records": len(records), **figures, "minutes": minutes}


def rows(kept: Path, settings: Mapping[str, int]) -> list[Row]:
    """What has been measured with these settings."""
    lines = kept.read_text("utf-8").splitlines() if kept.exists() else []
    return [row for row in map(json.loads, lines) if settings.items() <= row.items()]


def table(measured: Sequence[Row]) -> str:
    """The rows in Markdown."""
    lines = [
        "| negatives | F1 | F1 of the answerable | AUROC | AUROC, own paragraph against another |",
        "|---|---|---|---|---|",
    ]
    for row in sorted(measured, key=lambda row: list(MIXES).index(row["mix"])):
        figures = [format(row[name], places) for name, places in COLUMNS.items()]
        lines.append(f"| {' | '.join([row['mix'], *figures])} |")
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What each kind of negatives adds.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the SQuAD files")
    parser.add_argument("--work", type=Path, required=True, help="folder for all that is made")
    parser.add_argument("--mixes", nargs="+", choices=MIXES, default=[*MIXES], metavar="MIX")
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--pieces", type=int, default=128, help="word pieces of the longest record")
    parser.add_argument("--questions", type=int, default=1000, help="so many of the validation's")
    parser.add_argument("--peak", type=float, default=1.2e-4, help="highest learning rate")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
