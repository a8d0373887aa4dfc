"""One sequence's slice of a batched forward pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal, Protocol


class Cache(Protocol):
    """The keys and values of a sequence."""

    tokens: list[int]

    @property
    def nbytes(self) -> int:
        """Size in bytes."""

    def resize(self, count: int) -> None:
        """Change the capacity to `count` tokens; it must hold all tokens."""

    def cut(self, count: int) -> None:
        """Forget all but the first `count` tokens; the capacity stays."""

    def copy(self, count: int, capacity: int) -> "Cache":
        """Return an independent cache of the first `count` tokens, with room for `capacity` tokens."""


@dataclass(frozen=True, slots=True, eq=False)
class SequenceSlice:
    """The next tokens of a sequence, after those in its cache, and the logits wanted after the last one."""

    tokens: Sequence[int]
    cache: Any  # the model's own class of `Cache`
    logits_for: Literal["all"] | Sequence[int] | None  # token ids whose logits are computed
    # Whether the cache takes the tokens. Otherwise further slices of the same pass may begin at the same
    # place: in each layer one is read after the other.
    is_kept: bool = True


def last_tokens(batch: Sequence[SequenceSlice]) -> list[int]:
    """Return the index of each sequence's last token in the packed batch."""
    return [end - 1 for end in accumulate(len(sequence.tokens) for sequence in batch)]
