"""The KV cache of one sequence, for all layers of the model."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from inference.model.memory import release_freed

CAPACITY_STEP = 32  # tokens; the capacity is a multiple of it
# Above this size, freed stores go back to the system at once: between stores of growing sizes, the allocator
# would keep up to 40 % more than all of them take. That takes milliseconds.
RELEASED_BYTES = 8 << 20


class KVCache:
    """The keys and values of `tokens`.

    A pass writes keys and values layer by layer, and only `commit()` makes them part of the sequence: a pass
    that fails leaves the cache unchanged. Each layer has a store of its own, [2 (keys, values), heads,
    capacity, head_size], so that a change of the capacity holds only one layer twice.
    """

    def __init__(
        self, layers: int, heads: int, head_size: int, dtype: torch.dtype, device: torch.device | None = None
    ) -> None:
        self.tokens: list[int] = []
        self._stores = [torch.empty(2, heads, 0, head_size, dtype=dtype, device=device)] * layers

    @property
    def nbytes(self) -> int:
        """Size in bytes."""
        return sum(store.nbytes for store in self._stores)

    @property
    def capacity(self) -> int:
        """The number of tokens that there is room for."""
        return self._stores[-1].shape[2]

    def peak_bytes(self, count: int) -> int:
        """Return the most bytes that a cache of this shape takes with room for `count` tokens.

        It includes the one layer that `resize()` holds twice for a moment.
        """
        _, heads, _, head_size = self._stores[0].shape
        token = 2 * heads * head_size * self._stores[0].element_size()
        return token * rounded_up(count) * (len(self._stores) + 1)

    def reserve(self, count: int) -> None:
        """Ensure capacity for `count` more tokens."""
        needed = len(self.tokens) + count
        if needed > self.capacity:
            self.resize(needed)

    def resize(self, count: int) -> None:
        """Change the capacity to `count` tokens, rounded up to whole steps; it must hold all tokens."""
        if rounded_up(count) == self.capacity:
            return
        freed = self.nbytes
        for layer, store in enumerate(self._stores):
            self._stores[layer] = _resized(store, len(self.tokens), count)
        if freed >= RELEASED_BYTES:
            release_freed()

    def write(
        self, layer: int, keys: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write the new tokens' keys and values, [1, heads, count, head_size]; return those of all tokens."""
        begin, end = len(self.tokens), len(self.tokens) + keys.shape[2]
        store = self._stores[layer]
        store[0, :, begin:end] = keys[0]
        store[1, :, begin:end] = values[0]
        return store[None, 0, :, :end], store[None, 1, :, :end]

    def array(self, layer: int) -> npt.NDArray[np.float32]:
        """Return the store of a layer as float32: [2 (keys, values), heads, capacity, head_size]."""
        return self._stores[layer].numpy()

    def commit(self, tokens: Sequence[int]) -> None:
        """Make tokens whose keys and values a pass has written part of the sequence."""
        self.tokens += tokens

    def cut(self, count: int) -> None:
        """Forget all but the first `count` tokens; the capacity stays."""
        self.tokens = self.tokens[:count]

    def copy(self, count: int, capacity: int) -> "KVCache":
        """Return an independent cache of the first `count` tokens, with room for `capacity` tokens."""
        copied = KVCache.__new__(KVCache)
        copied.tokens = self.tokens[:count]
        copied._stores = [_resized(store, count, capacity) for store in self._stores]
        return copied


def rounded_up(count: int) -> int:
    """Return the capacity for `count` tokens: whole steps."""
    return -(-count // CAPACITY_STEP) * CAPACITY_STEP


def _resized(store: torch.Tensor, kept: int, capacity: int) -> torch.Tensor:
    """Return a store of another capacity with the first `kept` tokens."""
    two, heads, _, head_size = store.shape
    resized = store.new_empty(two, heads, rounded_up(capacity), head_size)
    resized[:, :, :kept] = store[:, :, :kept]
    return resized
