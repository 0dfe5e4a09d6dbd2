"""What the evaluation counts, as pure functions.

A figure that nothing can be said about (its denominator is 0) is None, never 0.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise(text: str) -> str:
    """An answer as SQuAD's official script compares it: small letters, no ASCII punctuation, no
    English articles, single blanks."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def exact_match(prediction: str, answer: str) -> float:
    """1 if both are the same once normalised, else 0."""
    return float(normalise(prediction) == normalise(answer))


def token_f1(prediction: str, answer: str) -> float:
    """The harmonic mean of the precision and recall of words, from 0 to 1; where either has no
    words, 1 if both have none."""
    ours, theirs = normalise(prediction).split(), normalise(answer).split()
    if not ours or not theirs:
        return float(ours == theirs)
    shared = (Counter(ours) & Counter(theirs)).total()
    return 2 * shared / (len(ours) + len(theirs))


def best_of(
    score: Callable[[str, str], float], prediction: str | None, answers: Sequence[str]
) -> float:
    """The best score over the gold answers, as SQuAD 2.0's script takes it: without an answer the
    right prediction is "". A missing prediction (None) is always wrong."""
    if prediction is None:
        return 0.0
    golds = [answer for answer in answers if normalise(answer)] or [""]
    return max(score(prediction, gold) for gold in golds)


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean, of truth values the share that holds."""
    return sum(values) / len(values) if values else None


def recall_at(k: int, ranks: Sequence[int | None]) -> float | None:
    """The share of ranks (from 1; None: not found) that are k or better."""
    return mean([rank is not None and rank <= k for rank in ranks])


def reciprocal_rank(ranks: Sequence[int | None]) -> float | None:
    """The mean of 1 / rank, 0 where nothing was found."""
    return mean([1 / rank if rank else 0.0 for rank in ranks])


def precision_recall(
    taken: Sequence[bool], wanted: Sequence[bool]
) -> tuple[float | None, float | None]:
    """Of those taken the share that was wanted, and of those wanted the share that was taken."""
    pairs = list(zip(taken, wanted, strict=True))
    return mean([want for take, want in pairs if take]), mean([t for t, want in pairs if want])


def auroc(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """The chance that a positive scores above a negative, ties counting half (Mann-Whitney)."""
    values, chosen = np.asarray(scores, dtype=float), np.asarray(positive, dtype=bool)
    above, below = values[chosen], np.sort(values[~chosen])
    if not above.size or not below.size:
        return None
    lower = np.searchsorted(below, above, "left").sum()
    lower_or_same = np.searchsorted(below, above, "right").sum()
    return float((lower + lower_or_same) / (2 * above.size * below.size))


def calibration_error(
    confidences: Sequence[float], right: Sequence[bool], bins: int = 10
) -> float | None:
    """Expected calibration error over bins of equal width (Naeini et al., AAAI 2015): the mean
    distance of a bin's mean confidence from its share of right answers, by the bin's size."""
    if not confidences:
        return None
    values, hits = np.asarray(confidences, dtype=float), np.asarray(right, dtype=float)
    places = np.minimum((values * bins).astype(int), bins - 1)
    # |sum of confidences - hits| of a bin is its size times the distance of its two means.
    return float(np.abs(np.bincount(places, values - hits)).sum() / values.size)


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value that `share` of them stay below, interpolated between neighbours."""
    return float(np.quantile(values, share)) if values else None


def interval(
    groups: Sequence[Sequence[Item]],
    statistic: Callable[[Sequence[Item]], float | None],
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float] | None:
    """The 95 % percentile bootstrap interval of a statistic, drawing whole groups.

    Questions of one article are alike, so it is articles that are drawn with replacement; of a
    single one nothing can be said. Draws on which the statistic is None are left out.
    """
    if len(groups) < 2:
        return None
    draws = np.random.default_rng(seed).integers(len(groups), size=(resamples, len(groups)))
    found = [statistic([item for i in draw for item in groups[i]]) for draw in draws]
    values = [value for value in found if value is not None]
    return (
        (float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))) if values else None
    )
