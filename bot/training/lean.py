"""The reader as the shipped file runs it: int8, and no operator more than it needs.

The file runs one window at a time, so each input of a product has one scale (the encoder's, which
must not depend on the texts beside, have one for each word piece), and nothing is masked. The few
channels that would spoil that scale are dealt with by SmoothQuant (see `index.export_encoder`)
where a layer's output goes in, and computed in float where GELU's does. On 300 questions of the
validation articles, margins moved by 0.19 (root mean square; they reach from -20 to 20).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from bot.training.model import SpanReader
from index.export_encoder import FLOAT_CHANNELS, WordTable, constant

BALANCE = 0.5  # how far the channels' spread moves from the inputs to the weights, 0 to 1

Peaks = Mapping[nn.Module, Tensor]
"""Of each linear layer, the usual largest absolute value of each input channel."""


class SpanLogits(nn.Module):
    """Word piece ids of question and passage to start and end logits, (batch, pieces, 2)."""

    def __init__(self, reader: SpanReader, peaks: Peaks) -> None:
        super().__init__()
        embeddings = reader.encoder.embeddings
        self.words = WordTable(embeddings.word_embeddings.weight.detach())
        self.positions = constant(embeddings.position_embeddings.weight.detach())
        self.types = constant(embeddings.token_type_embeddings.weight.detach())
        self.norm = embeddings.LayerNorm
        self.layers = nn.ModuleList(_Layer(layer, peaks) for layer in reader.encoder.encoder.layer)
        self.head = reader.head

    def forward(self, input_ids: Tensor, segments: Tensor) -> Tensor:
        """Two (batch, pieces) of integers to (batch, pieces, 2)."""
        placed = self.positions[: input_ids.shape[1]] + self.types[segments]
        hidden = self.norm(self.words(input_ids) + placed)
        for layer in self.layers:
            hidden = layer(hidden)
        return cast(Tensor, self.head(hidden))


class _Layer(nn.Module):
    """One layer of BERT; the products of query, key and value are one."""

    def __init__(self, layer: Any, peaks: Peaks) -> None:
        super().__init__()
        attention, inner, outer = layer.attention, layer.intermediate.dense, layer.output.dense
        three = (attention.self.query, attention.self.key, attention.self.value)
        mixed = attention.output.dense
        self.heads = attention.self.num_attention_heads
        weight = torch.cat([each.weight for each in three])
        bias = torch.cat([each.bias for each in three])
        # What balances `mixed` is left to the values that come into it.
        balance = _balance(peaks[mixed], mixed.weight)
        into = torch.cat([torch.ones(len(weight) - len(balance)), balance])
        self.query_key_value_inverse, self.query_key_value = _balanced(
            weight / into[:, None], bias / into, peaks[three[0]]
        )
        self.mixed = _Product(mixed.weight * balance, mixed.bias)
        self.mixed_norm = attention.output.LayerNorm
        self.inner_inverse, self.inner = _balanced(inner.weight, inner.bias, peaks[inner])
        self.large = constant(peaks[outer].argsort(descending=True)[:FLOAT_CHANNELS].sort().values)
        self.exact = constant(outer.weight[:, self.large].T.contiguous())
        self.outer = _Product(outer.weight.index_fill(1, self.large, 0), outer.bias)
        self.outer_norm = layer.output.LayerNorm

    def forward(self, hidden: Tensor) -> Tensor:
        """(batch, pieces, dimension) to the same."""
        three = self.query_key_value(hidden * self.query_key_value_inverse)
        query, key, value = three.split(hidden.shape[2], dim=2)
        # onnxruntime's own operator: three times as fast as the products and softmax it stands for.
        context = _operator("MultiHeadAttention", (query, key, value), query, num_heads=self.heads)
        hidden = self.mixed_norm(self.mixed(context) + hidden)
        inner = functional.gelu(self.inner(hidden * self.inner_inverse))
        exact = inner.index_select(2, self.large) @ self.exact
        return cast(Tensor, self.outer_norm(self.outer(inner) + exact + hidden))


class _Product(nn.Module):
    """A linear layer of int8 weights, (inputs, outputs) with a scale for each output."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        columns = weight.abs().amax(1) / 127
        self.weight = constant((weight / columns[:, None]).round().to(torch.int8).T.contiguous())
        self.columns, self.bias = constant(columns), constant(bias)

    def forward(self, inputs: Tensor) -> Tensor:
        """(batch, pieces, inputs) to (batch, pieces, outputs)."""
        parts = (inputs, self.weight, self.columns, None, self.bias)
        like = inputs.new_empty((*inputs.shape[:-1], len(self.bias)))
        return _operator("DynamicQuantizeMatMul", parts, like)


def _balanced(weight: Tensor, bias: Tensor, peaks: Tensor) -> tuple[nn.Parameter, _Product]:
    """What to multiply the inputs by, and the product for them then."""
    balance = _balance(peaks, weight)
    return constant(1 / balance), _Product(weight * balance, bias)


def _balance(peaks: Tensor, weight: Tensor) -> Tensor:
    """How much of each input channel's size the weights take over, 1 in the (geometric) mean."""
    spread = weight.square().mean(0).sqrt()
    found = peaks.clamp(min=1e-5) ** BALANCE / spread ** (1 - BALANCE)
    return found / found.log().mean().exp()


def _operator(
    name: str, inputs: tuple[Tensor | None, ...], like: Tensor, **attributes: Any
) -> Tensor:
    """One of onnxruntime's own operators, with an output of the type and shape of `like`."""
    return torch.onnx.ops.symbolic(
        f"com.microsoft::{name}",
        inputs,
        attributes,
        dtype=like.dtype,
        shape=tuple(like.shape),
        version=1,
    )
