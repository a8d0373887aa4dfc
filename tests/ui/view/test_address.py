"""A view as it stands in an address."""

from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.analysis.filters import KINDS, Filter
from tests.monitoring.helpers import MOMENT
from ui.view.address import MAX_CHARS, MAX_MAP_CHARS, AddressError, parse
from ui.view.state import ALL, OWN, RANGES, SORTS, ViewState

NAMES = (
    *("source", "map", "range", "from", "to", "zoom", "kind", "task", "status", "label"),
    *("level", "session", "id", "over", "q", "sort", "page", "request", "nothing"),
)


def test_an_empty_address_is_the_first_view() -> None:
    """Without parts, the live log's requests are shown, the newest first, for a time that is chosen then."""
    assert parse("") == ViewState()
    assert (ViewState().source, ViewState().range, ViewState().sort, ViewState().is_descending) == (
        "live",
        "",
        "time",
        True,
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("source=file:qwen.1.log", ViewState(source="file:qwen.1.log")),
        (
            "source=file:a&map=s=response_time_ms,kind=task_type",
            ViewState(source="file:a", mapping="s=response_time_ms,kind=task_type"),
        ),
        ("range=6h", ViewState(range="6h")),
        ("range=all", ViewState(range=ALL)),
        ("range=own&from=2023-11-14T22:13:20", ViewState(range=OWN, since=MOMENT)),
        ("range=own&to=2023-11-14T22:13", ViewState(range=OWN, until=MOMENT - 20)),
        (
            "range=own&from=2023-11-14T22:13:20.5Z&to=2023-11-15T00:00%2B01:00",
            ViewState(range=OWN, since=MOMENT, until=MOMENT + 2800),
        ),
        ("zoom=1700000000000.6,1700000001499.4", ViewState(zoom=(MOMENT, MOMENT + 1.5))),
        ("kind=events", ViewState(filter=Filter(kind="events"))),
        ("task=chat", ViewState(filter=Filter(task_type="chat"))),
        ("status=error", ViewState(filter=Filter(status="error"))),
        ("label=%E6%AD%A3%E9%9D%A2", ViewState(filter=Filter(label="正面"))),
        ("level=WARNING", ViewState(filter=Filter(level="WARNING"))),
        ("session=a-b", ViewState(filter=Filter(session_id="a-b"))),
        ("id=abc", ViewState(filter=Filter(request_id="abc"))),
        ("over=1.5e3", ViewState(filter=Filter(over_ms=1500))),
        ("q=a%26b", ViewState(filter=Filter(text="a&b"))),
        ("sort=ttft", ViewState(sort="ttft", is_descending=False)),
        ("sort=-speed", ViewState(sort="speed", is_descending=True)),
        ("page=12", ViewState(page=12)),
    ],
)
def test_every_part_is_read(query: str, expected: ViewState) -> None:
    """Each part of an address stands for one property of the view, and changes no other."""
    assert parse(query) == expected


@pytest.mark.parametrize("name", RANGES)
def test_every_range_is_known(name: str) -> None:
    """Each of the offered ranges is read."""
    assert parse(f"range={name}").range == name


@pytest.mark.parametrize("sort", SORTS)
def test_every_column_sorts_in_both_directions(sort: str) -> None:
    """A minus in front means the highest first."""
    assert parse(f"sort={sort}") == ViewState(sort=sort, is_descending=False)
    assert parse(f"sort=-{sort}") == ViewState(sort=sort)


@pytest.mark.parametrize("query", ["from=2023-11-14", "to=nonsense", "from=2024-01-01&to=2023-01-01"])
def test_the_ends_count_for_an_own_range_only(query: str) -> None:
    """What stands in the fields of another range is passed over, right or wrong."""
    assert parse(query) == ViewState()
    assert parse(f"range=1h&{query}") == ViewState(range="1h")


def test_blanks_unknown_parts_and_repetitions_do_no_harm() -> None:
    """Blanks around a value are dropped, the last of several values counts, other parts are passed over."""
    assert parse("q=+a+b+&page=3&page=2&request=abc&format=csv&=&x&lang=de") == ViewState(
        filter=Filter(text="a b"), page=2
    )


def test_each_map_counts() -> None:
    """As with `--map`, names may come one after the other; two for one field are refused."""
    both = parse("source=upload:a&map=latency:s%3Dresponse_time_ms&map=+kind%3Dtask_type")
    assert both == parse("source=upload:a&map=latency:s%3Dresponse_time_ms,kind%3Dtask_type")
    assert both.mapping == "latency:s=response_time_ms,kind=task_type"
    assert parse("source=upload:a&map=&map=kind%3Dtask_type").mapping == "kind=task_type"
    with pytest.raises(AddressError, match="'task_type' is mapped from two names"):
        parse("source=upload:a&map=a%3Dtask_type&map=b%3Dtask_type")


