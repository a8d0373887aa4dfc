"""What one sequence has in one pass of the model."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal, Protocol


class Cache(Protocol):
    """What the model remembers of a sequence."""

    tokens: list[int]

    @property
    def nbytes(self) -> int:
        """Bytes of memory that it takes."""

    def copy(self, count: int) -> "Cache":
        """Return a cache of its own of the first `count` tokens."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Tokens that follow those of `cache`, and what is to be known after the last of them."""

    tokens: Sequence[int]
    cache: Any  # the model's own kind of `Cache`
    wants: Literal["all"] | Sequence[int] | None  # the next token's logits: all, those of some ids, or none


def ends(parts: Sequence[Part]) -> list[int]:
    """Return where the last token of each part stands among the tokens of all."""
    return [end - 1 for end in accumulate(len(part.tokens) for part in parts)]
