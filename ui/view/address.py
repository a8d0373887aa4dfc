"""Read the state of a view from the query string of a page's address."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import ceil, floor, isfinite
from typing import TypeVar
from urllib.parse import parse_qs, unquote

from monitoring.analysis.filters import KINDS, Filter
from monitoring.reading.sources import LIVE
from monitoring.record.mapping import parse_mapping
from monitoring.record.timestamps import (
    millisecond_after,
    millisecond_before,
    seconds_of,
    to_milliseconds,
)
from ui.view.state import ALL, AUTO, OWN, RANGES, SORTS, ViewState

MAX_CHARS = 500  # length of one value
MAX_MAP_CHARS = 1200  # length of `map`, which holds two names for each field
MAX_QUERY_CHARS = 2000  # length of all of a query string, as a reader sees it
MAX_QUERY_BYTES = 8000  # its length as it is sent: a character of Chinese is sent as nine bytes

Text = TypeVar("Text", bound=str)


class AddressError(ValueError):
    """A part of an address has a wrong value; the text names the part, its value, and what is allowed."""


def parse(query: str) -> ViewState:
    """Return the view that a query string describes; unknown parts are ignored.

    Raises:
        AddressError: the query string is too long, or a value is not allowed.
    """
    if len(query) > MAX_QUERY_BYTES or len(unquote(query)) > MAX_QUERY_CHARS:
        raise AddressError(f"it is too long; at most {MAX_QUERY_CHARS} characters are allowed")
    return _parsed(query)


@lru_cache(maxsize=256)
def _parsed(query: str) -> ViewState:
    parts = parse_qs(query, errors="replace")
    given = {name: values[-1].strip() for name, values in parts.items()}
    if "map" in parts:  # As with `--map`, all of them count.
        given["map"] = ",".join(filter(None, map(str.strip, parts["map"])))
    for name, value in given.items():
        most = MAX_MAP_CHARS if name == "map" else MAX_CHARS
        if len(value) > most:
            raise AddressError(f"{name} has {len(value)} characters; at most {most} are allowed")
    sort = given.get("sort", "-time")
    time_range = _one_of(given, "range", (AUTO, *RANGES, ALL, OWN), AUTO)
    since, until = _own_range(given) if time_range == OWN else (None, None)
    near = _moment(given, "near")
    return ViewState(
        source=given.get("source", LIVE),
        near=None if near is None else to_milliseconds(near),
        mapping=_mapping(given),
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
    raise AddressError(f"{name}={value}: allowed are {', '.join(filter(None, allowed))}")


def _mapping(given: Mapping[str, str]) -> str:
    """Read `map`, the source's names for our fields, such as `latency=response_time_ms,kind=task_type`."""
    text = given.get("map", "")
    if text and given.get("source", LIVE) == LIVE:
        raise AddressError(f"map={text}: only a file has one; LOG_MAP tells the names of the live log")
    try:
        parse_mapping([text])
    except ValueError as error:
        raise AddressError(f"map={text}: {error}") from None
    return text


def _number(given: Mapping[str, str], name: str) -> float | None:
    if name not in given:
        return None
    try:
        number = float(given[name])
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise AddressError(f"{name}={given[name]}: a number is needed, such as 2000")
    return number


def _page(given: Mapping[str, str]) -> int:
    page = given.get("page", "1")
    if not (page.isascii() and page.isdigit() and 1 <= int(page) <= 10**6):
        raise AddressError(f"page={page}: a whole number from 1 to 1,000,000 is needed")
    return int(page)


def _own_range(given: Mapping[str, str]) -> tuple[float | None, float | None]:
    """Read `from` and `to`; the range is widened to whole seconds, so that more views share a snapshot."""
    since, until = _moment(given, "from"), _moment(given, "to")
    if since is not None and until is not None and since >= until:
        raise AddressError(f"from={given['from']} is not before to={given['to']}")
    return since if since is None else float(floor(since)), until if until is None else float(ceil(until))


def _moment(given: Mapping[str, str], name: str) -> float | None:
    if name not in given:
        return None
    try:
        return seconds_of(given[name])
    except (ValueError, OverflowError):
        raise AddressError(
            f"{name}={given[name]}: a time in UTC is needed, such as 2026-01-31T08:00"
        ) from None


def _zoom(given: Mapping[str, str]) -> tuple[float, float] | None:
    """Read `zoom=<ms>,<ms>`, two moments in ms since the epoch, as the charts send them."""
    if "zoom" not in given:
        return None
    try:
        first, last = (float(part) / 1000 for part in given["zoom"].split(","))
        since, until = millisecond_before(first), millisecond_after(last)
    except (ValueError, OverflowError):
        since = until = 0.0
    if not since < until:
        raise AddressError(f"zoom={given['zoom']}: two times in ms are needed, the earlier one first")
    return since, until
