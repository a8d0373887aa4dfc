"""Answers that shift against those before them."""

import math
from collections.abc import Iterator
from typing import Any

import pytest

from monitoring.alerts.observation import Observation
from tests.monitoring.alerts.helpers import engine_of, feed, request

PAST = 200


def labels(count: int, negative: float, start: int = 0, confidence: float = 0.9) -> Iterator[Observation]:
    """Yield sentiments of which a share is negative, evenly spread."""
    for number in range(start, start + count):
        is_negative = int((number + 1) * negative) > int(number * negative)
        told = confidence + 0.05 * math.sin(number)
        yield request(number, "sentiment", label="负面" if is_negative else "正面", confidence=told)


def replies(*kinds: dict[str, Any], start: int = 0) -> list[Observation]:
    """Return replies of ten tokens that say nothing twice, changed by `kinds`."""
    return [
        request(second, **{"output_tokens": 10.0, "repetition": 0.0, **kind})
        for second, kind in enumerate(kinds, start)
    ]


EMPTY, ENDLESS, GOOD = {"output_tokens": 0.0}, {"repetition": 0.5}, {"repetition": 0.49}


def test_a_share_of_a_label_that_shifts_fires_and_is_resolved() -> None:
    """From three in ten to nine in ten negative is an alert; the usual mix again ends it."""
    engine = engine_of("quality")
    assert feed(engine, labels(PAST, 0.3)) == []
    (fired,) = feed(engine, labels(40, 0.9, start=PAST))
    assert (fired.event, fired.task, fired.level) == ("alert.fired", "sentiment", "WARNING")
    assert fired.measure.startswith("shift of share of ")
    assert fired.value > fired.limit == 6
    assert len(fired.requests) == 5
    events = [change.event for change in feed(engine, labels(200, 0.3, start=PAST + 40))]
    assert events == ["alert.resolved"]


def test_a_confidence_that_falls_fires() -> None:
    """The labels are as before, but the model is no longer sure of them."""
    engine = engine_of("quality")
    feed(engine, labels(PAST, 0.3))
    (change,) = feed(engine, labels(40, 0.3, start=PAST, confidence=0.6))
    assert change.measure == "shift of confidence, standard errors"


def test_a_label_that_was_never_there_before_fires() -> None:
    """What takes the place of the known labels is seen by their shares."""
    engine = engine_of("quality")
    feed(engine, labels(PAST, 0.0))
    new = [each._replace(label="中性") for each in labels(40, 0.0, start=PAST)]
    assert [change.event for change in feed(engine, new)] == ["alert.fired"]


def test_the_usual_mix_does_not_fire() -> None:
    """A thousand sentiments of a steady mix, in whatever order, are no shift."""
    assert feed(engine_of("quality"), labels(1000, 0.37)) == []


def test_too_little_past_does_not_judge() -> None:
    """Before a hundred older answers stand behind the recent ones nothing is compared."""
    engine = engine_of("quality", recent=40, least_baseline=100)
    records = [*labels(90, 0.0), *labels(49, 1.0, start=90)]
    assert feed(engine, records) == []


@pytest.mark.parametrize("status", ["error", "cancelled", "rejected"])
def test_only_good_ends_are_judged(status: str) -> None:
    """A failed request has no label and no reply that would say something."""
    engine = engine_of("quality")
    feed(engine, labels(PAST, 0.3))
    shifted = [each._replace(status=status) for each in labels(40, 1.0, start=PAST)]
    assert feed(engine, shifted) == []
    assert feed(engine, replies(*[EMPTY | {"status": status}] * 40, start=900)) == []


@pytest.mark.parametrize("bad", [EMPTY, ENDLESS])
def test_bad_replies_fire_from_a_share_on(bad: dict[str, float]) -> None:
    """Six of twenty that are empty, or repeat themselves without end, are enough; five are not."""
    assert feed(engine_of("quality"), replies(*[GOOD] * 15, *[bad] * 5)) == []
    (change,) = feed(engine_of("quality"), replies(*[GOOD] * 14, *[bad] * 6))
    assert (change.task, change.value, change.limit) == ("chat", 0.3, 0.3)
    assert change.requests == ("r15", "r16", "r17", "r18", "r19")


def test_few_replies_do_not_fire() -> None:
    """At least half of what is recent must be there."""
    assert feed(engine_of("quality"), replies(*[EMPTY] * 19)) == []


def test_replies_that_are_good_again_resolve() -> None:
    """The share is one of the newest forty, and the alert ends a minute after it was too high."""
    engine = engine_of("quality", resolve_seconds=60)
    feed(engine, replies(*[EMPTY] * 20))
    (change,) = feed(engine, replies(*[GOOD] * 200, start=20))
    assert change.event == "alert.resolved"
    # of forty, twelve are bad until second 47; the last that is too many is that of second 47
    assert change.requests == ("r15", "r16", "r17", "r18", "r19")


def test_only_recent_bad_replies_are_named() -> None:
    """An alert does not name replies that have left the recent ones."""
    engine = engine_of("quality", recent=4)
    records = replies(*[GOOD] * 3, EMPTY, *[GOOD] * 10, *[EMPTY] * 2)
    (change,) = feed(engine, records)
    assert change.requests == ("r14", "r15")


def test_a_reply_of_which_nothing_is_told_is_not_bad() -> None:
    """A log without tokens and repetition says nothing about its replies."""
    assert feed(engine_of("quality"), [request(second) for second in range(100)]) == []


@pytest.mark.parametrize("odd", [1e308, -1e308, 1e16, math.nan])
def test_an_odd_confidence_does_not_blind_it(odd: float) -> None:
    """Confidences that are none are left out, and a shift after them is seen."""
    engine = engine_of("quality")
    feed(engine, labels(PAST, 0.3))
    broken = [request(PAST + number, "sentiment", label="正面", confidence=odd) for number in range(3)]
    assert feed(engine, broken) == []
    assert len(feed(engine, labels(40, 1.0, start=PAST + 3))) == 1


def test_each_task_has_its_own_past() -> None:
    """Labels of another task neither shift the shares of a task nor hide that they shift."""
    engine = engine_of("quality")
    languages = [each._replace(task_type="language", label="zh") for each in labels(PAST, 0.0)]
    both = [each for pair in zip(labels(PAST, 0.3), languages, strict=True) for each in pair]
    assert feed(engine, both) == []
    english = [each._replace(task_type="language", label="en") for each in labels(40, 0.0, start=PAST)]
    assert [change.task for change in feed(engine, english)] == ["language"]


def test_a_task_that_never_writes_has_no_empty_replies() -> None:
    """An embedding has no tokens, and is not an empty reply; a reply of any task that writes is."""
    engine = engine_of("quality")
    assert feed(engine, [request(second, "embed", output_tokens=0.0) for second in range(100)]) == []
    written = [request(100, "translate", output_tokens=5.0)]
    empty = [request(101 + second, "translate", output_tokens=0.0) for second in range(100)]
    assert [change.task for change in feed(engine, written + empty)] == ["translate"]
