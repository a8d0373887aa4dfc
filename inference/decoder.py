"""A model of the Llama family, in fewer steps than transformers takes: a token costs as much as its products.

The layers are those of Touvron et al. 2023, arXiv:2302.13971, section 2.2; Qwen2 adds biases to queries, keys
and values. What reads the same input is one product: queries, keys and values; gate and up.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import nn
from torch.nn.functional import rms_norm, silu

from inference.attention import Masks, attend
from inference.part import Part

FAMILY = ("llama", "qwen2")


def is_of_the_family(network: Any) -> bool:
    """Whether `Decoder` runs it: its layers are known, and none of them looks through a window."""
    config = network.config
    windows = set(getattr(config, "layer_types", None) or ()) - {"full_attention"}
    return config.model_type in FAMILY and config.hidden_act == "silu" and not windows


class Decoder:
    """Token ids -> hidden states; it takes the layers out of `network`."""

    def __init__(
        self, network: Any, product: Callable[[nn.Linear], nn.Module], computed: torch.dtype
    ) -> None:
        base = network.base_model
        self._computed = computed
        self._embedding = base.embed_tokens.weight
        self._rotary = base.rotary_emb
        self._norm = base.norm
        with ThreadPoolExecutor(torch.get_num_threads()) as threads:
            self._layers = list(threads.map(lambda layer: _Layer(layer, product), base.layers))
        base.layers = nn.ModuleList()

    def __call__(
        self, tokens: torch.Tensor, positions: torch.Tensor, parts: Sequence[Part], masks: Masks
    ) -> torch.Tensor:
        """Return the hidden states, [tokens, size], of tokens and their positions, both [tokens]."""
        hidden = self._embedding[tokens].to(self._computed)
        cos, sin = (part[0, :, None, : part.shape[-1] // 2] for part in self._rotary(hidden, positions[None]))
        for number, layer in enumerate(self._layers):
            hidden = layer(number, hidden, cos, sin, parts, masks)
        return _normed(hidden, self._norm)


class _Layer:
    def __init__(self, layer: Any, product: Callable[[nn.Linear], nn.Module]) -> None:
        attention, mlp = layer.self_attn, layer.mlp
        self._norms = layer.input_layernorm, layer.post_attention_layernorm
        self._head_size = attention.head_dim
        self._queries = attention.q_proj.out_features // attention.head_dim
        self._keys = attention.k_proj.out_features // attention.head_dim
        self._scaling = attention.scaling
        self._read = product(_joined(attention.q_proj, attention.k_proj, attention.v_proj))
        self._write = product(attention.o_proj)
        self._gate_up = product(_joined(mlp.gate_proj, mlp.up_proj))
        self._down = product(mlp.down_proj)

    def __call__(
        self,
        number: int,
        hidden: torch.Tensor,
        cos: torch.Tensor,
        sin: torch.Tensor,
        parts: Sequence[Part],
        masks: Masks,
    ) -> torch.Tensor:
        count = len(hidden)
        heads = self._read(_normed(hidden, self._norms[0])).view(count, -1, self._head_size)
        turned = _rotated(heads[:, : self._queries + self._keys], cos, sin).transpose(0, 1)[None]
        values = heads[:, self._queries + self._keys :].transpose(0, 1)[None]
        query, key = turned[:, : self._queries], turned[:, self._queries :]
        seen = attend(number, query, key, values, parts, masks, self._scaling)
        hidden = hidden + self._write(seen.reshape(count, -1))
        gate, up = self._gate_up(_normed(hidden, self._norms[1])).chunk(2, dim=-1)
        return hidden.add_(self._down(silu(gate) * up))


def _normed(hidden: torch.Tensor, norm: Any) -> torch.Tensor:
    return rms_norm(hidden, norm.weight.shape, norm.weight, norm.variance_epsilon)


def _rotated(heads: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Turn each head by its token's position (Su et al. 2021, arXiv:2104.09864), in two halves."""
    first, second = heads.chunk(2, dim=-1)
    turned = torch.addcmul(first * cos, second, sin, value=-1), torch.addcmul(second * cos, first, sin)
    return torch.cat(turned, dim=-1)


def _joined(*linears: nn.Linear) -> nn.Linear:
    """Return one layer that gives the outputs of all, one behind the other."""
    weight = torch.cat([linear.weight for linear in linears])
    joined = nn.Linear(weight.shape[1], weight.shape[0], bias=linears[0].bias is not None, device="meta")
    joined.weight = nn.Parameter(weight, requires_grad=False)
    if joined.bias is not None:
        joined.bias = nn.Parameter(torch.cat([linear.bias for linear in linears]), requires_grad=False)
    return joined
