"""How many connections are open: of one address, and of all together."""

import sys
import time
from collections import Counter
from collections.abc import Callable
from enum import Enum

from container.open_files import open_files
from ui.guard.clients import Proxies, client_of
from ui.guard.config import GuardConfig

Peer = tuple[object, ...]  # the address and the port of the other side, and more for IPv6
# The same reason is told again after this time.
TELL_SECONDS = 600.0


class Reason(Enum):
    """Why a connection is closed as soon as it was made, in Chinese and in English."""

    ADDRESS_FULL = "同一地址的连接过多 / one address holds as many connections as it may (MAX_CONNECTIONS)"
    ALL_FULL = "连接总数达到上限 / as many connections are open as the limit of open files allows (ulimit -n)"
    NO_DESCRIPTOR = "打开的文件数达到上限 / this process cannot open another file (ulimit -n)"


TurnedAway = Callable[[Reason], None]


class Connections:
    """Count the open connections, and bound them; safe to use from the event loop's thread alone.

    All together may take half of the files that this process may open, and one address half of that: the
    other half is for the log and the files of the page. Connections of a trusted proxy are many visitors', so
    that only the bound of all together holds for them. Where all places are taken, the connection that has
    waited longest for a request's head is closed for a new one. `on_turned_away` is told each reason once in
    a while.
    """

    def __init__(
        self,
        config: GuardConfig,
        on_turned_away: TurnedAway = lambda reason: None,
        files: float | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        files = open_files() if files is None else files
        self._most = int(min(files / 2, sys.maxsize))
        self._most_of_one = max(1, min(config.max_connections, self._most // 2))
        self._proxies = Proxies(config.proxies)
        self._on_turned_away = on_turned_away
        self._timer = timer
        self._told: dict[Reason, float] = {}
        # Whose each connection is; empty for a trusted proxy's.
        self._held: dict[Peer, str] = {}
        self._counts: Counter[str] = Counter()
        # What closes those that wait for a head; the one that has waited longest stands first.
        self._waiting: dict[Peer, Callable[[], object]] = {}

    def hold(self, peer: Peer) -> bool:
        """Take a place for a connection that has none; return whether it has one now."""
        if peer in self._held:
            return True
        client = self._client(peer)
        if client and self._counts[client] >= self._most_of_one:
            self.turn_away(Reason.ADDRESS_FULL)
            return False
        if len(self._held) >= self._most:
            self.turn_away(Reason.ALL_FULL)
            if not self._waiting:
                return False
            oldest = next(iter(self._waiting))
            close = self._waiting[oldest]
            self.release(oldest)
            close()
        self._held[peer] = client
        self._counts[client] += 1
        return True

    def release(self, peer: Peer) -> None:
        """Give the place of a connection back, if it has one."""
        self._waiting.pop(peer, None)
        client = self._held.pop(peer, None)
        if client is not None:
            self._counts[client] -= 1
            if not self._counts[client]:
                del self._counts[client]

    def wait_for_head(self, peer: Peer, close: Callable[[], object]) -> None:
        """Note that a connection waits for the head of a request; `close` closes it."""
        self._waiting[peer] = close

    def take_head(self, peer: Peer) -> None:
        """Note that the head has come."""
        self._waiting.pop(peer, None)

    def turn_away(self, reason: Reason) -> None:
        """Tell why connections are closed, unless that was told a short while ago."""
        now = self._timer()
        if now - self._told.get(reason, -TELL_SECONDS) >= TELL_SECONDS:
            self._told[reason] = now
            self._on_turned_away(reason)

    def _client(self, peer: Peer) -> str:
        address = str(peer[0])
        return "" if self._proxies.trusts(address) else client_of({"client": (address, 0)})
