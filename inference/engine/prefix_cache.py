"""What the model remembers of earlier requests, for those that begin with the same tokens."""

from collections import OrderedDict
from collections.abc import Sequence

from inference.model.batch import Cache


class PrefixCache:
    """Keep caches of conversations, the least recently used go first, and those of constant beginnings.

    `take()` gives a cache away, or a copy: who has it may let it grow. `give()` takes one back, whatever
    became of its request: it is in step with its tokens at any time.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[int, Cache] = OrderedDict()  # by identity, the latest last
        self._pinned: list[Cache] = []

    @property
    def nbytes(self) -> int:
        """Bytes of the conversations."""
        return sum(cache.nbytes for cache in self._kept.values())

    def pin(self, cache: Cache) -> None:
        """Keep a beginning for good, beside the limit."""
        self._pinned.append(cache)

    def take(self, prompt: Sequence[int]) -> Cache | None:
        """Return a cache of the longest known beginning of a prompt, without its last token; None for none.

        The last token is left out because what follows it is asked for. A conversation that goes on is given
        away; where the prompt leaves it earlier (another message, or an edit), it is copied up to there.
        """
        known = [*self._kept.values(), *self._pinned]
        if not known:
            return None
        best = max(known, key=lambda cache: (shared(cache.tokens, prompt), id(cache) not in self._kept))
        count = min(shared(best.tokens, prompt), len(prompt) - 1)
        if count <= 0:
            return None
        if id(best) not in self._kept:
            return best.copy(count)
        if count == len(best.tokens):
            return self._kept.pop(id(best))
        self._kept.move_to_end(id(best))
        return best.copy(count)

    def give(self, cache: Cache) -> None:
        """Keep a cache for the request that will go on with it; what exceeds the limit is forgotten."""
        if cache.tokens:
            self._kept[id(cache)] = cache
        while self.nbytes > self._max_bytes:
            self._kept.popitem(last=False)


def shared(first: Sequence[int], second: Sequence[int]) -> int:
    """Count the tokens with which both begin."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count
