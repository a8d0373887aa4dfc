"""The capacity: demands out of a log of overlapping requests, and what the model can take."""

import numpy as np
import pytest

from monitoring.capacity import (
    LEAST_MESSAGES,
    Capacity,
    Demands,
    demands,
    estimate,
    memory_full_at,
    shared_seconds,
    simulate,
)
from monitoring.limits import Limits
from monitoring.stretch import Stretch
from tests.monitoring.chart_helpers import stretch_of
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import MOMENT, Record, a_record

MANY = 10**6  # places: nobody waits for one


def needs_of(count: int, sentiment: float = 0.25, prefill: float = 0.2, decode: float = 2.0) -> Demands:
    """Return messages of these mean demands, all different, the same ones each time."""
    dice = np.random.default_rng(3)
    parts = [mean * dice.uniform(0.5, 1.5, count) for mean in (sentiment, prefill, decode)]
    return Demands(parts[0], parts[1], parts[2], np.zeros(count))


def records_of(begin: float, sentiment: tuple[float, float], chat: tuple[float, ...]) -> list[Record]:
    """Return a message's records; moments in s: sentiment (runs, ends), chat (runs, first token, ends)."""
    identity = f"{int(begin * 1e6):032x}"
    runs, said = sentiment
    starts, first, ends = chat
    return [
        a_record(
            said,
            task_type="sentiment",
            request_id=identity,
            response_time_ms=(said - begin) * 1000,
            queue_wait_ms=(runs - begin) * 1000,
        ),
        a_record(
            ends,
            request_id=identity,
            response_time_ms=(ends - said) * 1000,
            queue_wait_ms=(starts - said) * 1000,
            ttft_ms=(first - begin) * 1000,
            output_tokens=11,
        ),
    ]


def by_small_slices(needs: Demands, arrivals: np.ndarray) -> list[Record]:
    """Return the log of an engine that serves these messages in slices of a millisecond, each in turn."""
    slice_s = 0.001
    records: list[tuple[float, list[Record]]] = []
    clock = 0.0
    coming = list(range(len(needs)))
    urgent: list[int] = []
    turns: list[int] = []
    marks: dict[int, list[float]] = {}  # sentiment runs, ends; chat runs, first token, ends
    remaining = needs.decode.copy()
    while len(records) < len(needs):
        while coming and arrivals[coming[0]] <= clock:
            urgent.append(coming.pop(0))
        if urgent:
            message = urgent.pop()
            marks[message] = [clock, clock + needs.sentiment[message]]
            clock += needs.sentiment[message]
            turns.append(message)
        elif turns:
            message = turns.pop(0)
            if len(marks[message]) == 2:
                marks[message] += [clock, clock + needs.prefill[message]]
                clock += needs.prefill[message]
                turns.append(message)
                continue
            clock += min(slice_s, remaining[message])
            remaining[message] -= slice_s
            if remaining[message] > 0:
                turns.append(message)
            else:
                runs, said, *chat = *marks[message], clock
                records.append(
                    (clock, records_of(float(arrivals[message]), (runs, said), tuple(map(float, chat))))
                )
        else:
            clock = float(arrivals[coming[0]])
    return [record for _, both in records for record in both]


def messages(count: int, every: float = 5.0) -> list[Record]:
    """Return messages that come one after the other: 0.3 s of sentiment, 0.2 s of prefill, 2 s of decode."""
    return [
        record
        for start in (every * number for number in range(count))
        for record in records_of(start, (start, start + 0.3), (start + 0.3, start + 0.5, start + 2.5))
    ]


def test_who_runs_alone_needs_its_time() -> None:
    """Intervals that do not overlap are their own lengths, in any order."""
    begin, end = np.array([10.0, 0, 5]), np.array([12.0, 3, 6])
    assert shared_seconds(begin, end) == pytest.approx([2, 3, 1])


def test_shared_time_is_shared() -> None:
    """Two at once get half of the model each: by hand, 1 s alone, 2 s of a half, 3 s alone."""
    assert shared_seconds(np.array([0.0, 1]), np.array([3.0, 6])) == pytest.approx([2, 4])


def test_nothing_is_served_while_the_model_is_held() -> None:
    """A step that is not interrupted takes its time from those that share."""
    begin, end = np.array([0.0, 0]), np.array([4.0, 4])
    assert shared_seconds(begin, end, np.array([1.0]), np.array([3.0])) == pytest.approx([1, 1])


