"""The time range that a view means."""

import gzip

import pytest

from monitoring.analysis.filters import Filter
from monitoring.analysis.time_range import TimeRange
from monitoring.reading.sources import LIVE
from tests.monitoring.helpers import MOMENT, Record, a_record, refused_requests
from tests.ui.dashboard.helpers import NOW, OPERATOR, dashboard_of, live, view_of
from ui.dashboard.dashboard import Dashboard
from ui.texts.page import EN
from ui.view.address import AddressError
from ui.view.interval import Interval, resolve
from ui.view.state import RANGES, ViewState

HOUR, DAY = 3600.0, 86_400.0


def around(state: ViewState, *records: Record, now: float = NOW) -> Interval:
    """Return the interval of a view whose source holds the records."""
    return resolve(state, view_of(*records), now)


def is_whole(dashboard: Dashboard, query: str) -> bool:
    """Tell whether each part of a view can be shown."""
    body = dashboard.answer(query, frozenset(), OPERATOR)
    assert body is not None
    return EN["part_failed"].partition("{")[0] not in gzip.decompress(body).decode()


@pytest.mark.parametrize("name", RANGES)
def test_a_range_of_the_live_log_ends_now(name: str) -> None:
    """`1h` is the last hour, whenever the last record came."""
    assert around(ViewState(range=name), a_record(0)) == Interval(name, NOW - RANGES[name], NOW)


@pytest.mark.parametrize("name", RANGES)
def test_a_range_of_a_file_ends_with_it(name: str) -> None:
    """The last hour of a file is the one before its last record, which is part of it."""
    interval = around(ViewState(source="file:a.log", range=name), a_record(0), a_record(7.5))
    assert interval == Interval(name, MOMENT + 7.501 - RANGES[name], MOMENT + 7.501)


@pytest.mark.parametrize("source", [LIVE, "file:a.log"])
def test_all_reaches_from_the_first_to_the_last_record(source: str) -> None:
    """The order of the records does not matter, and the last one is inside."""
    interval = around(ViewState(source=source, range="all"), a_record(50), a_record(3), a_record(20))
    assert interval == Interval("all", MOMENT + 3, MOMENT + 50.001)


@pytest.mark.parametrize("first", ["000001", "000400", "000600", "000999"])
@pytest.mark.parametrize("last", ["000001", "000600", "000999"])
def test_no_record_falls_out_by_a_part_of_a_millisecond(first: str, last: str) -> None:
    """The oldest and the newest record of all are selected and counted, whatever their microseconds."""
    records = [
        a_record(timestamp=f"2023-11-14T22:13:20.{first}Z"),
        a_record(timestamp=f"2023-11-14T22:13:21.{last}Z"),
    ]
    view = view_of(*records)
    interval = resolve(ViewState(source="file:a.log", range="all"), view, NOW)
    assert interval == Interval("all", MOMENT, MOMENT + 1.001)
    assert len(TimeRange(view.frame, interval.since, interval.until).requests) == 2
    assert len(Filter(since=interval.since, until=interval.until).select(view.frame)) == 2


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (1.0, 2.0, (1.0, 2.0)),
        (None, 20.0, (3.0, 20.0)),
        (4.5, None, (4.5, 600.0)),
        (None, None, (3.0, 600.0)),
    ],
)
def test_an_own_range_is_taken_as_it_is(
    since: float | None, until: float | None, expected: tuple[float, float]
) -> None:
    """An end that is not given is the first record, or now."""
    state = ViewState(
        range="own",
        since=None if since is None else MOMENT + since,
        until=None if until is None else MOMENT + until,
    )
    interval = around(state, a_record(3), a_record(50))
    assert (interval.since - MOMENT, interval.until - MOMENT) == expected


def test_an_own_range_of_a_file_ends_with_its_last_record() -> None:
    """Without an end, a file's own range reaches to its last record."""
    state = ViewState(source="file:a.log", range="own", since=MOMENT)
    assert around(state, a_record(3), a_record(50)).until == MOMENT + 50.001


@pytest.mark.parametrize(
    ("age", "expected"), [(60, "1h"), (HOUR, "1h"), (HOUR + 1, "24h"), (2 * DAY, "7d"), (8 * DAY, "all")]
)
def test_without_a_range_the_shortest_with_requests_is_taken(age: float, expected: str) -> None:
    """An hour, a day, a week, or everything: whatever is long enough for a request to be in it."""
    interval = around(ViewState(), a_record(600 - age))
    assert interval.range == expected
    assert interval.since <= NOW - age < interval.until


def test_samples_alone_are_no_reason_for_a_range() -> None:
    """Resource samples of now do not hide that the last request was yesterday."""
    sample = a_record(599, event="resource.sample", task_type="system", response_time_ms=None)
    assert around(ViewState(), a_record(-DAY / 2), sample).range == "24h"
    assert around(ViewState(), sample).range == "1h"


