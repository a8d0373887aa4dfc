"""Whose turn it is: each client's in turn, the operator's first, and nobody's for ever."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.requests import Request

from ui.dashboard.endpoints.turns import KNOWN_CLIENTS, Asker, BusyError, Turns
from ui.roles import Role, set_role

SOON = 20.0  # more than anything here takes
ONE, TWO, THREE = (Asker(f"192.0.2.{number}", Role.VISITOR) for number in (1, 2, 3))
OPERATOR = Asker(ONE.client, Role.OPERATOR)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end; the browser of another test may have a loop in this thread."""
    with ThreadPoolExecutor(1) as executor:
        executor.submit(asyncio.run, work).result()


class Queue:
    """Askers who wait for turns, and the order in which they get them; each leaves when it is told so."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.entered: list[Asker] = []

    async def ask(self, *askers: Asker) -> list[asyncio.Task[None]]:
        """Let askers wait, in this order."""
        tasks = [asyncio.create_task(self._enter(asker)) for asker in askers]
        await asyncio.sleep(0)  # Each of them runs until it waits.
        return tasks

    async def _enter(self, asker: Asker) -> None:
        await self.turns.enter(asker)
        self.entered.append(asker)

    async def leave_all(self) -> list[Asker]:
        """Let one after the other leave until nobody is left; return all in the order of their turns."""
        left = 0
        while left < len(self.entered):
            self.turns.leave(self.entered[left])
            left += 1
            await asyncio.sleep(0)  # Who has the turn now goes on.
        return self.entered


def turns(most: int = 1, most_waiting: int = 64, wait_seconds: float = SOON, per_visitor: int = 3) -> Turns:
    """Return turns as the dashboard has them, with one place."""
    return Turns(most, most_waiting, wait_seconds, per_visitor)


def order_of(*askers: Asker, per_visitor: int = 3) -> list[Asker]:
    """Return in which order askers get the one place who all came while the first one had it."""
    found: list[Asker] = []

    async def trial() -> None:
        queue = Queue(turns(per_visitor=per_visitor))
        await queue.ask(*askers)
        found.extend(await queue.leave_all())

    run(trial())
    return found


def test_clients_take_turns() -> None:
    """The next one is of the client that had its turn longest ago, whoever came first."""
    asked = [ONE, ONE, ONE, TWO, TWO, TWO, THREE]
    assert order_of(*asked) == [ONE, TWO, THREE, ONE, TWO, ONE, TWO]


def test_of_clients_without_a_turn_the_first_one_comes_first() -> None:
    """Clients that each ask once are served in the order in which they came."""
    many = [Asker(str(number), Role.VISITOR) for number in range(20)]
    assert order_of(*many) == many


def test_many_of_one_client_are_behind_one_of_another() -> None:
    """However many one client has waiting, another client's is the next."""
    assert order_of(*[ONE] * 50, TWO, per_visitor=50) == [ONE, TWO, *[ONE] * 49]


def test_the_operator_comes_before_all_visitors() -> None:
    """All that operators ask for is done before anything of a visitor who waits."""
    asked = [ONE, TWO, THREE, OPERATOR, OPERATOR, OPERATOR, OPERATOR]
    assert order_of(*asked) == [ONE, *[OPERATOR] * 4, TWO, THREE]


def test_a_client_that_comes_back_is_behind_those_who_had_no_turn() -> None:
    """Leaving and asking again gains nothing: the last turn is remembered."""

    async def trial() -> None:
        queue = Queue(turns())
        await queue.ask(ONE)
        await queue.leave_all()
        queue.entered.clear()
        await queue.ask(TWO, ONE, THREE)
        assert await queue.leave_all() == [TWO, THREE, ONE]

    run(trial())


def test_the_fourth_of_a_visitor_is_refused() -> None:
    """A visitor has three, running and waiting together; one that ends makes room for another."""

    async def trial() -> None:
        queue = Queue(turns(most=2))
        await queue.ask(ONE, ONE, ONE)
        for _ in range(2):
            with pytest.raises(BusyError):
                await queue.turns.enter(ONE)
        queue.turns.leave(ONE)
        await queue.ask(ONE)
        with pytest.raises(BusyError):
            await queue.turns.enter(ONE)

    run(trial())


