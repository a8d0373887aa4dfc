"""What a page gets when it asks: what has changed, once for everybody, whatever else fails."""

import gzip
import json
import logging
import random
from collections.abc import Iterator
from typing import Any

import pytest

from monitoring.reading.sources import LIVE, UnknownSourceError
from monitoring.writing.logger import LOGGER_NAME
from tests.monitoring.helpers import MOMENT, Record, a_record
from tests.ui.dashboard.helpers import HOSTILE, Elements, FakeSources, dashboard_of, live, view_of
from ui.dashboard.dashboard import CAPACITY, CHARTS, MOST_SNAPSHOTS, Dashboard
from ui.dashboard.snapshot import LogState
from ui.dashboard.view_state import StateError
from ui.texts.page import EN, ZH
from ui.texts.words import Words

PARTS = {"view", "filter", "overview", "table"}
NOTHING: frozenset[str] = frozenset()
QUERY = "range=all"
MOST_BYTES = 250_000


@pytest.fixture(autouse=True)
def always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the sources at every question."""
    monkeypatch.setattr("ui.dashboard.snapshot.MOST_FRESH_SECONDS", 0)


@pytest.fixture
def reported() -> Iterator[list[logging.LogRecord]]:
    """Collect what the app's logger is told."""
    records: list[logging.LogRecord] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    logger, handler = logging.getLogger(LOGGER_NAME), Keeping()
    logger.addHandler(handler)
    yield records
    logger.removeHandler(handler)


def parts_of(body: bytes | None) -> dict[str, Any]:
    """Return what an answer holds."""
    assert body is not None
    parts: dict[str, Any] = json.loads(gzip.decompress(body))
    return parts


def ask(dashboard: Dashboard, query: str = QUERY, words: Words = EN) -> dict[str, Any]:
    """Return all parts of a view."""
    return parts_of(dashboard.answer(query, NOTHING, words))


def tags_of(parts: dict[str, Any]) -> frozenset[str]:
    """Return the tags of an answer's parts."""
    return frozenset(part["tag"] for part in parts.values())


def fail(*_: object) -> Any:
    """Fail as a mistake in a chart would."""
    raise ZeroDivisionError(HOSTILE)


def test_nothing_new_is_no_answer() -> None:
    """A page that has all parts gets nothing; one that has none gets each part with a tag of its own."""
    dashboard = dashboard_of(live(a_record()))
    parts = ask(dashboard)
    assert set(parts) == PARTS
    assert len(tags_of(parts)) == len(PARTS)
    assert dashboard.answer(QUERY, tags_of(parts), EN) is None
    assert dashboard.answer(QUERY, tags_of(parts) | {"another"}, EN) is None


def test_two_pages_get_the_same_bytes() -> None:
    """Whoever asks the same shares what was made for the first, also by another spelling of the address."""
    dashboard = dashboard_of(live(a_record()))
    first = dashboard.answer(QUERY, NOTHING, EN)
    assert dashboard.answer(QUERY, NOTHING, EN) is first
    assert dashboard.answer(f"request=abc&{QUERY}", NOTHING, EN) is first


