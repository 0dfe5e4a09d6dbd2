"""How good a reader in training is, on articles that it neither learns from nor is reported on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bot.metrics import auroc, best_of, exact_match, token_f1
from bot.training.data import SEED, Window, pad, windows
from bot.training.model import SpanModel
from bot.training.squad import Example, examples, load

LONGEST_SPAN = 30

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Found:
    """The best span of a passage for a question, and how far it is above null."""

    text: str = ""
    margin: float = float("-inf")


@torch.no_grad()
def read(model: SpanModel, tokenizer: Tokenizer, asked: list[Example]) -> list[Found]:
    """The best span for each example over the windows of its passage."""
    slid = [(i, window) for i, e in enumerate(asked) for window in windows(tokenizer, e)]
    slid.sort(key=lambda pair: len(pair[1].pieces))
    best = [Found()] * len(asked)
    for at in range(0, len(slid), 32):
        part = slid[at : at + 32]
        for (i, window), scores in zip(part, score(model, [w for _, w in part]), strict=True):
            found = best_span(window, scores, asked[i].passage)
            best[i] = max(best[i], found, key=lambda f: f.margin)
    return best


def score(model: SpanModel, part: list[Window]) -> Floats:
    """Start and end logits of the windows, (windows, longest, 2)."""
    ids, mask = pad([window.pieces for window in part])
    heads = np.array([[window.passage_at] for window in part])
    segments = mask * (np.arange(ids.shape[1]) >= heads)
    device = model.head.weight.device
    with torch.autocast(device.type, torch.bfloat16):
        logits = model(*(torch.from_numpy(a).to(device) for a in (ids, segments, mask)))
    scores: Floats = logits.cpu().numpy().astype(np.float64)
    return scores


def best_span(window: Window, scores: Floats, passage: str) -> Found:
    """The span of at most LONGEST_SPAN pieces with the highest start plus end logit."""
    inside = scores[window.passage_at :][: len(window.offsets)]
    pairs = inside[:, None, 0] + inside[None, :, 1]
    band = np.triu(np.ones_like(pairs)) - np.triu(np.ones_like(pairs), LONGEST_SPAN)
    first, last = divmod(int(np.where(band > 0, pairs, -np.inf).argmax()), len(pairs))
    text = passage[window.offsets[first][0] : window.offsets[last][1]]
    return Found(text, float(pairs[first, last] - scores[0].sum()))


def validation_examples(data: Path) -> list[Example]:
    """The questions of articles 0, 3, 6, … by title of the calibration file, shuffled.

    Articles 1, 4, … are for calibration and 2, 5, … for the report.
    """
    articles = sorted(load(data / "squad2-calibration.json.gz"), key=lambda a: str(a["title"]))
    found = list(examples(articles[::3]))
    return [found[i] for i in np.random.default_rng(SEED).permutation(len(found))]


def validate(
    model: SpanModel, tokenizer: Tokenizer, asked: list[Example]
) -> dict[str, float | None]:
    """EM and F1 (percent) at the best null threshold, and AUROC of answerable against not."""
    model.eval()
    found = read(model, tokenizer, asked)
    model.train()
    pairs = list(zip(found, asked, strict=True))
    exacts, f1s = (
        np.array([best_of(measure, f.text, e.answers) for f, e in pairs])
        for measure in (exact_match, token_f1)
    )
    answerable = np.array([bool(e.spans) for e in asked])
    margins = np.array([f.margin for f in found])
    swept = [sweep(margins, answerable, right) for right in (f1s, exacts)]
    at = int(swept[0].argmax())
    return {
        "f1": round(100 * float(swept[0][at]), 2),
        "exact": round(100 * float(swept[1][at]), 2),
        "f1_answerable": round(100 * float(f1s[answerable].mean()), 2),
        "auroc": auroc(margins.tolist(), answerable.tolist()),
        "threshold": round(float(np.sort(margins)[::-1][max(0, at - 1)]), 3),
    }


def sweep(margins: Floats, answerable: NDArray[np.bool_], right: Floats) -> Floats:
    """The mean score if only the k questions with the highest margins are answered, k = 0…n."""
    gain = np.where(answerable, right, -1.0)[np.argsort(-margins)]
    total: Floats = np.concatenate([[0.0], np.cumsum(gain)]) + (~answerable).sum()
    return total / len(margins)
