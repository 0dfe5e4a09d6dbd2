"""The shipped reader read back into torch, for training to go on from."""

import argparse
from pathlib import Path

import numpy as np
import torch

from bot.reader import MODEL_FOLDER
from bot.session import EXAMPLE
from bot.train_reader import start, start_from
from bot.training.data import Example, Records, tokenise
from bot.training.model import SpanReader
from bot.training.shipped import shipped_weights
from index.encoder import MODEL_FOLDER as ENCODER_FOLDER
from index.encoder import load_tokenizer
from index.onnx_model import OnnxModel

SHIPPED = MODEL_FOLDER / "reader.onnx"


def test_its_logits_are_those_of_the_file() -> None:
    model = SpanReader("eager").eval()
    model.load_state_dict(shipped_weights(SHIPPED))
    text = EXAMPLE.read_text("utf-8")[:900]
    tokenizer = load_tokenizer(ENCODER_FOLDER / "tokenizer.json")
    read = tokenizer.encode("Where was Valerii taken captive?", text)
    ids, segments = (np.array([row]) for row in (read.ids, read.type_ids))
    inputs = {"input_ids": ids, "segments": segments, "attention_mask": np.ones_like(ids)}
    shipped = OnnxModel(SHIPPED).run(inputs)
    with torch.no_grad():
        exact = model(*(torch.from_numpy(array) for array in inputs.values())).numpy()
    # They reach from -8 to 8; what is left is the rounding of the inputs, which only the file does.
    assert np.abs(shipped - exact).max() < 0.3


def test_a_run_starts_from_it(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(ENCODER_FOLDER / "tokenizer.json")
    records: Records = tokenise(tokenizer, [Example("", "When?", "Now.", ((0, 3),))], seed=0)
    options = argparse.Namespace(
        work=tmp_path, epochs=1, batch=1, peak=1e-3, budget_minutes=1, compile=False, dropout=0.1
    )
    run = start(options, records)
    start_from(run, SHIPPED)
    weight = shipped_weights(SHIPPED)["head.weight"]
    assert torch.equal(run.model.head.weight, weight)
    assert torch.equal(run.average["head.weight"], weight)
