"""The shipped reader read back into torch, for training to go on from."""

from pathlib import Path

import numpy as np
import torch

from bot.reader import MODEL_FOLDER
from bot.session import EXAMPLE
from bot.training.data import Records, tokenise
from bot.training.model import SpanReader
from bot.training.run import Recipe, start
from bot.training.shipped import shipped_weights
from bot.training.squad import Example
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
    shipped = OnnxModel(SHIPPED).run({"input_ids": ids, "segments": segments})
    parts = (torch.from_numpy(array) for array in (ids, segments, np.ones_like(ids)))
    with torch.no_grad():
        exact = model(*parts).numpy()
    readable = segments[0] == 1
    ours, theirs = shipped[0, readable], exact[0, readable]
    # What is left is the rounding of the inputs, which only the file does.
    assert np.ptp(theirs) > 5
    assert np.abs(ours - theirs).mean() < 0.1
    assert (ours.argmax(0) == theirs.argmax(0)).all()


def test_a_run_starts_from_it(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(ENCODER_FOLDER / "tokenizer.json")
    records: Records = tokenise(tokenizer, [Example("", "When?", "Now.", ((0, 3),))], seed=0)
    recipe = Recipe(epochs=1, batch=1, peak=1e-3)
    run = start(SpanReader("eager"), recipe, records, tmp_path / "none.pt")
    run.start_from(shipped_weights(SHIPPED))
    weight = shipped_weights(SHIPPED)["head.weight"]
    assert torch.equal(run.model.head.weight, weight)
    assert torch.equal(run.average["head.weight"], weight)
