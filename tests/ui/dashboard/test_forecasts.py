"""The forecasts of the views, each kept for a minute."""

import pytest

from monitoring.analysis.limits import Limits
from monitoring.analysis.time_range import TimeRange
from tests.monitoring.capacity.message_records import messages
from tests.monitoring.charts.helpers import time_range_of
from ui.dashboard.forecasts import KEPT_SECONDS, MAX_KEPT, Forecasts

MAX_ACTIVE = 4


@pytest.fixture(scope="module")
def busy() -> TimeRange:
    """Return a time range with enough messages."""
    return time_range_of(*messages(30))


def test_a_forecast_is_kept_for_a_minute(busy: TimeRange) -> None:
    """During a minute the forecast stays the same, though records have come; then a new one is made."""
    moments = [0.0]
    forecasts, more = Forecasts(MAX_ACTIVE, lambda: moments[-1]), time_range_of(*messages(40))
    first = forecasts.of("view", busy, Limits())
    assert first.messages == 30
    moments.append(KEPT_SECONDS - 0.1)
    assert forecasts.of("view", more, Limits()) is first
    moments.append(KEPT_SECONDS)
    assert forecasts.of("view", more, Limits()).messages == 40


def test_each_view_and_each_limit_has_its_own(busy: TimeRange) -> None:
    """Another time range, or rules that were changed, are not answered with what was kept."""
    forecasts = Forecasts(MAX_ACTIVE)
    first = forecasts.of("view", busy, Limits())
    assert forecasts.of("another", busy, Limits()) is not first
    strict = forecasts.of("view", busy, Limits(ttft_ms=600))
    assert strict.per_minute is not None
    assert first.per_minute is not None
    assert strict.per_minute < first.per_minute


def test_too_few_messages_are_not_kept() -> None:
    """A forecast without a result is not kept: the next one may have enough messages."""
    forecasts = Forecasts(MAX_ACTIVE)
    assert forecasts.of("view", time_range_of(), Limits()).reason == "few_messages"
    assert forecasts.of("view", time_range_of(*messages(30)), Limits()).reason == ""


def test_only_some_views_are_kept(busy: TimeRange) -> None:
    """The oldest is given up when there are too many."""
    forecasts = Forecasts(MAX_ACTIVE)
    first = forecasts.of(0, time_range_of(*messages(30)), Limits())
    for number in range(1, MAX_KEPT + 1):
        forecasts.of(number, busy, Limits())
    assert forecasts.of(0, busy, Limits()) is not first
