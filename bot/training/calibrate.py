"""Fits the reader's probability on questions that neither trained nor test it.

``python -m bot.training.calibrate QUESTIONS [MODEL_FOLDER]`` asks questions, evenly spread over the
file, of their paragraph and of their whole article. It writes into the model's manifest the slope
and offset by which a margin becomes the probability that the best span is right (a logistic
regression).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from bot.evaluate import outcomes
from bot.figures import RIGHT_F1, Outcome
from bot.questions import Scope
from bot.reader import MODEL_FOLDER
from bot.settings import Settings

_SCOPES: tuple[Scope, ...] = ("paragraph", "article")
QUESTIONS = 1000  # of each scope
_UNSURE = 1e-12  # keeps the log-odds finite


def main(questions: Path, folder: Path = MODEL_FOLDER) -> None:
    """Writes the calibration into ``folder/manifest.json`` and prints it."""
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text("utf-8"))
    # Any that keeps the margins apart, and low enough for no passage to be left unread.
    slope, offset = 0.5, -10.0
    _write(file, manifest, slope, offset)
    everything = Settings(min_confidence=0)
    asked = [o for scope in _SCOPES for o in outcomes(questions, everything, scope, QUESTIONS)]
    steeper, higher = fit(asked)
    _write(file, manifest, slope=steeper * slope, offset=steeper * offset + higher)
    print(manifest["calibration"], f"from {len(asked):,} answers")


def fit(asked: list[Outcome]) -> tuple[float, float]:
    """Slope and offset, on the log-odds of the confidence, of the odds of being right."""
    confidence = np.clip([each.confidence for each in asked], _UNSURE, 1 - _UNSURE)
    odds = np.log(confidence / (1 - confidence))
    right = np.array([each.answerable and each.f1 >= RIGHT_F1 for each in asked])
    found = LogisticRegression(C=1e6).fit(odds[:, None], right)
    return float(found.coef_[0, 0]), float(found.intercept_[0])


def _write(file: Path, manifest: dict[str, object], slope: float, offset: float) -> None:
    manifest["calibration"] = {"slope": round(slope, 4), "offset": round(offset, 4)}
    file.write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
