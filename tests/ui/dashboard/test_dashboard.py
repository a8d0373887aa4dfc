"""The answers to a page: only parts that have changed, made once for all pages."""

import gzip
import json
import random
from itertools import combinations
from typing import Any

import pytest

from monitoring.reading.sources import UnknownSourceError
from tests.monitoring.helpers import MOMENT, Record, a_record
from tests.ui.dashboard.helpers import OPERATOR, ZH_OPERATOR, Elements, dashboard_of, live, view_of
from ui.dashboard.dashboard import Dashboard
from ui.dashboard.made_parts import MadeParts
from ui.dashboard.reader import Reader
from ui.dashboard.snapshot import LogState
from ui.texts.page import EN, ZH
from ui.view.address import AddressError

PARTS = {"view", "filter", "overview", "table"}
NOTHING: frozenset[str] = frozenset()
QUERY = "range=all"
MAX_BYTES = 250_000


def parts_of(body: bytes | None) -> dict[str, Any]:
    """Return what an answer holds."""
    assert body is not None
    parts: dict[str, Any] = json.loads(gzip.decompress(body))
    return parts


def parts_for(dashboard: Dashboard, query: str = QUERY, reader: Reader = OPERATOR) -> dict[str, Any]:
    """Return all parts of a view."""
    return parts_of(dashboard.answer(query, NOTHING, reader))


def tags_of(parts: dict[str, Any]) -> frozenset[str]:
    """Return the tags of an answer's parts."""
    return frozenset(part["tag"] for part in parts.values())


def test_nothing_new_is_no_answer() -> None:
    """A page that has all parts gets nothing; one that has none gets each part with a tag of its own."""
    dashboard = dashboard_of(live(a_record()))
    parts = parts_for(dashboard)
    assert set(parts) == PARTS
    assert len(tags_of(parts)) == len(PARTS)
    assert dashboard.answer(QUERY, tags_of(parts), OPERATOR) is None
    assert dashboard.answer(QUERY, tags_of(parts) | {"another"}, OPERATOR) is None


def test_two_pages_get_the_same_bytes() -> None:
    """All pages of a view share the bytes made for the first one, however the address is spelled."""
    dashboard = dashboard_of(live(a_record()))
    first = dashboard.answer(QUERY, NOTHING, OPERATOR)
    assert dashboard.answer(QUERY, NOTHING, OPERATOR) is first
    assert dashboard.answer(f"request=abc&{QUERY}", NOTHING, OPERATOR) is first


def test_only_missing_parts_are_sent() -> None:
    """A page gets those parts whose tags it does not have."""
    dashboard = dashboard_of(live(a_record()))
    parts = parts_for(dashboard)
    for name in PARTS:
        have = tags_of(parts) - {parts[name]["tag"]}
        assert parts_of(dashboard.answer(QUERY, have, OPERATOR)) == {name: parts[name]}


@pytest.mark.parametrize(
    ("query", "changed"),
    [
        (f"{QUERY}&page=2", {"table"}),
        (f"{QUERY}&sort=speed", {"table"}),
        (f"{QUERY}&q=word", {"table"}),
        (f"{QUERY}&zoom=1700000000000,1700000001000", {"overview"}),
        ("range=24h", PARTS - {"view"}),
    ],
)
def test_another_view_changes_what_belongs_to_it(query: str, changed: set[str]) -> None:
    """Turning a page does not send the charts again, a zoom does not send the table."""
    dashboard = dashboard_of(live(a_record()))
    have = tags_of(parts_for(dashboard))
    assert set(parts_of(dashboard.answer(query, have, OPERATOR))) == changed


# Pairs of different numbers that have one hash in Python.
SAME_HASH = [
    (one, other)
    for one, other in combinations((-1.0, -2.0, 1.0, 2.0, *(2.0**power for power in range(61, 250))), 2)
    if hash(one) == hash(other)
]


@pytest.mark.parametrize(("one", "other"), SAME_HASH[:5])
def test_no_two_views_are_taken_for_each_other(one: float, other: float) -> None:
    """Views whose numbers have one hash in Python have tables with tags of their own."""
    dashboard = dashboard_of(live(a_record()))
    tags = {parts_for(dashboard, f"{QUERY}&over={over:.0f}")["table"]["tag"] for over in (one, other)}
    assert len(tags) == 2


def test_a_view_that_finds_nothing_blanks_no_other() -> None:
    """Asking for a limit with the same hash as 1 ms takes no record from whoever asks for 1 ms."""
    dashboard = dashboard_of(live(a_record(message="slow one", response_time_ms=500.0)))
    others = [other for one, other in SAME_HASH if one == 1.0]
    assert others
    for other in others:
        assert "slow one" not in parts_for(dashboard, f"{QUERY}&over={other:.0f}")["table"]["html"]
    assert "slow one" in parts_for(dashboard, f"{QUERY}&over=1")["table"]["html"]


