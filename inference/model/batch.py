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

    def copy(self, count: int) -> "Cache":
        """Return an independent cache of the first `count` tokens."""


@dataclass(frozen=True, slots=True, eq=False)
class SequenceSlice:
    """The tokens of a sequence that follow those of its cache, and the logits to compute after the last."""

    tokens: Sequence[int]
    cache: Any  # the model's own kind of `Cache`
    logits_for: Literal["all"] | Sequence[int] | None  # ids whose next-token logits are computed


def ends(parts: Sequence[SequenceSlice]) -> list[int]:
    """Return the index of each sequence's last token in the packed batch."""
    return [end - 1 for end in accumulate(len(part.tokens) for part in parts)]
