"""The KV cache of one sequence, for all layers of the model."""

from collections.abc import Sequence
from copy import copy

import numpy as np
import numpy.typing as npt
import torch

CAPACITY_STEP = 32  # tokens; the capacity is a multiple of it


class KVCache:
    """The keys and values of `tokens`.

    A pass writes keys and values layer by layer, and only `commit()` makes them part of the sequence: a pass
    that fails leaves the cache unchanged.
    """

    def __init__(
        self, layers: int, heads: int, head_size: int, dtype: torch.dtype, device: torch.device | None = None
    ) -> None:
        self.tokens: list[int] = []
        self._store = torch.empty(layers, 2, heads, 0, head_size, dtype=dtype, device=device)

    @property
    def nbytes(self) -> int:
        """Size in bytes."""
        return self._store.nbytes

    def reserve(self, count: int) -> None:
        """Ensure capacity for `count` more tokens."""
        needed = len(self.tokens) + count
        if needed > self._store.shape[3]:
            self._store = self._resized(_capacity(needed))

    def write(
        self, layer: int, keys: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write the new tokens' keys and values, [1, heads, count, head_size]; return those of all tokens."""
        begin, end = len(self.tokens), len(self.tokens) + keys.shape[2]
        store = self._store[layer]
        store[0, :, begin:end] = keys[0]
        store[1, :, begin:end] = values[0]
        return store[None, 0, :, :end], store[None, 1, :, :end]

    @property
    def array(self) -> npt.NDArray[np.float32]:
        """The whole store as float32: [layers, 2 (keys, values), heads, capacity, head_size]."""
        return self._store.numpy()

    def commit(self, tokens: Sequence[int]) -> None:
        """Make tokens whose keys and values a pass has written part of the sequence."""
        self.tokens += tokens

    def copy(self, count: int) -> "KVCache":
        """Return an independent cache of the first `count` tokens."""
        copied = copy(self)
        copied.tokens = self.tokens[:count]
        copied._store = self._resized(_capacity(count))
        return copied

    def _resized(self, capacity: int) -> torch.Tensor:
        layers, two, heads, old, head_size = self._store.shape
        resized = self._store.new_empty(layers, two, heads, capacity, head_size)
        kept = min(old, capacity)
        resized[:, :, :, :kept] = self._store[:, :, :, :kept]
        return resized


def _capacity(count: int) -> int:
    """Return the number of tokens to make room for: `count`, rounded up to whole steps."""
    return -(-count // CAPACITY_STEP) * CAPACITY_STEP
