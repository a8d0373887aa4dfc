"""What was made for pages and may be shown again: all of it together within one number of bytes."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future

from cachetools import LRUCache

# The memory of all made parts, whatever the number of views: about a hundred views of an ordinary log.
MAX_BYTES = 16 << 20
# A part that takes a larger share is made anew each time, so that one view cannot push out all others.
MAX_SHARE = 0.25
# The memory that a part takes beside its bytes.
OVERHEAD_BYTES = 512


class MadeParts:
    """Keep the parts that were asked for last; any thread may ask, and each part is made once at a time."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._kept: LRUCache[Hashable, bytes] = LRUCache(max_bytes, _weight)
        self._making: dict[Hashable, Future[bytes]] = {}
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """The memory that the kept parts take, in bytes."""
        return int(self._kept.currsize)

    def once(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return the part of this key; the first caller makes it, while the others of the same key wait.

        Whatever `make` raises reaches all of them, and the next caller tries again.
        """
        with self._lock:
            if (kept := self._kept.get(key)) is not None:
                return kept
            if (made := self._making.get(key)) is None:
                mine: Future[bytes] | None
                made = mine = self._making[key] = Future()
            else:
                mine = None
        if mine is not None:
            self._make(key, make, mine)
        return made.result()

    def _make(self, key: Hashable, make: Callable[[], bytes], made: Future[bytes]) -> None:
        """Make a part for all who wait for it."""
        try:
            part = make()
        except BaseException as error:  # Those who wait must not wait for ever.
            made.set_exception(error)
        else:
            made.set_result(part)
        with self._lock:
            del self._making[key]
            if made.exception() is None and _weight(part) <= MAX_SHARE * self._kept.maxsize:
                self._kept[key] = part


def _weight(part: bytes) -> int:
    return len(part) + OVERHEAD_BYTES
