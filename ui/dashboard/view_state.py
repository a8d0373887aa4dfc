"""What somebody looks at, as it stands in the page's address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TypeVar
from urllib.parse import parse_qs

from monitoring.analysis.filters import KINDS, Filter
from monitoring.reading.sources import LIVE
from monitoring.record.timestamps import parse_moment, to_milliseconds

RANGES = {"15m": 900, "1h": 3600, "6h": 6 * 3600, "24h": 86_400, "7d": 7 * 86_400}  # s
ALL, OWN, AUTO = "all", "own", ""
SORTS = ("time", "task", "status", "level", "label", "response", "wait", "ttft", "tokens", "speed")
PAGE_ROWS = 25
MAX_CHARS = 500  # of a value

Text = TypeVar("Text", bound=str)


class StateError(ValueError):
    """An address that cannot be; the text names the part, its value, and what is allowed."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """One view. Times are in s since the epoch, whole milliseconds."""

    source: str = LIVE
    range: str = AUTO
    since: float | None = None  # of an own range
    until: float | None = None
    zoom: tuple[float, float] | None = None  # which part the charts show
    filter: Filter = field(default_factory=Filter)
    sort: str = "time"
    is_descending: bool = True
    page: int = 1

    @property
    def scope(self) -> tuple[object, ...]:
        """What decides which records are looked at: views of the same scope share a snapshot."""
        return (self.source, self.range, self.since, self.until)


def parse(query: str) -> ViewState:
    """Read a view from an address's query string; parts that are not known are passed over.

    Raises:
        StateError: a value is not allowed.
    """
    given = {name: values[-1].strip() for name, values in parse_qs(query, errors="replace").items()}
    for name, value in given.items():
        if len(value) > MAX_CHARS:
            raise StateError(f"{name} has {len(value)} characters; allowed are {MAX_CHARS}")
    sort = given.get("sort", "-time")
    time_range = _one_of(given, "range", (AUTO, *RANGES, ALL, OWN), AUTO)
    since, until = (_moment(given, end) if time_range == OWN else None for end in ("from", "to"))
    if since is not None and until is not None and since >= until:
        raise StateError(f"from={given['from']} is not before to={given['to']}")
    return ViewState(
        source=given.get("source", LIVE),
        range=time_range,
        since=since,
        until=until,
        zoom=_zoom(given),
        filter=Filter(
            kind=_one_of(given, "kind", KINDS, "requests"),
            task_type=given.get("task", ""),
            status=given.get("status", ""),
            label=given.get("label", ""),
            level=given.get("level", ""),
            session_id=given.get("session", ""),
            request_id=given.get("id", ""),
            over_ms=_number(given, "over"),
            text=given.get("q", ""),
        ),
        sort=_one_of({"sort": sort.removeprefix("-")}, "sort", SORTS, "time"),
        is_descending=sort.startswith("-"),
        page=_page(given),
    )


def _one_of(given: Mapping[str, str], name: str, allowed: Sequence[Text], default: Text) -> Text:
    value = given.get(name, default)
    for known in allowed:
        if value == known:
            return known
    raise StateError(f"{name}={value}: allowed are {', '.join(filter(None, allowed))}")


def _number(given: Mapping[str, str], name: str) -> float | None:
    if name not in given:
        return None
    try:
        number = float(given[name])
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise StateError(f"{name}={given[name]}: allowed is a number, such as 2000")
    return number


def _page(given: Mapping[str, str]) -> int:
    page = given.get("page", "1")
    if not (page.isascii() and page.isdigit() and 1 <= int(page) <= 10**6):
        raise StateError(f"page={page}: allowed is a number from 1 on")
    return int(page)


def _moment(given: Mapping[str, str], name: str) -> float | None:
    if name not in given:
        return None
    try:
        return parse_moment(given[name])
    except (ValueError, OverflowError):
        raise StateError(
            f"{name}={given[name]}: allowed is a moment in UTC, such as 2026-01-31T08:00"
        ) from None


def _zoom(given: Mapping[str, str]) -> tuple[float, float] | None:
    """Read `zoom=<ms>,<ms>`, two moments in ms since the epoch, as charts tell them."""
    if "zoom" not in given:
        return None
    try:
        since, until = (to_milliseconds(float(part) / 1000) for part in given["zoom"].split(","))
    except (ValueError, OverflowError):
        since = until = 0.0
    if not since < until:
        raise StateError(f"zoom={given['zoom']}: allowed are two moments in ms, the earlier first")
    return since, until