def test_others_and_the_operator_are_not_refused_with_a_visitor() -> None:
    """While a visitor has its three, others may ask, and an operator at its address as often as they want."""
    asked = [ONE, ONE, ONE, TWO, *[OPERATOR] * 10]
    assert len(order_of(*asked)) == len(asked)


def test_visitors_do_not_take_the_operators_places() -> None:
    """With as many visitors waiting as may wait, another is refused, and as many operators may still wait."""

    async def trial() -> None:
        queue = Queue(turns(most_waiting=2))
        await queue.ask(THREE, ONE, TWO)
        with pytest.raises(BusyError):
            await queue.turns.enter(Asker("192.0.2.4", Role.VISITOR))
        await queue.ask(OPERATOR, OPERATOR)
        with pytest.raises(BusyError):
            await queue.turns.enter(OPERATOR)
        assert await queue.leave_all() == [THREE, OPERATOR, OPERATOR, ONE, TWO]

    run(trial())


def test_a_place_that_is_left_is_free() -> None:
    """Places are taken and given back; with all of them taken and nobody allowed to wait, one is refused."""

    async def trial() -> None:
        places = turns(most=2, most_waiting=0)
        await places.enter(ONE)
        await places.enter(ONE)
        with pytest.raises(BusyError):
            await places.enter(ONE)
        places.leave(ONE)
        await places.enter(TWO)

    run(trial())


def test_who_stops_waiting_has_no_place_and_costs_none() -> None:
    """A reader who is gone while waiting is passed over, and does not count as one of the client's three."""

    async def trial() -> None:
        queue = Queue(turns())
        *_, second, third = await queue.ask(ONE, TWO, TWO)
        second.cancel()
        third.cancel()
        queue.turns.leave(ONE)  # while the two are told so
        for _ in range(3):
            await asyncio.wait_for(queue.turns.enter(TWO), SOON)
            queue.turns.leave(TWO)
        assert second.cancelled()
        assert third.cancelled()

    run(trial())


def test_a_turn_that_comes_too_late_goes_to_the_next() -> None:
    """Who is cancelled in the moment of the own turn hands the place on."""

    async def trial() -> None:
        queue = Queue(turns())
        *_, second, third = await queue.ask(ONE, TWO, THREE)
        queue.turns.leave(ONE)  # It is TWO's turn.
        second.cancel()
        await third
        assert queue.entered == [ONE, THREE]

    run(trial())


def test_who_waits_too_long_is_refused_and_costs_nothing() -> None:
    """After the time is over, a visitor may ask as often as before, and gets the place once it is free."""

    async def trial() -> None:
        places = turns(wait_seconds=0.001)
        await places.enter(ONE)
        for _ in range(5):
            with pytest.raises(BusyError):
                await places.enter(TWO)
        places.leave(ONE)
        await places.enter(TWO)

    run(trial())


def test_what_is_known_of_clients_is_bounded() -> None:
    """Endless addresses leave nothing but the newest turns, and no places taken."""

    async def trial() -> None:
        places = turns()
        for number in range(2 * KNOWN_CLIENTS):
            asker = Asker(str(number), Role.VISITOR)
            await places.enter(asker)
            places.leave(asker)
        assert len(places._last_turns) == KNOWN_CLIENTS
        assert not places._taken

    run(trial())


def test_who_asks_is_told_by_the_request() -> None:
    """The client is the address that the guard has set, the role the one that it has found."""
    scope: dict[str, Any] = {"type": "http", "client": ("192.0.2.1", 0), "headers": []}
    assert Asker.of(Request(scope)) == ONE
    set_role(scope, Role.OPERATOR)
    assert Asker.of(Request(scope)) == OPERATOR
    assert Asker.of(Request({"type": "http", "headers": []})) == Asker("", Role.VISITOR)
