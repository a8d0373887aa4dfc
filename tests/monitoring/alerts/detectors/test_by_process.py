"""Rules that are evaluated for each process by itself."""

from collections.abc import Iterable

import pytest

from monitoring.alerts.detectors.by_process import GONE_SECONDS, MAX_PROCESSES
from monitoring.alerts.observation import Observation
from tests.monitoring.alerts.helpers import engine_of, feed, observed, request, sample, short, told


def by(process: str, records: Iterable[Observation]) -> list[Observation]:
    """Return the records as written by a process."""
    return [seen._replace(process=process) for seen in records]


def mixed(*records: list[Observation]) -> list[Observation]:
    """Return records of several processes in the order of time."""
    return sorted((seen for each in records for seen in each), key=lambda seen: seen.time)


def test_a_healthy_process_does_not_hide_one_with_too_much_memory() -> None:
    """The alert fires, and is resolved when the sick one is well again."""
    engine = engine_of("memory_limit", limit_mb=2048, for_seconds=30, resolve_seconds=10)
    healthy = by("a", (sample(second, 800) for second in range(0, 200, 5)))
    sick = by("b", (sample(second, 2600 if second < 100 else 900) for second in range(1, 200, 5)))
    assert short(feed(engine, mixed(healthy, sick))) == [("fired", "system", 31), ("resolved", "system", 110)]


@pytest.mark.parametrize("order", ["fails first", "fails last"])
def test_a_healthy_process_does_not_hide_one_that_fails(order: str) -> None:
    """Failures in a row are those of one process; only its own success ends them."""
    engine = engine_of("failing_task", failures=3)
    late = 0.5 if order == "fails last" else -0.5
    healthy = by("a", (request(second) for second in range(10)))
    sick = by("b", (request(second + late, status="error") for second in range(1, 8)))
    assert short(feed(engine, mixed(healthy, sick))) == [("fired", "chat", 3 + late)]
    assert short(feed(engine, by("b", [request(20)]))) == [("resolved", "chat", 20)]


def test_failures_of_several_processes_are_not_in_a_row() -> None:
    """One each is no sign that a process is sick."""
    engine = engine_of("failing_task", failures=3)
    failures = [by(f"{number}", [request(number, status="error")])[0] for number in range(10)]
    assert feed(engine, failures) == []


def test_a_leak_is_found_between_the_samples_of_another_process() -> None:
    """Memory that jumps between the values of two processes is no growth; that of one is."""
    engine = engine_of("memory_growth", warmup_seconds=0)
    healthy = by("a", (sample(second, 500) for second in range(60)))
    leaking = by("b", (sample(second + 0.5, 1000 + 20 * second) for second in range(60)))
    assert [change.event for change in feed(engine, mixed(healthy, leaking))] == ["alert.fired"]
    other = engine_of("memory_growth", warmup_seconds=0)
    assert feed(other, mixed(healthy, by("c", (sample(second, 1900) for second in range(60))))) == []


def test_a_busy_process_does_not_let_another_ones_requests_back_up() -> None:
    """Busy cores and waiting requests belong together where they are of one process."""
    engine = engine_of("queue_backing_up", for_seconds=0)
    busy = by("a", (sample(second, cpu=200) for second in range(0, 30, 5)))
    waiting = by("b", (request(second, queue_wait_ms=5000.0) for second in range(0, 30, 5)))
    assert feed(engine, mixed(busy, waiting)) == []
    assert [change.event for change in feed(engine, by("a", waiting))] == ["alert.fired"]


@pytest.mark.parametrize(
    "end",
    [
        by("b", [observed(300, "app.stopped")])[0],
        told(300, "unexpected_end", ended_instance="b"),
        by("a", [sample(10 + GONE_SECONDS)])[0],
    ],
    ids=["stopped", "killed", "gone"],
)
def test_a_process_that_has_ended_is_sick_no_more(end: Observation) -> None:
    """The next record of another one ends its alert: nobody waits for what cannot come."""
    engine = engine_of("failing_task", failures=1)
    changes = feed(engine, by("b", [request(0, status="error")]) + by("a", [request(1)]))
    assert short(changes) == [("fired", "chat", 0)]
    last = by("a", [request(11 + GONE_SECONDS)])
    assert short(feed(engine, [end, *last])) == [("resolved", "chat", 11 + GONE_SECONDS)]


def test_a_process_without_requests_is_not_gone_while_it_samples() -> None:
    """Its failures are not forgotten because others are asked now."""
    engine = engine_of("failing_task", failures=1)
    idle = by("b", [request(0, status="error"), *(sample(second) for second in range(1, 3000, 50))])
    busy = by("a", (request(second) for second in range(1, 3000, 10)))
    assert short(feed(engine, mixed(idle, busy))) == [("fired", "chat", 0)]


def test_endless_processes_are_not_all_watched() -> None:
    """Memory is bounded in a log with endless processes."""
    engine = engine_of("failing_task", failures=1)
    feed(engine, (by(f"{n}", [request(n / 100, status="error")])[0] for n in range(3 * MAX_PROCESSES)))
    (detector,) = engine._detectors
    assert len(detector._detectors) == MAX_PROCESSES  # type: ignore[attr-defined]
    assert len(detector._bad["chat"]) == MAX_PROCESSES  # type: ignore[attr-defined]
