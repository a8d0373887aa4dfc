"""Any causal model of transformers, with this project's attention."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.functional import linear
from transformers import AttentionInterface, AutoModelForCausalLM

from inference.model.attention import Masks, attend, causal_masks
from inference.model.batch import SequenceSlice, ends
from inference.model.int8 import Int8Linear

NAME = "packed"  # name under which the attention is registered
PASS_TOKENS = 64  # maximum of one pass


class TransformersNetwork:
    """Token ids -> the hidden states of each part's last token -> logits, by transformers' own layers.

    `dtype` is that of the weights; `torch.int8` computes in float32, on the processor. Else it runs on a
    graphics card where torch sees one.
    """

    pass_tokens = PASS_TOKENS

    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        in_bytes = dtype == torch.int8
        self.device = torch.device("cuda" if torch.cuda.is_available() and not in_bytes else "cpu")
        self.computed = torch.float32 if in_bytes else dtype
        network: Any = AutoModelForCausalLM.from_pretrained(
            folder, dtype=self.computed, use_safetensors=True, trust_remote_code=False, local_files_only=True
        )
        network.eval().requires_grad_(False)
        self._output: Any = network.get_output_embeddings()
        self._head = Int8Linear(self._output) if in_bytes else self._output
        self._base = network.base_model
        self._base.set_attn_implementation(NAME)
        if in_bytes:
            for name, part in tuple(self._base.named_modules()):
                if isinstance(part, nn.Linear):
                    self._base.set_submodule(name, Int8Linear(part))
        network.to(self.device)

    def __call__(self, parts: Sequence[SequenceSlice]) -> torch.Tensor:
        """Return the hidden states of the last token of each part, [parts, size]."""
        tokens = torch.tensor([token for part in parts for token in part.tokens], device=self.device)
        before = [torch.arange(len(part.tokens)) + len(part.cache.tokens) for part in parts]
        hidden: torch.Tensor = self._base(
            inputs_embeds=self._base.get_input_embeddings()(tokens[None]).to(self.computed),
            position_ids=torch.cat(before)[None].to(self.device),
            use_cache=False,
            parts=parts,
            masks=causal_masks(parts, self.device),
        ).last_hidden_state[0]
        return hidden[ends(parts)]

    def logits(self, hidden: torch.Tensor, ids: Sequence[int] | None = None) -> torch.Tensor:
        """Return the next token's logits after hidden states, [parts, vocabulary], or those of some ids."""
        found = (
            self._head(hidden)
            if ids is None
            else linear(hidden, self._output.weight[list(ids)].to(hidden.dtype))
        )
        return found.float().cpu()


def packed_attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: None,
    *,
    parts: Sequence[SequenceSlice],
    masks: Masks,
    scaling: float | None = None,
    **others: Any,
) -> tuple[torch.Tensor, None]:
    """Attend with the signature of transformers' `AttentionInterface`."""
    return attend(module.layer_idx, query, key, value, parts, masks, scaling), None


AttentionInterface.register(NAME, packed_attention)
