"""How often one client may ask: a bucket of tokens for each."""

import threading
import time
from collections.abc import Callable

from cachetools import LRUCache

BURST_SECONDS = 10.0  # what a bucket holds: so many seconds of its rate
# A client that is forgotten has a full bucket again: nobody has so many addresses to be forgotten by will.
MAX_CLIENTS = 20_000


class TokenBuckets:
    """Let each client do something so many times a minute, on average.

    A bucket holds the tokens of `BURST_SECONDS`, at least `min_burst`, and each request takes one.
    https://en.wikipedia.org/wiki/Token_bucket
    """

    def __init__(
        self, per_minute: float, min_burst: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = per_minute / 60  # tokens a second
        self._size = max(min_burst, self._rate * BURST_SECONDS)
        self._clock = clock
        self._lock = threading.Lock()
        # By client: the tokens that were left, and when that was.
        self._left: LRUCache[str, tuple[float, float]] = LRUCache(MAX_CLIENTS)

    def take(self, client: str) -> float:
        """Take a token; return 0.0, or the seconds until there is one again."""
        with self._lock:
            now = self._clock()
            left = self._tokens(client, now)
            if left < 1:
                return (1 - left) / self._rate
            self._left[client] = left - 1, now
            return 0.0

    def wait(self, client: str) -> float:
        """Return the seconds until there is a token, without taking it."""
        with self._lock:
            return max(0.0, (1 - self._tokens(client, self._clock())) / self._rate)

    def _tokens(self, client: str, now: float) -> float:
        left, then = self._left.get(client, (self._size, now))
        return min(self._size, left + (now - then) * self._rate)