def test_refused_requests_are_a_reason_for_a_range() -> None:
    """Where the last hour holds nothing but a count of refused requests, it is shown."""
    assert around(ViewState(), a_record(-DAY / 2), refused_requests(599, 9)).range == "1h"
    assert around(ViewState(), a_record(-DAY / 2), refused_requests(599, 0)).range == "24h"


def test_a_file_finds_its_range_from_its_end() -> None:
    """A file of last year shows its own last hour."""
    interval = around(ViewState(source="upload:a"), a_record(0), a_record(60), now=NOW + 365 * DAY)
    assert interval == Interval("1h", MOMENT + 60.001 - HOUR, MOMENT + 60.001)


WRONG_CLOCKS = ["0001-01-01T00:00:00Z", "1970-01-01T00:00:03Z", "2099-01-01T00:00:00Z"]


@pytest.mark.parametrize("wrong", WRONG_CLOCKS)
@pytest.mark.parametrize("source", [LIVE, "file:a.log", "upload:a"])
def test_one_wrong_clock_does_not_move_the_ends(wrong: str, source: str) -> None:
    """All of a log, and a file's own last hour, are those of the other records; the table still holds all."""
    records = [*(a_record(second) for second in range(20)), a_record(timestamp=wrong)]
    whole = around(ViewState(source=source, range="all"), *records)
    assert whole == Interval("all", MOMENT, MOMENT + 19.001, holds_odd=True)
    end = NOW if source == LIVE else MOMENT + 19.001
    assert around(ViewState(source=source), *records) == Interval("1h", end - HOUR, end)


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize("wrong", WRONG_CLOCKS)
def test_the_live_interval_ends_now_whatever_the_clocks_say(name: str, wrong: str) -> None:
    """Neither a record of the future nor one of the past moves the last hour, in a log of two records."""
    interval = around(ViewState(range=name), a_record(0), a_record(timestamp=wrong))
    assert interval == Interval(name, NOW - RANGES[name], NOW)


def test_records_of_the_future_do_not_move_the_end_of_the_whole_live_log() -> None:
    """However many there are, all times end now, unless there is nothing but records of the future."""
    coming = [a_record(700 + second) for second in range(9)]
    assert around(ViewState(range="all"), a_record(0), *coming).until == NOW
    assert around(ViewState(range="all"), *coming).until == MOMENT + 708.001


@pytest.mark.parametrize("name", ["", "all", *RANGES])
@pytest.mark.parametrize("source", [LIVE, "upload:a"])
def test_a_log_without_records_has_a_time_too(name: str, source: str) -> None:
    """Before the first record, an axis ends now."""
    interval = around(ViewState(source=source, range=name))
    assert NOW <= interval.until <= NOW + 0.001
    assert interval.since < NOW
    assert interval.range == (name or "1h")


def test_moments_are_whole_milliseconds() -> None:
    """Interval and shown records have the same ends, in whole milliseconds."""
    interval = around(ViewState(range="1h"), now=MOMENT + 0.123456)
    assert interval == Interval("1h", round(MOMENT + 0.124 - HOUR, 3), round(MOMENT + 0.124, 3))


@pytest.mark.parametrize("until", [MOMENT - 9, MOMENT])
def test_an_interval_is_never_empty(until: float) -> None:
    """An end before the first record gives a millisecond, which charts can draw."""
    interval = around(ViewState(range="own", until=until), a_record(0))
    assert interval.until > interval.since == MOMENT


@pytest.mark.parametrize("zero", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999Z"])
@pytest.mark.parametrize("name", ["", "all", "7d"])
def test_the_ends_of_the_calendar_can_be_shown(zero: str, name: str) -> None:
    """Records with the zero time that some programs log, or the last one, do not break a view."""
    sources = live(a_record(timestamp=zero))
    sources.views["file:a.log"] = sources.views[LIVE]
    for source in sources.names():
        assert is_whole(dashboard_of(sources), f"range={name}&source={source}")


@pytest.mark.parametrize(
    "ends", ["from=0001-01-01T00:00%2B14:00", "to=9999-12-31T23:59-14:00", "from=9999-12-31T23:59-14:00"]
)
def test_an_own_range_beyond_the_calendar_is_refused(ends: str) -> None:
    """An end before the year 1 or after 9999 in UTC is none; the reader sees an example of one that is."""
    with pytest.raises(AddressError, match="2026-01-31T08:00"):
        dashboard_of(live(a_record())).answer(f"range=own&{ends}", frozenset(), OPERATOR)


def test_a_file_of_events_alone_is_shown_whole() -> None:
    """There are no requests to begin with."""
    records = (a_record(-30 * DAY, event="log"), a_record(event="log"))
    assert around(ViewState(source="upload:a"), *records).range == "all"
