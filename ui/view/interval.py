"""The time that a view shows: its range, applied to the records that the log holds."""

from dataclasses import dataclass

from monitoring.reading.log_reader import View
from monitoring.reading.sources import LIVE
from monitoring.record.timestamps import (
    EARLIEST,
    LATEST,
    millisecond_after,
    millisecond_before,
    to_milliseconds,
)
from monitoring.window.masks import request_counts
from monitoring.window.odd_times import odd_times
from ui.view.state import ALL, OWN, RANGES, ViewState

AUTO_RANGES = ("1h", "24h", "7d")
EMPTY_SECONDS = 3600.0  # length of the interval of a log without records


@dataclass(frozen=True, slots=True)
class Interval:
    """A begin and an end, in s since the epoch, and the range that they were worked out from.

    Both are whole milliseconds, the begin rounded down and the end up, so that no record falls out.
    """

    range: str
    since: float
    until: float
    # Whether the table and the exports hold every record, those as well that are dated far from all others.
    holds_odd: bool = False


def resolve(state: ViewState, view: View, now: float) -> Interval:
    """Return the interval of a view; it ends `now` for the live log, else with the last record.

    Without a range, it is the last hour, day or week: the shortest that holds requests. If none does, it
    is the whole log. Records that are dated far from all others move neither end, and of the live log nor do
    records that are dated in the future.
    """
    first, last, odd = _ends(view, now)
    if state.source == LIVE:
        end = now = millisecond_after(now)
        if first <= now < last:
            last, odd = now, True
    else:
        end = last
    chosen = state.range or _automatic(view, end, state.source == LIVE)
    if chosen == ALL:
        return _interval(chosen, first, last, odd)
    if chosen == OWN:
        since, until = state.since, state.until
        return _interval(chosen, first if since is None else since, end if until is None else until)
    return _interval(chosen, end - RANGES[chosen], end)


def _ends(view: View, now: float) -> tuple[float, float, bool]:
    """Return where the records begin and end without those that are odd, and whether some are."""
    time = view.frame.time
    if not len(time):
        return now - EMPTY_SECONDS, now, False
    found = odd_times(time)
    after_last = to_milliseconds(millisecond_before(found.last) + 0.001)
    return found.first, after_last, found.count > 0


def _automatic(view: View, end: float, is_live: bool) -> str:
    times = view.frame.time[request_counts(view.frame) > 0]
    for name in AUTO_RANGES:
        if ((times >= end - RANGES[name]) & (times < end)).any():
            return name
    return ALL if len(times) or (len(view.frame) and not is_live) else AUTO_RANGES[0]


def _interval(name: str, since: float, until: float, holds_odd: bool = False) -> Interval:
    since = millisecond_before(min(max(since, EARLIEST), LATEST - 0.001))
    until = millisecond_after(min(until, LATEST))
    return Interval(name, since, max(until, to_milliseconds(since + 0.001)), holds_odd)