def test_demands_of_one_message_are_its_phases() -> None:
    """Without others, what a message needs is what it took, without its waits."""
    found = demands(frame_of(*records_of(1.0, (1.1, 1.4), (1.5, 1.7, 3.7))))
    parts = (found.sentiment, found.prefill, found.decode, found.token)
    assert [part.tolist() for part in parts] == [
        pytest.approx([value], abs=2e-6) for value in (0.3, 0.2, 2.0, 0.2)
    ]


def test_demands_come_back_from_an_overlapping_log() -> None:
    """What an engine that serves in turns was given is found in the log that it leaves."""
    needs = needs_of(60)
    arrivals = np.cumsum(np.random.default_rng(5).exponential(3.0, 60))
    log = by_small_slices(needs, arrivals)
    found = demands(frame_of(*log))
    times = {record["request_id"]: record for record in log if record["task_type"] == "chat"}
    order = [f"{int(float(moment) * 1e6):032x}" for moment in arrivals]
    places = [order.index(name) for name in times]
    took = np.array([record["response_time_ms"] / 1000 for record in times.values()])
    assert (took > 1.5 * needs.total[places]).sum() > 15  # many did not run alone
    assert found.sentiment == pytest.approx(needs.sentiment[places], abs=0.005)
    assert found.prefill == pytest.approx(needs.prefill[places], abs=0.005)
    assert found.decode == pytest.approx(needs.decode[places], abs=0.02)


def test_unpaired_tasks_are_no_message() -> None:
    """A chat without its sentiment has no demand of its own, but what ran counts as running."""
    (said, chat), (_, other) = (
        records_of(start, (start, start), (start, start, 2.0)) for start in (0.0, 1.0)
    )
    refused = a_record(0.5, task_type="sentiment", status="rejected", request_id="9" * 32)
    found = demands(frame_of(said, refused, chat, other))
    assert found.decode == pytest.approx([1.5], abs=0.002)
    assert len(demands(frame_of())) == 0


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
def test_the_simulation_agrees_with_theory(load: float) -> None:
    """With decode alone it is an M/G/1-PS queue, whose mean time is E[S] / (1 - load), whatever S is."""
    count = 40_000
    dice = np.random.default_rng(11)
    seconds = dice.gamma(2, 0.5, count)
    none = np.zeros(count)
    arrivals = np.cumsum(dice.exponential(seconds.mean() / load, count))
    *_, done = simulate(Demands(none, none, seconds, none), arrivals, MANY)
    assert done.mean() == pytest.approx(seconds.mean() / (1 - load), rel=0.08)


def test_one_place_is_a_line() -> None:
    """With one place it is an M/D/1 queue, whose mean wait is load * S / (2 (1 - load))."""
    count, load = 40_000, 0.6
    ones, none = np.ones(count), np.zeros(count)
    arrivals = np.cumsum(np.random.default_rng(2).exponential(1 / load, count))
    _, first, done = simulate(Demands(none, none, ones, none), arrivals, most_active=1)
    assert first.mean() == pytest.approx(load / (2 * (1 - load)), rel=0.08)
    assert done == pytest.approx(first + 1)


def test_a_sentiment_goes_first_and_stops_nothing() -> None:
    """By hand: the second sentiment waits for the first prefill's end, and holds both chats' tokens up."""
    two = np.ones(2)
    said, first, done = simulate(Demands(two, two, 2 * two, 0.5 * two), np.array([0.0, 1.5]))
    assert said.tolist() == [1.0, 1.5]
    assert first.tolist() == [2.0, pytest.approx(2.5 + 0.5)]  # the other chat's token first
    assert done.tolist() == [pytest.approx(8.0), pytest.approx(6.5)]


def test_too_few_messages_tell_nothing() -> None:
    """Below the least number there is a reason instead of a rate; with it there is a rate."""
    few = estimate(stretch_of(*messages(LEAST_MESSAGES - 1)))
    assert (few.per_minute, few.headroom, few.reason) == (None, None, "few_messages")
    assert (few.messages, len(few.rates)) == (LEAST_MESSAGES - 1, 0)
    enough = estimate(stretch_of(*messages(LEAST_MESSAGES)))
    assert (enough.messages, enough.reason) == (LEAST_MESSAGES, "")
    assert enough.per_minute is not None