def test_pages_that_ask_at_once_share_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that is fresh serves everybody, and the source is not asked again."""
    monkeypatch.setattr("ui.dashboard.snapshot.FRESH_SECONDS", 3600)
    monkeypatch.setattr("ui.dashboard.snapshot.MOST_FRESH_SECONDS", 3600)
    sources = live(a_record())
    dashboard = dashboard_of(sources)
    first = ask(dashboard)
    sources.show(a_record(), a_record(1))
    assert ask(dashboard) == first
    assert sources.looks == 1


def test_only_missing_parts_are_sent() -> None:
    """A page gets those parts whose tags it does not have."""
    dashboard = dashboard_of(live(a_record()))
    parts = ask(dashboard)
    for name in PARTS:
        have = tags_of(parts) - {parts[name]["tag"]}
        assert parts_of(dashboard.answer(QUERY, have, EN)) == {name: parts[name]}


@pytest.mark.parametrize(
    ("query", "changed"),
    [
        (f"{QUERY}&page=2", {"table"}),
        (f"{QUERY}&sort=speed", {"table"}),
        (f"{QUERY}&q=word", {"table"}),
        (f"{QUERY}&zoom=1700000000000,1700000001000", {"overview"}),
        ("range=24h", PARTS),
    ],
)
def test_another_view_changes_what_belongs_to_it(query: str, changed: set[str]) -> None:
    """Turning a page does not send the charts again, a zoom does not send the table."""
    dashboard = dashboard_of(live(a_record()))
    have = tags_of(ask(dashboard))
    assert set(parts_of(dashboard.answer(query, have, EN))) == changed


def test_tags_of_another_process_do_not_count() -> None:
    """After a restart every part is sent, though the records are the same."""
    sources = live(a_record())
    have = tags_of(ask(dashboard_of(sources)))
    assert set(parts_of(dashboard_of(sources).answer(QUERY, have, EN))) == PARTS


def test_new_records_change_all_tags() -> None:
    """Once a record has come, a page gets all parts again, and they show it."""
    sources = live(a_record(message="first one"))
    dashboard = dashboard_of(sources)
    before = ask(dashboard)
    sources.show(a_record(message="first one"), a_record(1, message="second one"))
    after = parts_of(dashboard.answer(QUERY, tags_of(before), EN))
    assert set(after) == PARTS
    assert not tags_of(before) & tags_of(after)
    assert "second one" in after["table"]["html"]
    assert "second one" not in before["table"]["html"]


def test_lost_records_change_the_answer() -> None:
    """A log that loses records says so, though no record comes."""
    states = [LogState(), LogState(dropped=12)]
    dashboard = dashboard_of(live(a_record()), log_state=lambda: states.pop(0))
    have = tags_of(ask(dashboard))
    told = parts_of(dashboard.answer(QUERY, have, EN))["overview"]["health"]
    assert EN["dropped"].format(count=12) in Elements(told).text


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_that_fails_does_not_take_the_others(
    name: str, monkeypatch: pytest.MonkeyPatch, reported: list[logging.LogRecord]
) -> None:
    """A chart that cannot be drawn says why in its place; the log is told once, not at every refresh."""
    monkeypatch.setitem(CHARTS, name, fail)
    dashboard = dashboard_of(live(a_record()))
    figures = ask(dashboard)["overview"]["figures"]
    ask(dashboard, words=ZH)
    told = EN["part_failed"].format(error=f"ZeroDivisionError: {HOSTILE}")
    assert figures.pop(name) == {"error": told}
    assert figures.keys() == {*CHARTS, CAPACITY} - {name}
    assert all({"data", "layout"} <= figure.keys() for figure in figures.values())
    assert len(reported) == 1
    assert name in reported[0].getMessage()
    assert reported[0].exc_info is not None


@pytest.mark.parametrize(("name", "part"), [("cards", "overview"), ("table", "table")])
def test_a_piece_of_html_that_fails_says_so(
    name: str, part: str, monkeypatch: pytest.MonkeyPatch, reported: list[logging.LogRecord]
) -> None:
    """Cards or a table that cannot be made say why, as text; all else is there, and the log is told once."""
    monkeypatch.setattr(f"ui.dashboard.dashboard.{name}", fail)
    dashboard = dashboard_of(live(a_record()))
    parts = ask(dashboard)
    ask(dashboard, words=ZH)
    shown = Elements(parts[part]["cards" if name == "cards" else "html"])
    assert shown.names == {"div"}
    assert "ZeroDivisionError" in shown.text
    assert set(parts) == PARTS
    assert parts["overview"]["figures"].keys() == {*CHARTS, CAPACITY}
    assert len(reported) == 1


def test_each_reader_gets_the_own_language() -> None:
    """The same view in Chinese and in English has different parts, with each language's texts."""
    dashboard = dashboard_of(live(a_record()))
    english, chinese = ask(dashboard, words=EN), ask(dashboard, words=ZH)
    assert not tags_of(english) & tags_of(chinese)
    for parts, words in ((english, EN), (chinese, ZH)):
        assert words["column_message"] in Elements(parts["table"]["html"]).text
        meta = parts["overview"]["figures"]["latency"]["layout"]["meta"]
        assert meta["title"] == words["latency_title"]


