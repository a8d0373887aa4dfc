"""Int8 forward pass of Llama and Qwen2 in numba; its time is that of the matrix products.

The layers are those of Touvron et al. 2023, arXiv:2302.13971, section 2.2; Qwen2 adds biases to queries, keys
and values. Layers with the same input are computed as one product: queries, keys and values; gate and up.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from inference.kernels.loops import Floats, attend, gate, normalize, rotate, use_threads
from inference.model.batch import SequenceSlice, last_tokens
from inference.model.checkpoint import Checkpoint
from inference.model.int8 import Int8Product

MODEL_TYPES = ("llama", "qwen2")
# The maximum of one pass. Larger passes would delay the next token of running replies too long.
PASS_TOKENS = 32


def is_llama(config: Any) -> bool:
    """Return whether `LlamaNetwork` can run the model of a transformers `config`, without unusual layers."""
    other_layers = set(getattr(config, "layer_types", None) or ()) - {"full_attention"}
    return (
        config.model_type in MODEL_TYPES
        and config.hidden_act == "silu"
        and config.rope_parameters.get("rope_type", "default") == "default"
        and not other_layers
        and not getattr(config, "quantization_config", None)
    )


def head_size_of(config: Any) -> int:
    """Return the size of an attention head; a configuration without it divides the hidden size evenly."""
    size: int = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return size


class LlamaNetwork:
    """Token ids -> the hidden states of each sequence's last token -> logits.

    Call it from one thread only: OpenMP starts helper threads for each thread that runs a parallel loop, and
    once there are more helpers than processors, they sleep between loops, which halves the speed.
    """

    cache_dtype = torch.float32
    device = torch.device("cpu")
    pass_tokens = PASS_TOKENS

    def __init__(self, config: Any, checkpoint: Checkpoint) -> None:
        weights = _Weights(checkpoint)
        sizes = config.num_attention_heads, config.num_key_value_heads, head_size_of(config)
        halves = np.arange(0, sizes[2], 2) / sizes[2]
        self._frequencies = (config.rope_parameters["rope_theta"] ** -halves).astype(np.float32)
        self._epsilon = config.rms_norm_eps
        embedding = checkpoint.tensor("model.embed_tokens.weight")
        self._embedding = embedding.clone()  # the original would keep the file mapped
        self._layers = [
            _Layer(weights.under(f"model.layers.{number}"), sizes, config.rms_norm_eps)
            for number in range(config.num_hidden_layers)
        ]
        self._norm = weights.vector("model.norm")
        own_head = "lm_head.weight" in checkpoint
        self._head = weights.product("lm_head" if own_head else "model.embed_tokens")

    def __call__(self, batch: Sequence[SequenceSlice]) -> Floats:
        """Return the hidden states of each sequence's last token, [sequences, size]."""
        use_threads(torch.get_num_threads())
        tokens = torch.tensor([token for sequence in batch for token in sequence.tokens])
        hidden = self._embedding[tokens].float().numpy()
        positions = [np.arange(len(each.tokens)) + len(each.cache.tokens) for each in batch]
        angles = np.outer(np.concatenate(positions), self._frequencies).astype(np.float32)
        rotations = np.cos(angles), np.sin(angles)
        for number, layer in enumerate(self._layers):
            wanted = slice(None) if layer is not self._layers[-1] else last_tokens(batch)
            hidden = layer(number, hidden, rotations, batch, wanted)
        return _normalized(hidden, self._norm, self._epsilon)

    def logits(self, hidden: Floats, ids: Sequence[int] | None = None) -> torch.Tensor:
        """Return the next token's logits, [sequences, vocabulary], or those of some ids only."""
        return torch.from_numpy(self._head(hidden) if ids is None else self._head.for_outputs(hidden, ids))


class _Weights:
    """The weights of a checkpoint whose names begin with a prefix."""

    def __init__(self, checkpoint: Checkpoint, prefix: str = "") -> None:
        self._checkpoint = checkpoint
        self._prefix = prefix

    def under(self, name: str) -> "_Weights":
        return _Weights(self._checkpoint, f"{self._prefix}{name}.")

    def vector(self, name: str) -> Floats:
        return self._checkpoint.tensor(f"{self._prefix}{name}.weight").float().numpy()

    def product(self, *names: str) -> Int8Product:
        """Return one product of all named layers, which have the same input."""
        weights = [self._checkpoint.tensor(f"{self._prefix}{name}.weight") for name in names]
        bias_names = [f"{self._prefix}{name}.bias" for name in names]
        biases = [self._checkpoint.tensor(name) for name in bias_names if name in self._checkpoint]
        return Int8Product(weights, biases)


class _Layer:
    def __init__(self, weights: _Weights, sizes: tuple[int, int, int], epsilon: float) -> None:
        self._queries, self._keys, self._head_size = sizes
        self._epsilon = epsilon
        self._before_attention = weights.vector("input_layernorm")
        self._before_mlp = weights.vector("post_attention_layernorm")
        self._qkv = weights.product("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
        self._output = weights.product("self_attn.o_proj")
        self._gate_up = weights.product("mlp.gate_proj", "mlp.up_proj")
        self._down = weights.product("mlp.down_proj")

    def __call__(
        self,
        number: int,
        hidden: Floats,
        rotations: tuple[Floats, Floats],
        batch: Sequence[SequenceSlice],
        wanted: list[int] | slice,
    ) -> Floats:
        """Return the wanted tokens' hidden states after this layer; cache keys and values of all tokens."""
        heads = self._qkv(_normalized(hidden, self._before_attention, self._epsilon))
        heads = heads.reshape(len(hidden), -1, self._head_size)
        rotate(heads, self._queries + self._keys, *rotations)
        hidden = hidden[wanted] + self._output(self._attend(number, heads, batch)[wanted])
        hidden += self._down(_gated(self._gate_up(_normalized(hidden, self._before_mlp, self._epsilon))))
        return hidden

    def _attend(self, number: int, heads: Floats, batch: Sequence[SequenceSlice]) -> Floats:
        """Attend within each sequence, and cache its keys and values; return [tokens, query heads * size]."""
        attended = np.empty((len(heads), self._queries * self._head_size), np.float32)
        begin = 0
        for sequence in batch:
            end = begin + len(sequence.tokens)
            store, cached = sequence.cache.array(number), len(sequence.cache.tokens)
            attend(heads[begin:end], store, cached, self._head_size**-0.5, attended[begin:end])
            begin = end
        return attended


def _normalized(hidden: Floats, weight: Floats, epsilon: float) -> Floats:
    result = np.empty_like(hidden)
    normalize(hidden, weight, epsilon, result)
    return result


def _gated(rows: Floats) -> Floats:
    result = np.empty((len(rows), rows.shape[1] // 2), np.float32)
    gate(rows, result)
    return result
