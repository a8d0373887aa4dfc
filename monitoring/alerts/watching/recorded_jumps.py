"""Jumps of the clock in a log that was written before, and records in it that are dated wrong."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from monitoring.alerts.observation import CLOCK_JUMP, Observation
from monitoring.alerts.watching.clock_jumps import LEAST_SECONDS
from monitoring.record.mapping import number

# The record that tells of a jump comes within this time after it, in s, and within so many records.
TOLD_SECONDS = 10.0
MAX_HELD = 1000
# A record that is further than this from those before and after it was dated by a wrong clock, in s.
FAR_SECONDS = 60.0
# The longest time between two records that is taken for a part of the jump between them, in s.
MAX_BETWEEN_SECONDS = 600.0


class Dated(NamedTuple):
    """A record, and by how many seconds the clock jumped just before it."""

    seen: Observation
    jump: float


def with_jumps(records: Iterable[Observation]) -> Iterator[Dated]:
    """Yield records in their order with the jumps of the clock that the log tells of.

    A record from which the time returns at once was dated by a wrong clock: it gets the time of the record
    before it. Records after a leap of the time are held back until it is known which of both it was; in a log
    that tells of no jump, the time is what the records say.
    """
    before: float | None = None  # the time of the record before those that are held
    held: list[Observation] = []
    for seen in records:
        if held and before is not None and _returns(before, held, seen.time):
            yield from (Dated(each._replace(time=before), 0.0) for each in held)
            held = []
        elif held and not _may_be_told(held, seen.time):
            yield from (Dated(each, 0.0) for each in held)
            before, held = held[-1].time, []
        if not held and (before is None or abs(seen.time - before) < LEAST_SECONDS):
            yield Dated(seen, 0.0)
            before = seen.time
            continue
        held.append(seen)
        jump = number(seen.fields.get(CLOCK_JUMP))
        if before is not None and jump is not None and _is_told(held[0].time - before, jump):
            yield Dated(held[0], jump)
            yield from (Dated(each, 0.0) for each in held[1:])
            before, held = seen.time, []
    yield from (Dated(each, 0.0) for each in held)


def _returns(before: float, held: list[Observation], now: float) -> bool:
    """Tell whether the time returns from the held records to where it was before them."""
    first, last = held[0].time, held[-1].time
    if first > before:
        return before - FAR_SECONDS <= now < min(first, last) - FAR_SECONDS
    return first < before - FAR_SECONDS <= now and now - last >= FAR_SECONDS


def _may_be_told(held: list[Observation], now: float) -> bool:
    """Tell whether a record may still be about the leap before the held ones."""
    is_soon = abs(now - held[-1].time) < TOLD_SECONDS and now - held[0].time < TOLD_SECONDS
    return is_soon and len(held) < MAX_HELD


def _is_told(leap: float, jump: float) -> bool:
    """Tell whether a leap of the time between two records is a jump of the clock and little more."""
    return -LEAST_SECONDS <= leap - jump <= MAX_BETWEEN_SECONDS
