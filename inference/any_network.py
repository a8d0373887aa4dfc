"""A model of any kind that transformers knows, with this project's attention in it."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn

from inference.attention import Masks, attend
from inference.part import Part

NAME = "packed"  # of the attention, as transformers knows it


class AnyNetwork:
    """Token ids -> hidden states, by transformers' own layers; their products are replaced."""

    def __init__(
        self, network: Any, product: Callable[[nn.Linear], nn.Module], computed: torch.dtype
    ) -> None:
        network.set_attn_implementation(NAME)
        self._base = network.base_model
        self._computed = computed
        for name, part in tuple(self._base.named_modules()):
            if isinstance(part, nn.Linear):
                self._base.set_submodule(name, product(part))

    def __call__(
        self, tokens: torch.Tensor, positions: torch.Tensor, parts: Sequence[Part], masks: Masks
    ) -> torch.Tensor:
        """Return the hidden states, [tokens, size], of tokens and their positions, both [tokens]."""
        hidden: torch.Tensor = self._base(
            inputs_embeds=self._base.get_input_embeddings()(tokens[None]).to(self._computed),
            position_ids=positions[None],
            use_cache=False,
            parts=parts,
            masks=masks,
        ).last_hidden_state[0]
        return hidden


def packed_attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: None,
    *,
    parts: Sequence[Part],
    masks: Masks,
    scaling: float | None = None,
    **others: Any,
) -> tuple[torch.Tensor, None]:
    """Attend as transformers' `AttentionInterface` wants it."""
    return attend(module.layer_idx, query, key, value, parts, masks, scaling), None