def test_nothing_at_all_tells_nothing() -> None:
    """An empty stretch has no rate and no memory, and raises nothing."""
    found = estimate(stretch_of())
    assert (found.per_minute, found.now_per_minute, found.memory_full_at) == (None, 0.0, None)


@pytest.mark.parametrize("time", [0.0, -1000.0, None])
def test_senseless_times_are_no_demand(time: float | None) -> None:
    """Messages that took no time, less, or nobody knows how much, tell nothing and raise nothing."""
    records = [{**record, "response_time_ms": time, "queue_wait_ms": 0.0} for record in messages(30)]
    assert estimate(stretch_of(*records)).reason == "few_messages"


def known(found: Capacity) -> float:
    """Return the rate that is predicted."""
    assert found.per_minute is not None
    return found.per_minute


def test_the_capacity_is_where_the_curve_crosses_the_limit() -> None:
    """The curves rise, and the rate lies between the last point within the limits and the first beyond."""
    found = estimate(stretch_of(*messages(30)))
    for curve in (found.sentiment_ms, found.ttft_ms):
        assert (np.diff(curve) >= 0).all()
    fits = (found.sentiment_ms <= Limits().sentiment_ms) & (found.ttft_ms <= Limits().ttft_ms)
    assert found.rates[fits][-1] <= known(found) <= found.rates[~fits][0]
    assert found.rates[-1] == pytest.approx(1.05 * 60 / 2.5, rel=0.01)  # 2.5 s a message


def test_the_rate_of_now_is_that_of_the_newest_minutes() -> None:
    """Of messages in the first half of ten minutes it is none, where the time ends with them all."""
    records = messages(30)
    assert estimate(stretch_of(*records)).headroom == 1
    found = estimate(stretch_of(*records, until=240))
    assert found.now_per_minute == pytest.approx(30 / 4)
    assert found.headroom == pytest.approx(1 - 30 / 4 / known(found))


def test_the_same_records_give_the_same_answer() -> None:
    """The simulation's chance is seeded."""
    stretch = stretch_of(*messages(30))
    one, two = estimate(stretch), estimate(stretch)
    assert one.per_minute == two.per_minute
    assert one.ttft_ms.tolist() == two.ttft_ms.tolist()


def test_limits_decide() -> None:
    """Tighter limits allow less, ones that cannot be kept nothing, endless ones what the curve shows."""
    stretch = stretch_of(*messages(30))
    tight = known(estimate(stretch, Limits(ttft_ms=1000)))
    assert 0 < tight < known(estimate(stretch)) < known(estimate(stretch, Limits(ttft_ms=10_000)))
    impossible = estimate(stretch, Limits(ttft_ms=400))
    assert (impossible.per_minute, impossible.headroom) == (0.0, None)
    endless = estimate(stretch, Limits(sentiment_ms=1e9, ttft_ms=1e9))
    assert known(endless) == pytest.approx(endless.rates[-1])


def memory(*values: float) -> Stretch:
    """Return a stretch with these values, MiB, one in each span of ten seconds."""
    return stretch_of(*(a_record(10 * place + 5, memory_usage_mb=mb) for place, mb in enumerate(values)))


def test_memory_that_grows_will_be_full() -> None:
    """1 MiB more every ten seconds, 959 at last: 1,000 are reached 410 s later; a peak is nothing."""
    values = [900.0 + span for span in range(60)]
    values[20] = 5000
    assert memory_full_at(memory(*values).all, 1000) == pytest.approx(MOMENT + 595 + 410)


@pytest.mark.parametrize(
    "values",
    [
        [900.0] * 60,
        [900.0 - span for span in range(60)],
        [900.0 + 0.1 * span for span in range(60)],  # less than a hundredth: noise
        [900.0 + 10 * min(span, 25) for span in range(60)],  # a start, and then nothing
        [900.0, 950, 1000],  # too short
    ],
)
def test_memory_that_does_not_grow_is_never_full(values: list[float]) -> None:
    """No slope, one that is noise, one that has ended and one of too short a time tell nothing."""
    assert memory_full_at(memory(*values).all, 1000) is None


def test_memory_over_its_limit_is_full_now() -> None:
    """The moment is never before the last known one."""
    values = [900.0 + span for span in range(60)]
    assert memory_full_at(memory(*values).all, 800) == pytest.approx(MOMENT + 595)
