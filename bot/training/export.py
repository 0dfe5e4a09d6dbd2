"""Trained weights into bot/model/: ``python -m bot.training.export WEIGHTS.pt [FOLDER]``.

How it is quantised stands in `bot.training.lean`. The manifest gets an identity calibration;
`bot.training.calibrate` fits the real one.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import cast

import torch
from tokenizers import Tokenizer
from torch import Tensor

from bot.reader import MODEL_FOLDER
from bot.training.lean import SpanLogits
from bot.training.model import SpanReader
from index.encoder import MODEL_FOLDER as ENCODER_FOLDER
from index.encoder import load_tokenizer
from index.export_encoder import TEXTS, english_texts, input_peaks, strip

QUESTION = "what does the text say about this?"


def main(weights: Path, folder: Path = MODEL_FOLDER) -> None:
    """Writes reader.onnx and manifest.json."""
    reader = SpanReader("eager").eval()
    reader.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    tokenizer = load_tokenizer(ENCODER_FOLDER / "tokenizer.json")
    folder.mkdir(exist_ok=True)
    with torch.no_grad():
        peaks = input_peaks(reader.encoder, _runs(reader, tokenizer))
        export(SpanLogits(reader, peaks), folder / "reader.onnx")
    digest = hashlib.sha256((folder / "reader.onnx").read_bytes()).hexdigest()
    manifest = {"sha256": digest, "calibration": {"slope": 1.0, "offset": 0.0}}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")


def export(module: SpanLogits, path: Path) -> None:
    """Write the module as one ONNX file for any number of windows and word pieces."""
    # Two tensors, not one twice: the exporter would take the same one for one input.
    some = tuple(torch.ones((2, 8), dtype=torch.int64) for _ in range(2))
    free = {0: torch.export.Dim("batch"), 1: torch.export.Dim("pieces", max=512)}
    torch.onnx.export(
        module.eval(),
        some,
        str(path),
        input_names=["input_ids", "segments"],
        output_names=["logits"],
        dynamic_shapes=(free, free),
        opset_version=20,
        external_data=False,
        dynamo=True,
    )
    strip(path)


def _runs(reader: SpanReader, tokenizer: Tokenizer) -> Sequence[Callable[[], object]]:
    """One run of the model for each of the texts that give the usual sizes of its inputs."""

    def run(text: str) -> Tensor:
        read = tokenizer.encode(QUESTION, text)
        ids, segments = (torch.tensor([row[:384]]) for row in (read.ids, read.type_ids))
        return cast(Tensor, reader(ids, segments, torch.ones_like(ids)))

    return [partial(run, text) for text in english_texts()[:TEXTS]]


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
