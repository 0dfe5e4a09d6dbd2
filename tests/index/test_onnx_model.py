"""Model files on the CPU: several runs side by side, and int8 products that are exact."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from index.encoder import MODEL_FOLDER
from index.onnx_model import Inputs, OnnxModel, _has_vnni

ENCODER = MODEL_FOLDER / "model.onnx"


def batch(pieces: int) -> Inputs:
    ids = np.full((1, pieces), 2003, dtype=np.int64)
    return {"input_ids": ids, "attention_mask": np.ones_like(ids)}


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("alone", [0, 1, 9])
def test_outputs_come_in_the_order_of_their_inputs(threads: int, alone: int) -> None:
    model = OnnxModel(ENCODER, threads)
    asked = [batch(pieces) for pieces in (90, 3, 40, 3, 120, 5, 1)]
    for inputs, output in zip(asked, model.each(asked, alone), strict=True):
        assert np.array_equal(output, model.run(inputs))


def test_nothing_to_run_gives_nothing() -> None:
    assert list(OnnxModel(ENCODER).each([])) == []


def test_who_stops_asking_wastes_a_run_a_thread_at_most() -> None:
    taken = []

    def batches() -> Iterator[Inputs]:
        for pieces in range(1, 50):
            taken.append(pieces)
            yield batch(pieces)

    outputs = OnnxModel(ENCODER, threads=2).each(batches(), alone=1)
    next(outputs)
    assert len(taken) == 1
    next(outputs)
    del outputs
    assert len(taken) == 3


def test_a_run_that_fails_is_told_in_its_turn() -> None:
    outputs = OnnxModel(ENCODER, threads=2).each([batch(4), {"input_ids": np.zeros(1)}, batch(4)])
    assert next(outputs).shape == (1, 384)
    with pytest.raises(ValueError, match="input"):
        next(outputs)


@pytest.mark.parametrize("inputs", [64, 1536])
def test_int8_products_do_not_overflow(tmp_path: Path, inputs: int) -> None:
    rng = np.random.default_rng(0)
    left = rng.integers(250, 256, (5, inputs), dtype=np.uint8)
    right = rng.integers(120, 128, (inputs, 32), dtype=np.int8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["left", "right"], ["product"])],
        "product",
        [helper.make_tensor_value_info("left", TensorProto.UINT8, ["rows", inputs])],
        [helper.make_tensor_value_info("product", TensorProto.INT32, ["rows", 32])],
        [onnx.numpy_helper.from_array(right, "right")],
    )
    opset = [helper.make_opsetid("", 20)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), tmp_path / "p.onnx")
    product = OnnxModel(tmp_path / "p.onnx").run({"left": left})
    assert np.array_equal(product, left.astype(np.int64) @ right.astype(np.int64))


@pytest.mark.parametrize(
    ("flags", "has"),
    [("fma avx512_vnni avx2", True), ("avx_vnni", True), ("avx512f avx512bw", False), ("", False)],
)
def test_only_what_the_processor_says_of_itself_counts(
    tmp_path: Path, flags: str, has: bool
) -> None:
    (tmp_path / "cpuinfo").write_text(f"model name\t: X\nflags\t\t: fpu {flags}\n")
    assert _has_vnni(tmp_path / "cpuinfo") is has
    assert not _has_vnni(tmp_path / "none")
