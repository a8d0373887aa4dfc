"""Who reads results: a reply that nobody reads must not take the model's time."""

import threading
from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import Protocol

from cachetools import TTLCache

# A page opens its stream right after it has sent a message; a client of the API may take a moment longer.
GRACE_SECONDS = 10.0
MAX_KEYS = 10_000  # open streams that are known; a further one is not noted, so its reply ends early


LATE_BACKLOG = 20  # results that wait for a reader who is a little late
MAX_BACKLOG = 300  # results that wait for a reader: 20 s of a fast reply


class Results(Protocol):
    """What waits for the readers."""

    def session_of(self, key: str) -> str:
        """Return the session of an event; what is not an event is a session itself."""

    def backlog(self, session: str) -> int:
        """Return the number of results that were not sent to their reader yet."""


class Readers:
    """Count the open streams of results by session; safe to use from any thread.

    The key of a stream is what its address holds: a session, or one event of it. Whoever reads one event gets
    all results of the session. `results` is set when the page is there.
    """

    def __init__(
        self,
        grace_seconds: float = GRACE_SECONDS,
        clock: Callable[[], float] = monotonic,
        max_keys: int = MAX_KEYS,
    ) -> None:
        self.results: Results | None = None
        self._grace_seconds = grace_seconds
        self._clock = clock
        self._max_keys = max_keys
        self._lock = threading.Lock()
        # The session and the number of open streams of each key: an event's session is known only at first.
        self._sessions: dict[str, str] = {}
        self._streams: Counter[str] = Counter()
        self._open: Counter[str] = Counter()  # by session
        # The moment when the last stream of a session was closed. After the grace it says nothing any more.
        self._closed: TTLCache[str, float] = TTLCache(max_keys, grace_seconds, clock)

    def now(self) -> float:
        """Return this moment, in s."""
        return self._clock()

    def opened(self, key: str) -> None:
        """Note that somebody has opened the stream of a session or of an event."""
        with self._lock:
            if key not in self._sessions:
                if len(self._sessions) >= self._max_keys:
                    return
                self._sessions[key] = key if self.results is None else self.results.session_of(key)
            self._streams[key] += 1
            self._open[self._sessions[key]] += 1

    def closed(self, key: str) -> None:
        """Note that a stream was closed; call it once for each call of `opened()`."""
        with self._lock:
            if (session := self._sessions.get(key)) is None:
                return
            _take_one(self._streams, key)
            _take_one(self._open, session)
            if key not in self._streams:
                del self._sessions[key]
            if session not in self._open:
                self._closed[session] = self._clock()

    def is_read(self, session: str) -> bool:
        """Tell whether somebody reads the results of a session."""
        with self._lock:
            return session in self._open

    def keeps_up(self, session: str) -> bool:
        """Tell whether somebody reads the results of a session about as fast as they come."""
        return self.is_read(session) and self._backlog(session) <= LATE_BACKLOG

    def is_behind(self, session: str) -> bool:
        """Tell whether more results wait for the readers of a session than a reader leaves unread."""
        return self._backlog(session) > MAX_BACKLOG

    def is_gone(self, session: str, since: float) -> bool:
        """Tell whether nobody takes the results of a session, which may have begun at the moment `since`.

        So it is where nobody has read them for the grace, and where the readers are far behind.
        """
        if self.is_behind(session):
            return True
        with self._lock:
            if session in self._open:
                return False
            last = max(since, self._closed.get(session, since))
            return self._clock() - last > self._grace_seconds

    def _backlog(self, session: str) -> int:
        return 0 if self.results is None else self.results.backlog(session)


def _take_one(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]
