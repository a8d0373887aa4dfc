"""Places for messages: who finds none is refused before anything is computed for the message."""

import threading

from inference.errors import ClientBusy, EngineBusy, SessionBusy
from inference.types import Caller

MAX_PER_SESSION = 2  # the page sends one message at a time, and a stopped one may still be on its way out
NEWCOMERS = 8  # the last one of so many places is kept for clients that have none yet


class Places:
    """The places of all messages that run or wait; safe to use from any thread."""

    def __init__(self, total: int, per_client: int) -> None:
        self._total = total
        self._per_client = per_client
        self._taken: list[Caller] = []
        self._lock = threading.Lock()

    def take(self, caller: Caller, parts: int = 1) -> "Place":
        """Return a place for a message of so many parts.

        Raises:
            SessionBusy: the session has as many places as it may have.
            ClientBusy: the client has.
            EngineBusy: all places are taken, or the last ones are kept for other clients.
        """
        with self._lock:
            if error := self._refusal(caller):
                raise error
            self._taken.append(caller)
        return Place(self, caller, parts)

    def give_back(self, caller: Caller) -> None:
        """Make a place free again."""
        with self._lock:
            self._taken.remove(caller)

    def _refusal(self, caller: Caller) -> Exception | None:
        free = self._total - len(self._taken)
        if caller.session is not None:
            of_session = sum(other.session == caller.session for other in self._taken)
            if of_session >= MAX_PER_SESSION:
                text = _too_many(f"{MAX_PER_SESSION} messages of this conversation")
                return SessionBusy(text, limit=MAX_PER_SESSION)
        if caller.client is not None:
            of_client = sum(other.client == caller.client for other in self._taken)
            if of_client >= self._per_client:
                return ClientBusy(_too_many(f"{of_client} messages from this address"), limit=of_client)
            if of_client and free <= self._total // NEWCOMERS:
                free = 0
        if free > 0:
            return None
        taken = len(self._taken)
        return EngineBusy(f"{taken} messages are being answered or wait already; try again in a moment")


class Place:
    """The place of one message; it is given back when each of its parts has ended."""

    def __init__(self, places: Places, caller: Caller, parts: int) -> None:
        self._places = places
        self._caller = caller
        self._parts = parts
        self._lock = threading.Lock()

    def end_part(self) -> None:
        """Note that one more part has ended."""
        with self._lock:
            self._parts -= 1
            is_last = self._parts == 0
        if is_last:
            self._places.give_back(self._caller)


def _too_many(what: str) -> str:
    return f"{what} are being answered or wait already: wait until one has ended"
