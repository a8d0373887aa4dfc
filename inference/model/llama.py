"""Int8 forward pass of Llama and Qwen2 in numba; its time is that of the matrix products.

The layers are those of Touvron et al. 2023, arXiv:2302.13971, section 2.2; Qwen2 adds biases to queries, keys
and values. Layers that read the same input are one product: queries, keys and values; gate and up.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from inference.kernels.loops import Floats, attend, gate, normalize, rotate, use_threads
from inference.model.batch import SequenceSlice, ends
from inference.model.checkpoint import Checkpoint
from inference.model.int8 import Int8Product

FAMILY = ("llama", "qwen2")
# Tokens of one pass: with more, decoding replies would wait longer than a few tenths of a second.
PASS_TOKENS = 32


def is_of_the_family(config: Any) -> bool:
    """Whether `LlamaNetwork` runs what transformers' `config` describes: nothing in its layers is unusual."""
    windows = set(getattr(config, "layer_types", None) or ()) - {"full_attention"}
    return (
        config.model_type in FAMILY
        and config.hidden_act == "silu"
        and config.rope_parameters.get("rope_type", "default") == "default"
        and not windows
        and not getattr(config, "quantization_config", None)
    )


def head_size_of(config: Any) -> int:
    """Return how many numbers a head of the attention has; some configurations leave it to be worked out."""
    size: int = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return size


class LlamaNetwork:
    """Token ids -> the hidden states of each part's last token -> logits.

    All its loops should run in one thread: each that ever ran some keeps helpers of its own, and where those
    are more than there are processors, they go to sleep between two loops.
    """

    computed = torch.float32
    device = torch.device("cpu")
    pass_tokens = PASS_TOKENS

    def __init__(self, config: Any, checkpoint: Checkpoint) -> None:
        weights = _Weights(checkpoint)
        sizes = config.num_attention_heads, config.num_key_value_heads, head_size_of(config)
        halves = np.arange(0, sizes[2], 2) / sizes[2]
        self._frequencies = (config.rope_parameters["rope_theta"] ** -halves).astype(np.float32)
        self._epsilon = config.rms_norm_eps
        embedding = checkpoint.tensor("model.embed_tokens.weight")
        self._embedding = embedding.clone()  # or it keeps the file mapped
        self._layers = [
            _Layer(weights.below(f"model.layers.{number}"), sizes, config.rms_norm_eps)
            for number in range(config.num_hidden_layers)
        ]
        self._norm = weights.vector("model.norm")
        own_head = "lm_head.weight" in checkpoint
        self._head = weights.product("lm_head" if own_head else "model.embed_tokens")

    def __call__(self, parts: Sequence[SequenceSlice]) -> Floats:
        """Return the hidden states of the last token of each part, [parts, size]."""
        use_threads(torch.get_num_threads())
        tokens = torch.tensor([token for part in parts for token in part.tokens])
        hidden = self._embedding[tokens].float().numpy()
        before = [np.arange(len(part.tokens)) + len(part.cache.tokens) for part in parts]
        angles = np.outer(np.concatenate(before), self._frequencies).astype(np.float32)
        turns = np.cos(angles), np.sin(angles)
        for number, layer in enumerate(self._layers):
            wanted = slice(None) if layer is not self._layers[-1] else ends(parts)
            hidden = layer(number, hidden, turns, parts, wanted)
        return _normalized(hidden, self._norm, self._epsilon)

    def logits(self, hidden: Floats, ids: Sequence[int] | None = None) -> torch.Tensor:
        """Return the next token's logits after hidden states, [parts, vocabulary], or those of some ids."""
        return torch.from_numpy(self._head(hidden) if ids is None else self._head.some(hidden, ids))


class _Weights:
    """Find weights by their names."""

    def __init__(self, checkpoint: Checkpoint, prefix: str = "") -> None:
        self._checkpoint = checkpoint
        self._prefix = prefix

    def below(self, name: str) -> "_Weights":
        return _Weights(self._checkpoint, f"{self._prefix}{name}.")

    def vector(self, name: str) -> Floats:
        return self._checkpoint.tensor(f"{self._prefix}{name}.weight").float().numpy()

    def product(self, *names: str) -> Int8Product:
        """Make one product of layers that read the same."""
        weights = [self._checkpoint.tensor(f"{self._prefix}{name}.weight") for name in names]
        names_of_biases = [f"{self._prefix}{name}.bias" for name in names]
        biases = [self._checkpoint.tensor(name) for name in names_of_biases if name in self._checkpoint]
        return Int8Product(weights, biases)


class _Layer:
    def __init__(self, weights: _Weights, sizes: tuple[int, int, int], epsilon: float) -> None:
        self._queries, self._keys, self._head_size = sizes
        self._epsilon = epsilon
        self._before_attention = weights.vector("input_layernorm")
        self._before_mlp = weights.vector("post_attention_layernorm")
        self._read = weights.product("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
        self._write = weights.product("self_attn.o_proj")
        self._gate_up = weights.product("mlp.gate_proj", "mlp.up_proj")
        self._down = weights.product("mlp.down_proj")

    def __call__(
        self,
        number: int,
        hidden: Floats,
        turns: tuple[Floats, Floats],
        parts: Sequence[SequenceSlice],
        wanted: list[int] | slice,
    ) -> Floats:
        """Return the hidden states of the wanted tokens behind this layer; keys and values are of all."""
        heads = self._read(_normalized(hidden, self._before_attention, self._epsilon))
        heads = heads.reshape(len(hidden), -1, self._head_size)
        rotate(heads, self._queries + self._keys, *turns)
        hidden = hidden[wanted] + self._write(self._attend(number, heads, parts)[wanted])
        hidden += self._down(_gated(self._gate_up(_normalized(hidden, self._before_mlp, self._epsilon))))
        return hidden

    def _attend(self, number: int, heads: Floats, parts: Sequence[SequenceSlice]) -> Floats:
        """Attend within each part, and keep its keys and values; return [tokens, queries * size]."""
        seen = np.empty((len(heads), self._queries * self._head_size), np.float32)
        begin = 0
        for part in parts:
            end = begin + len(part.tokens)
            store, before = part.cache.array[number], len(part.cache.tokens)
            attend(heads[begin:end], store, before, self._head_size**-0.5, seen[begin:end])
            begin = end
        return seen


def _normalized(hidden: Floats, weight: Floats, epsilon: float) -> Floats:
    result = np.empty_like(hidden)
    normalize(hidden, weight, epsilon, result)
    return result


def _gated(rows: Floats) -> Floats:
    result = np.empty((len(rows), rows.shape[1] // 2), np.float32)
    gate(rows, result)
    return result
