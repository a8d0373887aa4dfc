"""How many tokens the parts of conversations have, so that each part is counted once."""

import threading
from collections.abc import Callable, Sequence

from cachetools import LRUCache

from inference.types import Message

MAX_COUNTS = 16_384  # of all sessions together; a count takes some 200 bytes


class TokenCounts:
    """Remember counts for each session, without the texts; safe to use from any thread.

    A session learns nothing from the time of a count about what others have written.
    """

    def __init__(self, count: Callable[[Sequence[Message]], int]) -> None:
        self._count = count
        self._known: LRUCache[tuple[str, int], int] = LRUCache(MAX_COUNTS)
        self._lock = threading.Lock()

    def count(self, messages: Sequence[Message], session: str | None) -> int:
        """Return the number of tokens; without a session it is counted each time."""
        if session is None:
            return self._count(messages)
        key = session, hash(tuple(messages))
        with self._lock:
            known = self._known.get(key)
        if known is None:
            known = self._count(messages)
            with self._lock:
                self._known[key] = known
        return known
