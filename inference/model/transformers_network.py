"""Run any causal model of transformers, with this project's attention."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.functional import linear
from transformers import AttentionInterface, AutoModelForCausalLM

from inference.model.attention import Masks, attend, causal_masks
from inference.model.batch import SequenceSlice, last_tokens
from inference.model.int8 import Int8Linear

ATTENTION_NAME = "packed"  # the name under which transformers finds this attention
PASS_TOKENS = 64  # maximum number of tokens in one pass


class TransformersNetwork:
    """Token ids -> the hidden states of each sequence's last token -> logits, with transformers' own layers.

    `dtype` is the type of the weights. With `torch.int8` the model runs on the processor and computes in
    float32; with any other type it runs on a graphics card if torch finds one.
    """

    pass_tokens = PASS_TOKENS

    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        is_int8 = dtype == torch.int8
        self.device = torch.device("cuda" if torch.cuda.is_available() and not is_int8 else "cpu")
        self.cache_dtype = torch.float32 if is_int8 else dtype
        network: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=self.cache_dtype,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
        )
        network.eval().requires_grad_(False)
        self._output: Any = network.get_output_embeddings()
        self._head = Int8Linear(self._output) if is_int8 else self._output
        self._base = network.base_model
        self._base.set_attn_implementation(ATTENTION_NAME)
        if is_int8:
            for name, module in tuple(self._base.named_modules()):
                if isinstance(module, nn.Linear):
                    self._base.set_submodule(name, Int8Linear(module))
        network.to(self.device)

    def __call__(self, batch: Sequence[SequenceSlice]) -> torch.Tensor:
        """Return the hidden states of each sequence's last token, [sequences, size]."""
        tokens = torch.tensor([token for each in batch for token in each.tokens], device=self.device)
        positions = [torch.arange(len(each.tokens)) + len(each.cache.tokens) for each in batch]
        hidden: torch.Tensor = self._base(
            inputs_embeds=self._base.get_input_embeddings()(tokens[None]).to(self.cache_dtype),
            position_ids=torch.cat(positions)[None].to(self.device),
            use_cache=False,
            batch=batch,
            masks=causal_masks(batch, self.device),
        ).last_hidden_state[0]
        return hidden[last_tokens(batch)]

    def logits(self, hidden: torch.Tensor, ids: Sequence[int] | None = None) -> torch.Tensor:
        """Return the next token's logits, [sequences, vocabulary], or those of some ids only."""
        logits: torch.Tensor
        if ids is None:
            logits = self._head(hidden)
        else:
            logits = linear(hidden, self._output.weight[list(ids)].to(hidden.dtype))
        return logits.float().cpu()


def packed_attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: None,
    *,
    batch: Sequence[SequenceSlice],
    masks: Masks,
    scaling: float | None = None,
    **others: Any,
) -> tuple[torch.Tensor, None]:
    """Attend with the signature of transformers' `AttentionInterface`."""
    return attend(module.layer_idx, query, key, value, batch, masks, scaling), None


AttentionInterface.register(ATTENTION_NAME, packed_attention)
