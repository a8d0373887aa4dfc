"""KV caches of earlier requests, for requests that begin with the same tokens."""

from collections import OrderedDict
from collections.abc import Sequence

from inference.model.batch import Cache


class PrefixCache:
    """An LRU cache of conversations, plus pinned caches of the tasks' constant prefixes.

    `take()` hands out a cache, or a copy, for the caller to extend. `release()` takes a cache back, however
    its request ended: a cache always agrees with its tokens.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[int, Cache] = OrderedDict()  # by id(), the most recently used last
        self._pinned: list[Cache] = []

    @property
    def nbytes(self) -> int:
        """Bytes of the unpinned caches."""
        return sum(cache.nbytes for cache in self._kept.values())

    def pin(self, cache: Cache) -> None:
        """Keep a prefix forever; it does not count towards the limit."""
        self._pinned.append(cache)

    def take(self, prompt: Sequence[int]) -> Cache | None:
        """Return a cache of the longest known prefix of a prompt without its last token, if there is one.

        The last token is left out because the model must read it to compute its logits. If the prompt
        continues a whole conversation, its cache itself is returned, else a copy of the prefix.
        """
        known = [*self._kept.values(), *self._pinned]
        if not known:
            return None
        best = max(
            known, key=lambda cache: (common_prefix(cache.tokens, prompt), id(cache) not in self._kept)
        )
        count = min(common_prefix(best.tokens, prompt), len(prompt) - 1)
        if count <= 0:
            return None
        if id(best) not in self._kept:
            return best.copy(count)
        if count == len(best.tokens):
            return self._kept.pop(id(best))
        self._kept.move_to_end(id(best))
        return best.copy(count)

    def release(self, cache: Cache) -> None:
        """Take a cache back for later requests; evict the least recently used beyond the limit."""
        if cache.tokens:
            self._kept[id(cache)] = cache
        while self.nbytes > self._max_bytes:
            self._kept.popitem(last=False)


def common_prefix(first: Sequence[int], second: Sequence[int]) -> int:
    """Return the length of the longest common prefix."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count
