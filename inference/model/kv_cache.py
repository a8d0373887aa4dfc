"""Keys and values of one sequence, for all layers of the model, in step with its tokens."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

BLOCK = 32  # tokens that the room grows by


class KVCache:
    """What the model remembers of `tokens`.

    A pass writes behind what is there, layer by layer, and only `commit()` makes it part of the sequence: a
    pass that fails leaves nothing.
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
        """Make room for so many more tokens."""
        needed = len(self.tokens) + count
        if needed > self._store.shape[3]:
            self._store = self._resized(-(-needed // BLOCK) * BLOCK)

    def write(
        self, layer: int, keys: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Put those of new tokens, of shape [1, heads, count, head_size], behind the others; return all."""
        begin, end = len(self.tokens), len(self.tokens) + keys.shape[2]
        store = self._store[layer]
        store[0, :, begin:end] = keys[0]
        store[1, :, begin:end] = values[0]
        return store[None, 0, :, :end], store[None, 1, :, :end]

    @property
    def array(self) -> npt.NDArray[np.float32]:
        """All of it, in float32: [layers, 2 (keys, values), heads, room, head_size]."""
        return self._store.numpy()

    def commit(self, tokens: Sequence[int]) -> None:
        """Take what a pass wrote for these tokens into the sequence."""
        self.tokens += tokens

    def copy(self, count: int) -> "KVCache":
        """Return a cache of its own of the first `count` tokens."""
        copied = KVCache.__new__(KVCache)
        copied.tokens = self.tokens[:count]
        copied._store = self._resized(-(-count // BLOCK) * BLOCK)
        return copied

    def _resized(self, size: int) -> torch.Tensor:
        layers, two, heads, old, head_size = self._store.shape
        grown = self._store.new_empty(layers, two, heads, size, head_size)
        kept = min(old, size)
        grown[:, :, :, :kept] = self._store[:, :, :, :kept]
        return grown
