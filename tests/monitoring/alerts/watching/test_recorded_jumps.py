"""Jumps of the clock that a log tells of, and records of a wrong clock."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from monitoring.alerts.observation import Observation
from monitoring.alerts.watching.recorded_jumps import MAX_HELD, with_jumps
from tests.monitoring.alerts.helpers import observed, sample
from tests.monitoring.helpers import MOMENT


def notice(second: float, seconds: float) -> Observation:
    """Return the record that tells of a jump."""
    return observed(second, "log", fields={"clock_jump_s": seconds})


def seconds_and_jumps(*records: Observation) -> list[tuple[float, float]]:
    """Return the second of each record, and the jump before it."""
    return [(dated.seen.time - MOMENT, dated.jump) for dated in with_jumps(records)]


def test_a_jump_stands_before_the_first_record_of_the_new_time() -> None:
    """Not only before the record that tells of it."""
    records = (sample(0), sample(3), sample(3605), sample(3606), notice(3606.5, 3600.0), sample(3610))
    assert seconds_and_jumps(*records) == [(0, 0), (3, 0), (3605, 3600), (3606, 0), (3606.5, 0), (3610, 0)]


def test_a_record_of_a_wrong_clock_gets_the_time_of_the_one_before() -> None:
    """Whether its clock is ahead or behind; several one after the other, too."""
    for wrong in (86_400.0, -86_400.0):
        records = (sample(0), sample(3), sample(wrong), sample(wrong + 1), sample(4))
        assert seconds_and_jumps(*records) == [(0, 0), (3, 0), (3, 0), (3, 0), (4, 0)]


def test_a_leap_that_stays_is_one() -> None:
    """Without a record that tells of a jump, the time is what the records say."""
    records = [sample(0), *(sample(3600 + number) for number in range(30))]
    assert seconds_and_jumps(*records) == [(record.time - MOMENT, 0) for record in records]


def test_a_bounded_number_of_records_is_held_back() -> None:
    """Also where all of them have the same time."""
    taken: list[Observation] = []

    def records() -> Iterator[Observation]:
        for record in (sample(0), *(sample(3600) for _ in range(3 * MAX_HELD))):
            taken.append(record)
            yield record

    found = with_jumps(records())
    next(found)
    next(found)
    assert len(taken) <= MAX_HELD + 3


TIMES = st.one_of(st.floats(0, 100), st.floats(-1e9, 1e9), st.sampled_from([0.0, 3600.0, 3605.0]))


@given(st.lists(st.tuples(TIMES, st.one_of(st.none(), st.floats(-1e9, 1e9)))))
def test_no_record_is_lost_or_doubled(times: list[tuple[float, float | None]]) -> None:
    """Whatever times they have and whatever they tell, all records come in their order."""
    records = [
        observed(second, request_id=str(number), fields={} if jump is None else {"clock_jump_s": jump})
        for number, (second, jump) in enumerate(times)
    ]
    assert [dated.seen.request_id for dated in with_jumps(records)] == [each.request_id for each in records]