def test_hidden_texts_are_searched_by_nobody() -> None:
    """With LOG_CONTENT none, the live log's texts stay hidden, while an upload shows what is in it."""
    sources = live(a_record(input_text="my secret"))
    sources.views["upload:1"] = view_of(a_record(input_text="my secret"))
    dashboard = dashboard_of(sources, "none")
    hidden = ask(dashboard, f"{QUERY}&q=secret")
    shown = ask(dashboard, f"{QUERY}&q=secret&source=upload:1")
    assert EN["texts_hidden"] in Elements(hidden["filter"]["html"]).text
    assert EN["texts_hidden"] not in Elements(shown["filter"]["html"]).text
    assert EN["no_rows"] in Elements(hidden["table"]["html"]).text
    assert EN["no_rows"] not in Elements(shown["table"]["html"]).text


def test_a_zoom_narrows_the_charts() -> None:
    """The charts over time show what was zoomed into, and nothing beside it; the view's time stays."""
    dashboard = dashboard_of(live(*(a_record(second) for second in range(60))))
    zoom = [MOMENT * 1000 + 10_000, MOMENT * 1000 + 20_000]
    zoomed = ask(dashboard, f"{QUERY}&zoom={zoom[0]:.0f},{zoom[1]:.0f}")["overview"]
    whole = ask(dashboard)["overview"]
    axes = {name: figure["layout"]["xaxis"] for name, figure in zoomed["figures"].items()}
    ranges = [axis["range"] for axis in axes.values() if axis.get("type") == "date"]
    assert len(ranges) >= 6
    assert all(shown == zoom for shown in ranges)
    told = [parts["figures"]["latency"]["layout"]["meta"]["description"] for parts in (whole, zoomed)]
    assert [f": {count} {EN['requests_unit']}" in text for count, text in zip((60, 10), told, strict=True)]
    assert zoomed["interval"] == whole["interval"] != zoom


def busy_record(number: int, chance: random.Random) -> Record:
    """Return one of many records that differ as real ones do."""
    values: Record = {
        "request_id": f"{chance.getrandbits(128):032x}",
        "session_id": f"{chance.getrandbits(128):032x}",
        "response_time_ms": round(chance.lognormvariate(7, 1), 3),
        "queue_wait_ms": round(chance.random() * 100, 3),
        "cpu_usage_percent": round(chance.random() * 800, 1),
        "memory_usage_mb": round(900 + chance.random() * 500, 1),
        "status": chance.choice(["ok"] * 9 + ["error"]),
    }
    if number % 4 == 0:
        return a_record(number, **values, event="resource.sample")
    if number % 2:
        return a_record(number, **values, task_type="sentiment", label=chance.choice(["正面", "负面"]))
    speed = round(chance.random() * 40, 2)
    return a_record(number, **values, ttft_ms=chance.random() * 900, tokens_per_second=speed)


def test_an_answer_is_small_whatever_the_log_holds() -> None:
    """All parts of 20,000 records come in less than 250,000 bytes."""
    chance = random.Random(1)
    dashboard = dashboard_of(live(*(busy_record(number, chance) for number in range(20_000))))
    body = dashboard.answer(QUERY, NOTHING, EN)
    assert parts_of(body).keys() == PARTS
    assert body is not None
    assert len(body) < MOST_BYTES


def test_old_looks_are_given_up() -> None:
    """However many views are asked for, a bounded number of looks is kept, the newest."""
    sources = live(a_record())
    sources.views |= {f"upload:{number}": view_of(a_record()) for number in range(2 * MOST_SNAPSHOTS)}
    dashboard = dashboard_of(sources)
    first = ask(dashboard)
    for name in sources.views:
        ask(dashboard, f"{QUERY}&source={name}")
    assert tags_of(ask(dashboard)) != tags_of(first)
    assert len(dashboard._snapshots) == MOST_SNAPSHOTS


def test_wrong_addresses_and_sources_are_told() -> None:
    """What is no view, and a source that is not there, are the caller's to explain."""
    dashboard = dashboard_of(live(a_record()))
    with pytest.raises(StateError, match="range=2h"):
        dashboard.answer("range=2h", NOTHING, EN)
    with pytest.raises(UnknownSourceError):
        dashboard.answer("source=upload:gone", NOTHING, EN)


def test_a_source_that_has_gone_is_told_although_it_was_shown() -> None:
    """A source that was looked at before and is not there any more is unknown."""
    sources = FakeSources({LIVE: view_of(), "upload:1": view_of(a_record())})
    dashboard = dashboard_of(sources)
    ask(dashboard, "source=upload:1")
    del sources.views["upload:1"]
    with pytest.raises(UnknownSourceError):
        dashboard.answer("source=upload:1", NOTHING, EN)
