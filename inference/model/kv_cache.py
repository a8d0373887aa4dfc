"""Keys and values of one sequence, for all layers of the model, in step with its tokens."""

from collections.abc import Sequence
from copy import copy

import numpy as np
import numpy.typing as npt
import torch

BLOCK = 32  # tokens by which the capacity grows


class KVCache:
    """The keys and values of `tokens`.

    A pass appends keys and values layer by layer, and only `commit()` makes them part of the sequence: a pass
    that fails leaves the cache unchanged.
    """

    def __init__(
        self, layers: int, heads: int, head_size: int, dtype: torch.dtype, device: torch.device | None = None
    ) -> None:
        self.tokens: list[int] = []
        self._store = torch.empty(layers, 2, heads, 0, head_size, dtype=dtype, device=device)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that it takes."""
        return self._store.nbytes

    def reserve(self, count: int) -> None:
        """Ensure capacity for `count` more tokens."""
        needed = len(self.tokens) + count
        if needed > self._store.shape[3]:
            self._store = self._resized(-(-needed // BLOCK) * BLOCK)

    def write(
        self, layer: int, keys: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append those of new tokens, of shape [1, heads, count, head_size]; return all."""
        begin, end = len(self.tokens), len(self.tokens) + keys.shape[2]
        store = self._store[layer]
        store[0, :, begin:end] = keys[0]
        store[1, :, begin:end] = values[0]
        return store[None, 0, :, :end], store[None, 1, :, :end]

    @property
    def array(self) -> npt.NDArray[np.float32]:
        """The whole store, in float32: [layers, 2 (keys, values), heads, capacity, head_size]."""
        return self._store.numpy()

    def commit(self, tokens: Sequence[int]) -> None:
        """Add tokens to the sequence whose keys and values a pass has written."""
        self.tokens += tokens

    def copy(self, count: int) -> "KVCache":
        """Return an independent cache of the first `count` tokens."""
        copied = copy(self)
        copied.tokens = self.tokens[:count]
        copied._store = self._resized(-(-count // BLOCK) * BLOCK)
        return copied

    def _resized(self, size: int) -> torch.Tensor:
        layers, two, heads, old, head_size = self._store.shape
        grown = self._store.new_empty(layers, two, heads, size, head_size)
        kept = min(old, size)
        grown[:, :, :, :kept] = self._store[:, :, :, :kept]
        return grown
