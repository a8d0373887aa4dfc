"""The state machine of one rule and one task."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.alerts.condition import Change, Condition
from monitoring.alerts.rule import Rule
from monitoring.alerts.signal import MAX_REQUESTS, Signal

BAD = Signal("chat", True, "p95, ms", 3000, 2000)
FINE = Signal("chat", False)
NEARLY_FINE = Signal("chat", False, clears=False)


def condition(**said: float) -> Condition:
    """Return a condition of a rule that says these seconds."""
    return Condition("slow_task", "chat", Rule(**said))  # type: ignore[arg-type]


def run(tested: Condition, *steps: tuple[float, Signal]) -> list[tuple[str, float]]:
    """Return what moments and signals change, and when."""
    changes = (tested.update(now, signal) for now, signal in steps)
    return [(change.event, change.time) for change in changes if change is not None]


def fired(tested: Condition, *steps: tuple[float, Signal]) -> Change:
    """Return the change that the last step makes."""
    change = None
    for now, signal in steps:
        change = tested.update(now, signal)
    assert change is not None
    return change


def test_an_alert_fires_once_and_is_resolved_once() -> None:
    """A fault that goes on is one alert, and what is fine changes nothing."""
    steps = [(0.0, FINE), (1.0, BAD), (2.0, BAD), (3.0, BAD), (4.0, FINE), (5.0, FINE)]
    assert run(condition(), *steps) == [("alert.fired", 1), ("alert.resolved", 4)]


def test_a_fault_must_last_for_seconds() -> None:
    """One that ends before does not fire, and one that comes again begins anew."""
    tested = condition(for_seconds=10)
    assert run(tested, (0, BAD), (9.9, BAD), (9.95, FINE), (10, BAD), (19.9, BAD)) == []
    assert tested.state == "pending"
    change = tested.update(20, BAD)
    assert change is not None
    assert (change.event, change.since, change.time) == ("alert.fired", 10, 20)


def test_it_must_be_gone_for_resolve_seconds() -> None:
    """A fault that comes back before then keeps the alert, and the wait begins anew."""
    tested = condition(resolve_seconds=10)
    steps = [(0.0, BAD), (9.9, FINE), (9.95, BAD), (19.9, FINE), (19.95, FINE)]
    assert run(tested, *steps) == [("alert.fired", 0), ("alert.resolved", 19.95)]


def test_a_value_just_below_the_limit_does_not_resolve() -> None:
    """Hysteresis: between the limit and the share of it at which it clears, the alert goes on."""
    tested = condition(resolve_seconds=5)
    assert run(tested, (0, BAD), (10, NEARLY_FINE), (14, FINE)) == [("alert.fired", 0)]
    assert run(tested, (15, FINE)) == [("alert.resolved", 15)]


def test_a_value_just_below_the_limit_is_not_pending() -> None:
    """What has not fired yet needs no hysteresis."""
    tested = condition(for_seconds=5)
    assert run(tested, (0, BAD), (3, NEARLY_FINE), (5, BAD), (9, BAD)) == []


def test_after_an_alert_there_is_a_cooldown() -> None:
    """The fault that returns meanwhile fires when the time is over, if it lasts until then."""
    tested = condition(cooldown_seconds=60)
    assert run(tested, (0, BAD), (1, FINE), (2, BAD), (60.9, BAD)) == [
        ("alert.fired", 0),
        ("alert.resolved", 1),
    ]
    change = tested.update(61, BAD)
    assert change is not None
    assert (change.event, change.since) == ("alert.fired", 2)


@pytest.mark.parametrize(("until", "silenced"), [(9.9, False), (10, False), (10.1, True)])
def test_a_silenced_alert_fires_but_says_so(until: float, silenced: bool) -> None:
    """Until a moment, who is told of alerts is not told of this one; it is a change all the same."""
    tested = condition()
    tested.silenced_until = until
    assert fired(tested, (10, BAD)).is_silenced is silenced


@pytest.mark.parametrize(
    ("values", "limit", "worst"),
    [((3.0, 9.0, 4.0), 2.0, 9.0), ((1.5, 0.25, 1.0), 2.0, 0.25), ((math.nan, 3.0, 2.5), 2.0, 3.0)],
)
def test_the_worst_value_is_told(values: tuple[float, ...], limit: float, worst: float) -> None:
    """The value of an alert is the one that is furthest from the limit, above or below it."""
    steps = [(float(second), Signal("chat", True, "m", value, limit)) for second, value in enumerate(values)]
    change = fired(condition(), *steps, (9, FINE))
    assert (change.event, change.value, change.limit, change.measure) == ("alert.resolved", worst, limit, "m")


def test_an_alert_names_its_newest_requests_once() -> None:
    """Ids are in the order in which they came, each once, as many as are allowed."""
    tested = condition(for_seconds=1)
    steps = [
        (float(second), BAD._replace(requests=(str(second), str(second + 1))))
        for second in range(MAX_REQUESTS)
    ]
    assert fired(tested, *steps[:2]).requests == ("0", "1", "2")
    assert fired(tested, *steps[2:], (99, FINE)).requests == tuple(
        str(number) for number in range(1, MAX_REQUESTS + 1)
    )


def test_requests_without_an_id_are_not_named() -> None:
    """A log that tells no ids gives alerts without any, and not with empty ones."""
    assert fired(condition(), (0, BAD._replace(requests=("", "a", "")))).requests == ("a",)


def test_the_next_alert_knows_nothing_of_the_one_before() -> None:
    """Value and requests are those since the fault began."""
    tested = condition()
    fired(tested, (0, BAD._replace(value=9000, requests=("old",))), (1, FINE), (2, BAD))
    assert (tested.value, list(tested.requests)) == (3000, [])


def test_a_condition_is_taken_over_as_the_log_tells() -> None:
    """What fired before a restart does not fire again, and is resolved; the cooldown goes on, too."""
    tested = condition(resolve_seconds=10, cooldown_seconds=60)
    tested.restore(True, 90, 100)
    assert (tested.state, tested.since) == ("firing", 90)
    assert run(tested, (105, BAD), (114, FINE), (115, FINE)) == [("alert.resolved", 115)]
    tested.restore(False, 90, 120)
    assert run(tested, (121, BAD), (179, BAD), (180, BAD)) == [("alert.fired", 180)]


signals = st.tuples(st.floats(0, 100), st.sampled_from([BAD, FINE, NEARLY_FINE]))
seconds = st.floats(0, 150)


@given(st.lists(signals, max_size=80), seconds, seconds, seconds)
def test_alerts_alternate_and_keep_their_times(
    steps: list[tuple[float, Signal]], lasts: float, gone: float, cooldown: float
) -> None:
    """No alert fires twice without being resolved between; each wait is as long as the rule says."""
    tested = condition(for_seconds=lasts, resolve_seconds=gone, cooldown_seconds=cooldown)
    now, last, resolved = 0.0, -math.inf, -math.inf  # the last moment at which it was not gone
    since: float | None = None
    events: list[str] = []
    for pause, signal in steps:
        now += pause
        if signal.is_bad:
            since = now if since is None else since
        elif not events or events[-1] != "alert.fired":
            since = None
        change = tested.update(now, signal)
        if change is not None:
            events.append(change.event)
        if change is not None and change.event == "alert.fired":
            assert signal.is_bad
            assert change.since == since
            assert now - change.since >= lasts
            assert now - resolved >= cooldown
        elif change is not None:
            assert signal is FINE
            assert now - last >= gone
            resolved, since = now, None
        elif events and events[-1] == "alert.fired":
            assert signal is not FINE or now - last < gone
        if signal is not FINE:
            last = now
    assert events == (["alert.fired", "alert.resolved"] * len(events))[: len(events)]
