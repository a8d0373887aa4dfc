"""The replies that are still coming, so that they can be rated already."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ui.chat.conversations import Rating
from ui.chat.turn import Turn


@dataclass(slots=True, eq=False)
class RunningTurn:
    """A turn as it is so far; `rating` waits for its end."""

    turn: Turn
    rating: Rating | None = None


class RunningTurns:
    """Tell which turn is running in a session; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, RunningTurn] = {}

    @contextmanager
    def of_message(self, session: str | None, turn: Turn) -> Iterator[RunningTurn]:
        """Return a block in which a turn is running; of two in one session, the later one is found."""
        running = RunningTurn(turn)
        if session is None:
            yield running
            return
        with self._lock:
            self._running[session] = running
        try:
            yield running
        finally:
            with self._lock:
                if self._running.get(session) is running:
                    del self._running[session]

    def find(self, session: str | None) -> RunningTurn | None:
        """Return the turn that is running in a session."""
        with self._lock:
            return self._running.get(session) if session is not None else None