def test_tags_of_another_process_do_not_count() -> None:
    """After a restart every part is sent, though the records are the same."""
    sources = live(a_record())
    have = tags_of(parts_for(dashboard_of(sources)))
    assert set(parts_of(dashboard_of(sources).answer(QUERY, have, OPERATOR))) == PARTS


def test_new_records_change_the_tags_of_what_shows_them() -> None:
    """Once a record has come, a page gets everything again but the form of the sources, which is the same."""
    sources = live(a_record(message="first one"))
    dashboard = dashboard_of(sources)
    before = parts_for(dashboard)
    sources.show(a_record(message="first one"), a_record(1, message="second one"))
    after = parts_of(dashboard.answer(QUERY, tags_of(before), OPERATOR))
    assert set(after) == PARTS - {"view"}
    assert not tags_of(before) & tags_of(after)
    assert "second one" in after["table"]["html"]
    assert "second one" not in before["table"]["html"]


@pytest.mark.parametrize("reader", [OPERATOR, ZH_OPERATOR], ids=["en", "zh"])
def test_the_table_of_a_file_on_its_way_does_not_say_that_it_is_empty(reader: Reader) -> None:
    """While the file is read the table says so; a file without records has none to choose a time for."""
    sources, words = live(a_record()), reader.words
    sources.views["upload:1"] = view_of(loading=True, progress=0.2)
    sources.views["upload:2"] = view_of()
    dashboard = dashboard_of(sources)
    table = parts_for(dashboard, f"{QUERY}&source=upload:1", reader)["table"]["html"]
    assert Elements(table).text == words["still_reading"]
    table = parts_for(dashboard, f"{QUERY}&source=upload:2", reader)["table"]["html"]
    assert words["no_records"] in Elements(table).text
    assert words["no_rows"] not in Elements(table).text


def test_lost_records_change_the_answer() -> None:
    """A log that loses records says so, though no record comes."""
    states = [LogState(), LogState(dropped=12)]
    dashboard = dashboard_of(live(a_record()), log_state=lambda: states.pop(0))
    have = tags_of(parts_for(dashboard))
    health = parts_of(dashboard.answer(QUERY, have, OPERATOR))["overview"]["health"]
    assert EN["dropped"].format(count=12) in Elements(health).text


def test_each_reader_gets_the_own_language() -> None:
    """The same view in Chinese and in English has different parts, with each language's texts."""
    dashboard = dashboard_of(live(a_record()))
    english, chinese = parts_for(dashboard), parts_for(dashboard, reader=ZH_OPERATOR)
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
    hidden = parts_for(dashboard, f"{QUERY}&q=secret")
    shown = parts_for(dashboard, f"{QUERY}&q=secret&source=upload:1")
    assert EN["texts_hidden"] in Elements(hidden["filter"]["html"]).text
    assert EN["texts_hidden"] not in Elements(shown["filter"]["html"]).text
    assert EN["no_rows"] in Elements(hidden["table"]["html"]).text
    assert EN["no_rows"] not in Elements(shown["table"]["html"]).text


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
    body = dashboard.answer(QUERY, NOTHING, OPERATOR)
    assert parts_of(body).keys() == PARTS
    assert body is not None
    assert len(body) < MAX_BYTES


def test_wrong_addresses_and_sources_are_told() -> None:
    """What is no view, and a source that is not there, are the caller's to explain."""
    dashboard = dashboard_of(live(a_record()))
    with pytest.raises(AddressError, match="range=2h"):
        dashboard.answer("range=2h", NOTHING, OPERATOR)
    with pytest.raises(UnknownSourceError):
        dashboard.answer("source=upload:gone", NOTHING, OPERATOR)


def test_zooming_again_and_again_does_not_grow() -> None:
    """However often pages zoom and search, what is kept of all of it stays within its memory."""
    dashboard = dashboard_of(live(*(a_record(second) for second in range(60))))
    dashboard.snapshots.parts = parts = MadeParts(max_bytes=300_000)
    for second in range(40):
        zoom = f"zoom={MOMENT * 1000:.0f},{(MOMENT + second + 1) * 1000:.0f}"
        dashboard.answer(f"{QUERY}&{zoom}&q=word{second}", NOTHING, OPERATOR)
        assert parts.nbytes <= 300_000
    assert parts.nbytes > 150_000
    assert len(dashboard.snapshots) == 1


def test_a_file_of_events_alone_offers_them() -> None:
    """A longer time or another filter would show no more requests."""
    sources = live(a_record())
    sources.views["upload:1"] = view_of(a_record(event="log"), a_record(event="log"))
    dashboard = dashboard_of(sources)
    empty = parts_for(dashboard, "source=upload:1")["table"]["html"]
    assert EN["events_alone_many"].format(count="2") in Elements(empty).text
    assert "data-set='kind=events'" in empty
    assert EN["no_rows"] not in empty
    running = dashboard_of(live(a_record(event="app.started")))
    assert EN["show_events"] not in parts_for(running, "")["table"]["html"]
    shown = parts_for(dashboard, "source=upload:1&kind=events")["table"]["html"]
    assert EN["show_events"] not in shown
    assert shown.count("<tr") == 3
