"""Whose turn it is: clients take turns, the operator comes first, and a visitor cannot fill all places."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from itertools import count

from cachetools import LRUCache
from starlette.requests import Request

from ui.roles import Role, role_of

# Of so many clients it is known when they had their last turn.
KNOWN_CLIENTS = 1024


class BusyError(Exception):
    """So much is being worked on that somebody is refused; asking again later helps."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for something that is worked on: a client's address, and in which role."""

    client: str
    role: Role

    @classmethod
    def of(cls, request: Request) -> "Asker":
        """Return who sends a request."""
        return cls(request.client.host if request.client else "", role_of(request.scope))


@dataclass(frozen=True, slots=True, eq=False)
class _Ticket:
    """Somebody who waits; `turn` is done once there is a place, and cancelled where nobody wants it."""

    asker: Asker
    turn: asyncio.Future[None]


class Turns:
    """A number of places; whoever finds none waits for its turn, unless too many wait already.

    A free place goes to an operator, else to the client that had its turn longest ago; to the one that
    waits longest where several had none. Used by the coroutines of one event loop.
    """

    def __init__(self, most: int, most_waiting: int, wait_seconds: float, per_visitor: int) -> None:
        """`most_waiting` counts for each role; a visitor waits and has places `per_visitor` times at most."""
        self._free = most
        self._most_waiting = most_waiting
        self._wait_seconds = wait_seconds
        self._per_visitor = per_visitor
        self._taken: Counter[Asker] = Counter()  # places, and waiting for one
        self._waiting: list[_Ticket] = []  # who waits longest comes first
        self._last_turns: LRUCache[Asker, int] = LRUCache(KNOWN_CLIENTS)
        self._numbers = count(1)

    async def enter(self, asker: Asker) -> None:
        """Take a place; `leave()` gives it back.

        Raises:
            BusyError: the visitor has as many as it may have, too many wait, or none became free in time.
        """
        if self._is_refused(asker):
            raise BusyError
        ticket = _Ticket(asker, asyncio.get_running_loop().create_future())
        self._taken[asker] += 1
        self._waiting.append(ticket)
        self._hand_out()
        try:
            async with asyncio.timeout(self._wait_seconds):
                await ticket.turn
        except TimeoutError:
            self._give_up(ticket)
            raise BusyError from None
        except asyncio.CancelledError:
            self._give_up(ticket)
            raise

    def leave(self, asker: Asker) -> None:
        """Give a place back."""
        self._forget(asker)
        self._free += 1
        self._hand_out()

    def _is_refused(self, asker: Asker) -> bool:
        if asker.role is Role.VISITOR and self._taken[asker] >= self._per_visitor:
            return True
        waiting = sum(ticket.asker.role is asker.role for ticket in self._waiting)
        return not self._free and waiting >= self._most_waiting

    def _hand_out(self) -> None:
        """Give each free place to whose turn it is."""
        while self._free and self._waiting:
            ticket = min(self._waiting, key=self._rank)
            self._waiting.remove(ticket)
            # Whoever was told to stop waiting has not given up yet, and needs no place.
            if not ticket.turn.cancelled():
                ticket.turn.set_result(None)
                self._last_turns[ticket.asker] = next(self._numbers)
                self._free -= 1

    def _rank(self, ticket: _Ticket) -> tuple[bool, int]:
        return ticket.asker.role is Role.VISITOR, self._last_turns.get(ticket.asker, 0)

    def _give_up(self, ticket: _Ticket) -> None:
        """Stop waiting; a place that was there in the same moment goes to the next one."""
        if ticket in self._waiting:
            self._waiting.remove(ticket)
        if ticket.turn.cancelled():
            self._forget(ticket.asker)
        else:
            self.leave(ticket.asker)

    def _forget(self, asker: Asker) -> None:
        self._taken[asker] -= 1
        if not self._taken[asker]:
            del self._taken[asker]
