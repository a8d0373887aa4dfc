"""The watchdog: records that do not come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.alerts.observation import Observation
from tests.monitoring.alerts.helpers import engine_of, feed, firing, observed, request, sample, short, told
from tests.monitoring.helpers import MOMENT


def test_without_samples_the_watchdog_fires_once() -> None:
    """A minute after the last look at the machine it fires, and stays at that."""
    engine = engine_of("silent", samples_seconds=60)
    assert feed(engine, [sample(0), sample(5)]) == []
    assert engine.advance(MOMENT + 64.9) == []
    (change,) = engine.advance(MOMENT + 1000)
    assert short([change]) == [("fired", "system", 65)]
    assert (change.value, change.limit, change.level) == (60, 60, "ERROR")
    assert engine.advance(MOMENT + 100_000) == []


def test_the_next_record_resolves_it_and_tells_how_long_it_was() -> None:
    """The resolved alert's value is the whole silence."""
    engine = engine_of("silent", samples_seconds=60)
    fired, resolved = feed(engine, [sample(0), sample(500)])
    assert short([fired, resolved]) == [("fired", "system", 60), ("resolved", "system", 500)]
    assert resolved.value == 500


def test_it_is_resolved_when_it_was_gone_for_long_enough() -> None:
    """`resolve_seconds` count from the record that ended the silence."""
    engine = engine_of("silent", samples_seconds=60, resolve_seconds=20)
    records = [sample(0), *(sample(second) for second in range(500, 600, 5))]
    assert short(feed(engine, records)) == [("fired", "system", 60), ("resolved", "system", 520)]


def test_requests_are_watched_only_where_that_is_wanted() -> None:
    """Nobody must use the app: silence of requests is off at first, and on with a time."""
    quiet = [request(0), *(sample(second) for second in range(0, 900, 5))]
    assert feed(engine_of("silent"), quiet) == []
    assert short(feed(engine_of("silent", requests_seconds=300), quiet)) == [("fired", "requests", 300)]


def test_zero_turns_it_off() -> None:
    """Without a time for either, no silence is too long."""
    engine = engine_of("silent", requests_seconds=0, samples_seconds=0)
    assert feed(engine, [request(0), sample(1)]) + engine.advance(MOMENT + 1e6) == []


def test_a_log_without_samples_is_not_silent() -> None:
    """The first record arms it: what was never there is not missed."""
    engine = engine_of("silent", samples_seconds=60)
    assert feed(engine, [request(second) for second in range(0, 1000, 10)]) == []


@pytest.mark.parametrize("task", ["requests", "system"])
def test_each_silence_is_noticed_after_the_other(task: str) -> None:
    """While one kind of record is missing, the other kind may begin to be missing, too."""
    engine = engine_of("silent", requests_seconds=30, samples_seconds=60)
    lasting = request if task == "system" else sample
    feed(engine, [request(0), sample(0), *(lasting(second) for second in range(1, 600))])
    assert {name for _, name in firing(engine)} == {task}
    engine.advance(MOMENT + 1200)
    assert firing(engine) == {("silent", "requests"), ("silent", "system")}


def test_a_stop_disarms_it() -> None:
    """An app that was stopped is silent by right, and what was silent before is over."""
    engine = engine_of("silent", samples_seconds=60)
    assert feed(engine, [sample(0), observed(10, "app.stopped")]) + engine.advance(MOMENT + 1e6) == []
    records = [sample(2_000_000), observed(2_000_100, "app.stopped")]
    assert short(feed(engine, records)) == [
        ("fired", "system", 2_000_060),
        ("resolved", "system", 2_000_100),
    ]


def test_a_fault_must_last_here_too() -> None:
    """With `for_seconds` the alert comes so much later, and not at all when records come meanwhile."""
    engine = engine_of("silent", samples_seconds=60, for_seconds=30)
    assert feed(engine, [sample(0), sample(80)]) == []
    assert short(engine.advance(MOMENT + 1000)) == [("fired", "system", 170)]


@given(st.lists(st.floats(0.05, 40), max_size=20), st.floats(0, 5))
def test_how_often_time_is_told_does_not_matter(pauses: list[float], first: float) -> None:
    """The watchdog fires at the same moment, however often, and whenever, somebody looks at the clock."""
    rare = engine_of("silent", samples_seconds=60)
    often = engine_of("silent", samples_seconds=60)
    for engine in (rare, often):
        engine.on_record(sample(first))
    expected = rare.advance(MOMENT + 2000)
    assert [change.event for change in expected] == ["alert.fired"]
    found, now = [], MOMENT + first
    for pause in pauses:
        now += pause
        found += often.advance(now)
    assert [*found, *often.advance(MOMENT + 2000)] == expected


def started(second: float, process: str) -> Observation:
    """Return the record of a start that names its instance."""
    return told(second, "app.started", instance=process)._replace(process=process)


def samples(process: str, *seconds: float) -> list[Observation]:
    """Return a process's looks at the machine."""
    return [sample(second)._replace(process=process) for second in seconds]


def test_a_process_that_hangs_is_missed_beside_another_one() -> None:
    """A log that goes on does not hide it; when it goes on itself, the whole silence is told."""
    engine = engine_of("silent", samples_seconds=60)
    both = [started(0, "a"), started(0, "b"), *samples("a", 5), *samples("b", 5)]
    alone = samples("b", *range(10, 200, 5))
    assert short(feed(engine, [*both, *alone])) == [("fired", "system", 65)]
    (resolved,) = feed(engine, samples("a", 205))
    assert (short([resolved]), resolved.value) == ([("resolved", "system", 205)], 200)


@pytest.mark.parametrize("end", ["app.stopped", "unexpected_end"])
def test_a_process_that_has_ended_is_not_missed(end: str) -> None:
    """Whether it stopped or was killed; of one whose silence was told, that is over."""
    last = {
        "app.stopped": observed(200, end, process="a"),
        "unexpected_end": told(200, end, ended_instance="a"),
    }[end]
    engine = engine_of("silent", samples_seconds=60)
    both = [started(0, "a"), started(0, "b"), *samples("a", 5)]
    changes = feed(
        engine, [*both, *samples("b", *range(10, 200, 5)), last, *samples("b", *range(205, 900, 5))]
    )
    assert short(changes) == [("fired", "system", 65), ("resolved", "system", 200)]


def test_a_script_that_ends_is_not_missed() -> None:
    """What writes samples without having told a start may end without a word."""
    engine = engine_of("silent", samples_seconds=60)
    script = samples("script", 10, 15, 20)
    app = [started(0, "a"), *samples("a", *range(5, 300, 5))]
    assert feed(engine, sorted([*app, *script], key=lambda seen: seen.time)) == []
