"""The shipped file back into torch: what training goes on from where no checkpoint is left.

`bot.training.export` wrote it, see `bot.training.lean`. What int8 lost stays lost, and what was
moved from one layer's weights to the next one's stays there: these are the weights that the file
runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import onnx
import torch
from torch import Tensor

from bot.training.model import Weights

# The names of a layer's parts: in the export, in BERT.
_LINEARS = {
    "mixed": "attention.output.dense",
    "inner": "intermediate.dense",
    "outer": "output.dense",
}
_NORMS = {"mixed_norm": "attention.output.LayerNorm", "outer_norm": "output.LayerNorm"}
_THREE = ("query", "key", "value")


class _Graph:
    """An ONNX file's constants by name, and its nodes by what they make."""

    def __init__(self, path: Path) -> None:
        graph = onnx.load(path).graph
        self.nodes = list(graph.node)
        self.maker = {node.output[0]: node for node in self.nodes}
        self._constants = {each.name: each for each in graph.initializer}

    def constant(self, name: str) -> Tensor:
        return torch.from_numpy(onnx.numpy_helper.to_array(self._constants[name]).copy())

    def has(self, name: str) -> bool:
        return name in self._constants

    def user(self, name: str, kind: str) -> onnx.NodeProto:
        """The first node of a kind that takes this input."""
        users = (n for n in self.nodes if n.op_type == kind and name in n.input)
        return cast(onnx.NodeProto, next(users))


def shipped_weights(path: Path) -> Weights:
    """All of a SpanReader's weights, from a file that `bot.training.export` wrote."""
    graph = _Graph(path)
    found = _embeddings(graph)
    for n in range(sum(node.op_type == "MultiHeadAttention" for node in graph.nodes)):
        ours, theirs = f"layers.{n}", f"encoder.encoder.layer.{n}"
        for name, parts in zip(_THREE, zip(*_thirds(graph, ours), strict=True), strict=True):
            found |= _named(f"{theirs}.attention.self.{name}", *parts)
        for name, linear in _LINEARS.items():
            found |= _named(f"{theirs}.{linear}", *_linear(graph, f"{ours}.{name}"))
        weight = found[f"{theirs}.{_LINEARS['outer']}.weight"]
        weight[:, _large(graph, f"{ours}.exact")] = graph.constant(f"{ours}.exact").T
        for name, norm in _NORMS.items():
            found |= _named(f"{theirs}.{norm}", *_norm(graph, f"{ours}.{name}"))
    head = graph.user("head.bias", "Add").input[0]
    weight = graph.constant(graph.maker[head].input[1]).T
    return found | _named("head", weight, graph.constant("head.bias"))


def _named(name: str, weight: Tensor, bias: Tensor) -> Weights:
    return {f"{name}.weight": weight.contiguous(), f"{name}.bias": bias.contiguous()}


def _norm(graph: _Graph, name: str) -> tuple[Tensor, Tensor]:
    return graph.constant(f"{name}.weight"), graph.constant(f"{name}.bias")


def _thirds(graph: _Graph, layer: str) -> list[tuple[Tensor, ...]]:
    return [part.chunk(3) for part in _linear(graph, f"{layer}.query_key_value")]


def _linear(graph: _Graph, name: str) -> tuple[Tensor, Tensor]:
    """Weight (outputs, inputs) and bias (outputs,) of a product."""
    weight = graph.constant(f"{name}.weight").T * graph.constant(f"{name}.columns")[:, None]
    if graph.has(f"{name}_inverse"):
        weight = weight * graph.constant(f"{name}_inverse")
    return weight, graph.constant(f"{name}.bias")


def _large(graph: _Graph, exact: str) -> Tensor:
    """The channels that are computed in float with the weights of this name."""
    chosen = graph.maker[graph.user(exact, "MatMul").input[0]]
    return graph.constant(chosen.input[1])


def _embeddings(graph: _Graph) -> Weights:
    types = next(n for n in graph.nodes if n.op_type == "GatherND" and _is_types(graph, n))
    table, scale = (
        graph.constant(n.input[0])
        for n in graph.nodes
        if n.op_type == "GatherND" and not _is_types(graph, n)
    )
    base = "encoder.embeddings"
    return {
        f"{base}.word_embeddings.weight": (table.float() * scale.float()).flatten(1),
        f"{base}.position_embeddings.weight": graph.constant("positions"),
        f"{base}.token_type_embeddings.weight": graph.constant(types.input[0]),
    } | _named(f"{base}.LayerNorm", *_norm(graph, "norm"))


def _is_types(graph: _Graph, node: onnx.NodeProto) -> bool:
    return bool(graph.maker[node.input[1]].input[0] == "segments")
