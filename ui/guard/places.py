"""How many streams each client holds open."""

import threading
from collections import Counter


class Places:
    """Count what each client holds open, and bound it."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, client: str) -> bool:
        """Take a place, if the client has one left; return whether it had."""
        with self._lock:
            if self._taken[client] >= self.most:
                return False
            self._taken[client] += 1
            return True

    def give_back(self, client: str) -> None:
        """Give a place back."""
        with self._lock:
            self._taken[client] -= 1
            if not self._taken[client]:
                del self._taken[client]