def test_an_empty_value_is_none() -> None:
    """An empty field of a form has no effect."""
    assert parse("&".join(f"{name}=" for name in NAMES)) == ViewState()


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("map=kind=task_type", ["map=kind=task_type", "LOG_MAP"]),
        ("source=file:a&map=latency", ["map=latency", "latency=response_time_ms"]),
        ("source=file:a&map=a=no_field", ["map=a=no_field", "no field", "response_time_ms"]),
        ("source=file:a&map=a=label,b=label", ["mapped from two names"]),
        ("map=" + "x" * (MAX_MAP_CHARS + 1), ["map has 1201 characters", "1200"]),
        ("range=2h", ["range=2h", "15m, 1h, 6h, 24h, 7d, all, own"]),
        ("kind=none", ["kind=none", ", ".join(KINDS)]),
        ("sort=colour", ["sort=colour", ", ".join(SORTS)]),
        ("sort=--time", ["sort=-time", ", ".join(SORTS)]),
        ("over=many", ["over=many", "a number"]),
        ("over=nan", ["over=nan", "a number"]),
        ("over=-inf", ["over=-inf", "a number"]),
        ("page=0", ["page=0", "from 1 to 1,000,000"]),
        ("page=-1", ["page=-1", "from 1 to 1,000,000"]),
        ("page=1.5", ["page=1.5", "from 1 to 1,000,000"]),
        ("page=1000001", ["page=1000001", "from 1 to 1,000,000"]),
        ("page=%E0%A5%A9", ["page=३", "from 1 to 1,000,000"]),
        ("page=" + "9" * 400, ["page=999", "from 1 to 1,000,000"]),
        ("range=own&from=yesterday", ["from=yesterday", "2026-01-31T08:00"]),
        ("range=own&to=2023-02-30", ["to=2023-02-30", "2026-01-31T08:00"]),
        ("range=own&from=2024-01-01&to=2023-01-01", ["from=2024-01-01", "to=2023-01-01", "not before"]),
        ("range=own&from=2024-01-01&to=2024-01-01", ["not before"]),
        ("zoom=1", ["zoom=1", "two times in ms"]),
        ("zoom=1,2,3", ["zoom=1,2,3", "two times in ms"]),
        ("zoom=2,1", ["zoom=2,1", "the earlier one first"]),
        ("zoom=2000,2000", ["zoom=2000,2000", "the earlier one first"]),
        ("zoom=a,b", ["zoom=a,b", "two times in ms"]),
        ("zoom=nan,nan", ["zoom=nan,nan", "two times in ms"]),
        ("zoom=-inf,inf", ["zoom=-inf,inf", "two times in ms"]),
        ("q=" + "x" * (MAX_CHARS + 1), ["q has 501 characters", "500"]),
        ("request=" + "x" * 600, ["request has 600 characters", "500"]),
        ("&".join(f"unknown{number}={'x' * 500}" for number in range(4)), ["too long", "2000"]),
        ("unknown=" + "%E4%BD%A0" * 900, ["too long", "2000"]),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(query: str, parts: list[str]) -> None:
    """The error says which part is wrong, its value, and what is allowed."""
    with pytest.raises(AddressError) as caught:
        parse(query)
    assert all(part in str(caught.value) for part in parts)


def test_the_longest_text_is_allowed() -> None:
    """A value may have as many characters as the error says."""
    assert parse("q=" + "x" * MAX_CHARS).filter.text == "x" * MAX_CHARS


def test_an_own_range_is_widened_to_whole_seconds() -> None:
    """So that addresses which differ by less share what is made for them."""
    expected = ViewState(range=OWN, since=MOMENT, until=MOMENT + 2)
    assert parse("range=own&from=2023-11-14T22:13:20.2&to=2023-11-14T22:13:21.7") == expected
    assert parse("range=own&from=2023-11-14T22:13:20.9996&to=2023-11-14T22:13:21.0001") == expected


VALUES = st.one_of(
    st.text(),
    st.sampled_from(["own", "all", "1h", "-time", "events", "1,2", "0001-01-01T00:00+14:00", "1e999"]),
    st.floats().map(str),
    st.tuples(st.floats(), st.floats()).map(lambda pair: f"{pair[0]},{pair[1]}"),
    st.datetimes(timezones=st.none() | st.timezones()).map(lambda moment: moment.isoformat()),
)


def view_or_none(query: str) -> ViewState | None:
    """Return what an address means; None where it is refused, with a reason."""
    try:
        return parse(query)
    except AddressError as error:
        if not str(error):
            raise AssertionError("no reason") from error
        return None


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=6))
def test_any_address_is_a_view_or_an_error(parts: list[tuple[str, str]]) -> None:
    """Whatever the values are, nothing but a view or a `AddressError` comes of them."""
    state = view_or_none(urlencode(parts, errors="replace"))
    if state is not None:
        assert hash(state) == hash(state)  # what is made of it is found by it
        assert state.zoom is None or state.zoom[0] < state.zoom[1]


@settings(deadline=None)
@given(st.text())
def test_any_text_is_a_view_or_an_error(query: str) -> None:
    """What is no query string at all does no harm either."""
    state = view_or_none(query)
    assert state is None or isinstance(state, ViewState)
