"""The conversations that the app remembers: bounded in bytes, and shared fairly among the visitors."""

import sys
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal

from ui.chat.turn import Turn

MAX_BYTES = 64 << 20  # of all conversations
MAX_CONVERSATION_BYTES = 256 << 10
MAX_TURNS = 50  # of one conversation; a model with a context of 4,096 tokens reads fewer
IDLE_SECONDS = 12 * 3600.0  # without a message
# A page whose connection is lost looks the same as one that was closed: the computer may only be asleep, and
# the page goes on where it was when it wakes up.
LEFT_SECONDS = 2 * 3600.0
PURGE_SECONDS = 60.0  # between two searches for conversations whose time is over
OBJECT_BYTES = 2048  # of a turn beside its texts: the turn itself, its outcomes and their counters

MAX_RATINGS = 3  # of one reply that are recorded: the first one, and two changes of mind

Rating = Literal["like", "dislike"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """The turns of one session that are still known, oldest first."""

    turns: tuple[Turn, ...] = ()
    is_cut: bool = False  # whether older turns were left out


@dataclass(slots=True, eq=False)
class _KeptTurn:
    turn: Turn
    nbytes: int
    rating: Rating | None = None
    ratings: int = 0  # how many were noted


@dataclass(slots=True, eq=False)
class _Kept:
    """One conversation; `client` is who its bytes are counted for."""

    client: str
    used: float  # the moment of the last message
    left: float | None = None  # the moment when its page was closed or lost
    turns: deque[_KeptTurn] = field(default_factory=deque)
    nbytes: int = 0
    is_cut: bool = False


class Conversations:
    """Keep the conversation of each session that has an answered turn; safe to use from any thread.

    A conversation that grows beyond its bounds loses its oldest turns. Where all of them are too large, the
    client that holds the most bytes loses its least recently used conversation: so nobody can push out others
    by opening many sessions.
    """

    def __init__(
        self,
        max_bytes: int = MAX_BYTES,
        max_conversation_bytes: int = MAX_CONVERSATION_BYTES,
        max_turns: int = MAX_TURNS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._max_bytes = max_bytes
        self._max_conversation_bytes = max_conversation_bytes
        self._max_turns = max_turns
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()  # by session, the least recently used first
        self._held: Counter[str] = Counter()  # bytes by client
        self._next_purge = clock() + PURGE_SECONDS

    @property
    def nbytes(self) -> int:
        """The bytes of all conversations."""
        with self._lock:
            return self._held.total()

    def of(self, session: str | None) -> Conversation:
        """Return what is known of a session's conversation; an empty one where nothing is."""
        with self._lock:
            kept = self._find(session)
            return _seen(kept) if kept is not None else Conversation()

    def append(self, session: str | None, client: str | None, turn: Turn) -> Conversation:
        """Add a turn that has ended to the conversation of a session; return the conversation.

        Its bytes count for `client`, the address of the visitor. Without a session nothing is kept.
        """
        if session is None:
            return Conversation((turn,))
        _free_frames(turn)
        with self._lock:
            now = self._clock()
            self._purge(now)
            kept = self._find(session) or _Kept("", now)
            self._forget(session)
            kept.client, kept.used, kept.left = client or "", now, None
            self._add(kept, _KeptTurn(turn, _weight(turn)))
            self._remember(session, kept)
            self._make_room()
            return _seen(kept)

    def rate(self, session: str | None, request_id: str, rating: Rating) -> bool:
        """Note the rating of a turn; return whether it is new.

        It is not where the turn has it already, was rated too often, or is not known.
        """
        with self._lock:
            kept = self._find(session)
            for each in kept.turns if kept is not None else ():
                if each.turn.request_id == request_id:
                    is_new = rating != each.rating and each.ratings < MAX_RATINGS
                    if is_new:
                        each.rating = rating
                        each.ratings += 1
                    return is_new
        return False

    def clear(self, session: str | None) -> None:
        """Forget the conversation of a session."""
        with self._lock:
            if session is not None:
                self._forget(session)

    def on_leave(self, session: str | None) -> None:
        """Note that the page of a session was closed or lost: its conversation goes, unless it comes back."""
        with self._lock:
            if (kept := self._find(session)) is not None:
                kept.left = self._clock()

    def _find(self, session: str | None) -> _Kept | None:
        kept = self._kept.get(session) if session is not None else None
        return kept if kept is not None and not _is_over(kept, self._clock()) else None

    def _add(self, kept: _Kept, turn: _KeptTurn) -> None:
        """Add a turn, and leave out the oldest ones that are too many; the newest one always stays."""
        kept.turns.append(turn)
        kept.nbytes += turn.nbytes
        while len(kept.turns) > 1 and (
            len(kept.turns) > self._max_turns or kept.nbytes > self._max_conversation_bytes
        ):
            kept.nbytes -= kept.turns.popleft().nbytes
            kept.is_cut = True

    def _remember(self, session: str, kept: _Kept) -> None:
        self._kept[session] = kept
        self._held[kept.client] += _held_bytes(session, kept)

    def _forget(self, session: str) -> None:
        if (kept := self._kept.pop(session, None)) is None:
            return
        self._held[kept.client] -= _held_bytes(session, kept)
        if not self._held[kept.client]:
            del self._held[kept.client]

    def _make_room(self) -> None:
        while self._held.total() > self._max_bytes:
            ((heaviest, _),) = self._held.most_common(1)
            self._forget(next(session for session, kept in self._kept.items() if kept.client == heaviest))

    def _purge(self, now: float) -> None:
        """Forget what nobody has used for long; this looks at all conversations, so not each time."""
        if now < self._next_purge:
            return
        self._next_purge = now + PURGE_SECONDS
        for session in [session for session, kept in self._kept.items() if _is_over(kept, now)]:
            self._forget(session)


def _seen(kept: _Kept) -> Conversation:
    return Conversation(tuple(each.turn for each in kept.turns), kept.is_cut)


def _is_over(kept: _Kept, now: float) -> bool:
    has_left = kept.left is not None and now - kept.left > LEFT_SECONDS
    return has_left or now - kept.used > IDLE_SECONDS


def _held_bytes(session: str, kept: _Kept) -> int:
    return sys.getsizeof(session) + kept.nbytes


def _weight(turn: Turn) -> int:
    """Return the bytes that a turn holds; the characters of a text take 1 to 4 each."""
    texts = [turn.message, *(outcome.text for outcome in turn.outcomes.values())]
    return OBJECT_BYTES + sum(map(sys.getsizeof, texts))


def _free_frames(turn: Turn) -> None:
    """Cut the tracebacks off the errors of a turn: their frames would keep prompts and tensors alive."""
    for outcome in turn.outcomes.values():
        if (error := outcome.error) is not None:
            error.__traceback__ = error.__cause__ = error.__context__ = None
