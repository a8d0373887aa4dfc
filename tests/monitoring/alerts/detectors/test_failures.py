"""Requests that fail, and records that are lost."""

import pytest

from monitoring.alerts.detectors.base import MAX_RECENT
from monitoring.alerts.observation import Observation
from tests.monitoring.alerts.helpers import engine_of, feed, firing, observed, request, short
from tests.monitoring.helpers import MOMENT


def ends(*statuses: str, task: str = "chat", start: int = 0) -> list[Observation]:
    """Return requests a second apart that ended so."""
    return [request(second, task, status=status) for second, status in enumerate(statuses, start)]


def test_failures_in_a_row_fire() -> None:
    """The third one fires, names all three, and the level is that of an error."""
    (change,) = feed(engine_of("failing_task"), ends("ok", "error", "error", "error", "error"))
    assert short([change]) == [("fired", "chat", 3)]
    assert (change.value, change.limit, change.level) == (3, 3, "ERROR")
    assert change.requests == ("r1", "r2", "r3")


@pytest.mark.parametrize(
    "records",
    [
        ends("error", "error"),
        ends("error", "error", "ok", "error", "error"),
        ends(*["cancelled", "rejected"] * 10),
        [*ends("error", "error"), *ends("error", "error", task="sentiment", start=2)],
    ],
)
def test_what_are_no_failures_in_a_row(records: list[Observation]) -> None:
    """Too few, a good one in between, cancelled and rejected ones, and those of another task are not."""
    assert feed(engine_of("failing_task"), records) == []


def test_cancelled_and_rejected_do_not_interrupt_a_row() -> None:
    """They say nothing of the model, neither that it fails nor that it works."""
    records = ends("error", "cancelled", "error", "rejected", "error")
    assert short(feed(engine_of("failing_task"), records)) == [("fired", "chat", 4)]


def test_one_good_request_resolves_a_failing_task() -> None:
    """Time alone does not, and the resolved alert tells how many had failed."""
    engine = engine_of("failing_task")
    feed(engine, ends(*["error"] * 5))
    assert engine.advance(MOMENT + 3600) == []
    assert feed(engine, ends("cancelled", task="chat", start=3601)) == []
    (change,) = feed(engine, ends("ok", start=3602))
    assert short([change]) == [("resolved", "chat", 3602)]
    assert (change.value, change.requests) == (5, ("r0", "r1", "r2", "r3", "r4"))


def test_a_share_of_failures_fires() -> None:
    """Two of ten are more than a tenth."""
    (change,) = feed(engine_of("error_rate"), ends(*["ok"] * 8, "error", "error"))
    assert short([change]) == [("fired", "chat", 9)]
    assert (change.value, change.limit, change.measure) == (0.2, 0.1, "share of failures")
    assert change.requests == ("r8", "r9")


@pytest.mark.parametrize(
    "records",
    [
        ends(*["error"] * 9),  # too few to say
        ends(*["ok"] * 9, "error"),  # at the limit
        ends(*["ok"] * 9, *["cancelled", "rejected"] * 20),
        [request(40 * second, status="error") for second in range(20)],  # never ten within 300 s
        [*ends(*["ok"] * 30), *ends(*["error"] * 9, task="sentiment", start=30)],
    ],
)
def test_what_is_no_share_of_failures(records: list[Observation]) -> None:
    """Too few, a share at the limit, cancelled and rejected ones, and those of another task do not fire."""
    assert feed(engine_of("error_rate"), records) == []


def test_a_share_of_failures_is_resolved_below_half_of_the_limit() -> None:
    """Between half of the limit and the limit the alert goes on."""
    engine = engine_of("error_rate", resolve_seconds=0)
    assert len(feed(engine, ends(*["ok"] * 8, "error", "error"))) == 1
    assert feed(engine, ends(*["ok"] * 29, start=10)) == []  # 2 of 39
    assert short(feed(engine, ends("ok", start=39))) == [("resolved", "chat", 39)]  # 2 of 40


def test_failures_age() -> None:
    """Without further requests a share of failures is resolved when the window has passed."""
    engine = engine_of("error_rate", window_seconds=300, resolve_seconds=30)
    feed(engine, ends(*["error"] * 10))
    assert firing(engine) == {("error_rate", "chat")}
    assert short(engine.advance(MOMENT + 900)) == [("resolved", "chat", 330)]


def test_only_failures_of_the_window_are_named() -> None:
    """An alert does not name requests that failed hours before it."""
    engine = engine_of("error_rate", window_seconds=300)
    old = [*ends(*["ok"] * 60), *ends("error", "error", start=60)]
    new = ends(*["ok"] * 8, "error", "error", start=5000)
    (change,) = feed(engine, [*old, *new])
    assert change.requests == ("r5008", "r5009")


def test_a_busy_window_is_bounded() -> None:
    """Of endless traffic the newest requests count, and their share is right."""
    engine = engine_of("error_rate", resolve_seconds=0)
    failed = [request(second / 100, status="error") for second in range(MAX_RECENT)]
    fine = [request(30 + second / 100) for second in range(MAX_RECENT)]
    assert [change.event for change in feed(engine, [*failed, *fine])] == ["alert.fired", "alert.resolved"]


def test_lost_records_fire_until_none_were_lost_for_a_while() -> None:
    """`log.dropped` fires with their number, again prolongs it, and a minute without ends it."""
    engine = engine_of("log_dropped", resolve_seconds=60)
    lost = [observed(second, "log.dropped", dropped=10.0 + second) for second in (0, 30)]
    (change,) = feed(engine, lost)
    assert (change.event, change.value, change.level) == ("alert.fired", 10, "ERROR")
    (change,) = engine.advance(MOMENT + 100)
    assert (*short([change]), change.value) == (("resolved", "system", 90), 40)


def test_a_record_of_the_log_itself_is_no_request() -> None:
    """Nothing is lost where no record says so."""
    assert feed(engine_of("log_dropped"), [request(0), observed(1, "resource.sample", dropped=5.0)]) == []


def test_a_task_may_have_its_own_number_of_failures() -> None:
    """The limit of `[failing_task.tasks.<task>]` goes first, for that task alone."""
    engine = engine_of("failing_task", tasks={"embed": {"failures": 2}})
    failures = [
        request(second, task, status="error") for second in range(3) for task in ("embed", "translate")
    ]
    assert [(change.task, change.value) for change in feed(engine, failures)] == [
        ("embed", 2),
        ("translate", 3),
    ]


def test_a_task_may_have_its_own_error_rate() -> None:
    """The limits of `[error_rate.tasks.<task>]` go first, for that task alone."""
    engine = engine_of("error_rate", tasks={"embed": {"share": 0.9, "requests": 4}})
    endings = ("ok", "error") * 20
    records = [
        request(second, task, status=status)
        for second, status in enumerate(endings)
        for task in ("embed", "translate")
    ]
    assert [change.task for change in feed(engine, records)] == ["translate"]
    failures = [request(100 + second, "embed", status="error") for second in range(400)]
    fired = [change.task for change in feed(engine, failures) if change.event == "alert.fired"]
    assert fired == ["embed"]
