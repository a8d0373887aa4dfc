"""Answers about a log that was made to break or to fill the page: each is whole, and small."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from monitoring.reading.log_reader import View
from monitoring.record.timestamps import timestamp
from monitoring.window.frame import Frame
from tests.monitoring.frames import summarize
from tests.monitoring.helpers import MOMENT
from tests.ui.dashboard.helpers import (
    OPERATOR,
    VISITOR,
    Elements,
    FakeSources,
    client_of,
    dashboard_of,
    frame_of_lines,
)
from ui.dashboard.dashboard import Dashboard
from ui.dashboard.html.format import MAX_TEXT_CHARS
from ui.dashboard.html.request import MAX_RECORD_CHARS
from ui.dashboard.reader import Reader
from ui.roles import Role
from ui.texts.page import EN

ID = "ab" * 16
QUERY = "range=all&kind=all"
# About as long as a line of the log may be, of a character that is five in HTML.
LONG = "'" * 60_000
NAMES = [
    *("message", "event", "status", "level", "label", "task_type", "rule", "measure", "session_id", "run"),
    *("drill", "problem", "comment", "requests"),
]
EVENTS = ("task.finished", "alert.fired", "alert.silenced", "drill.ended", "feedback", "app.started")
MIB = 1 << 20


def long_records() -> Iterator[dict[str, Any]]:
    """Yield records of which each field in turn is as long as a line may be, each value another one."""
    for number in range(420):
        event = EVENTS[number % len(EVENTS)]
        record = {
            "timestamp": timestamp(MOMENT + number),
            "event": event,
            "request_id": ID,
            "task_type": "chat",
            "status": "ok",
            "response_time_ms": 10,
            "ttft_ms": 5,
            "rule": f"rule {number}",
            "run": f"run {number}",
            "requests": [],
        }
        name = NAMES[number // len(EVENTS) % len(NAMES)]
        requests = [f"{number}.{place}{LONG[:500]}" for place in range(100)]
        long = {**record, name: f"{number}{LONG}"} if name != "requests" else {**record, name: requests}
        yield record if name == "event" else long


def sources_of(frame: Frame) -> FakeSources:
    """Return sources whose live log is a frame."""
    return FakeSources({"live": View(frame, summarize(frame), {}, (), 0, loading=False, error=LONG)})


def sources_of_lines(*lines: bytes) -> FakeSources:
    """Return sources whose live log holds raw lines."""
    return sources_of(frame_of_lines(*lines))


@pytest.fixture(scope="module")
def full() -> Dashboard:
    """A dashboard of long lines."""
    return dashboard_of(sources_of_lines(*(json.dumps(record).encode() for record in long_records())), "full")


def parts_for(dashboard: Dashboard, reader: Reader, query: str = QUERY) -> dict[str, Any]:
    """Return all parts of a view."""
    body = dashboard.answer(query, frozenset(), reader)
    assert body is not None
    parts: dict[str, Any] = json.loads(gzip.decompress(body))
    return parts


@pytest.mark.parametrize("reader", [OPERATOR, VISITOR], ids=["operator", "visitor"])
def test_a_view_is_small_whatever_the_lines_are(full: Dashboard, reader: Reader) -> None:
    """No part has more than 1 MiB, and no text of a record is shown whole."""
    query = QUERY if reader is OPERATOR else "range=all"
    parts = parts_for(full, reader, query)
    for name, part in parts.items():
        text = json.dumps(part, ensure_ascii=False)
        assert len(text.encode()) < MIB, name
        assert "&#39;" * (MAX_TEXT_CHARS + 1) not in text
        assert "'" * (MAX_TEXT_CHARS + 1) not in text
        assert EN["part_failed_here"].removesuffix(".") not in text


@pytest.mark.parametrize("role", Role)
def test_a_request_is_small_whatever_its_records_are(full: Dashboard, role: Role) -> None:
    """The details of a request have at most 1 MiB; a record that is longer than 16 KiB is cut."""
    answer = client_of(full, role).get(f"/dashboard/request?request={ID}")
    assert answer.status_code == 200
    assert 1000 < len(answer.content) < MIB
    assert "&#39;" * (MAX_RECORD_CHARS + 1) not in answer.text
    if role is Role.OPERATOR:
        assert "&#39;" * (MAX_TEXT_CHARS + 1) in answer.text
        assert EN["and_more"].partition("{")[0] in answer.text


@pytest.mark.parametrize("reader", [OPERATOR, VISITOR], ids=["operator", "visitor"])
@pytest.mark.parametrize("event", EVENTS)
def test_one_line_that_cannot_be_read_breaks_no_page(
    event: str, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """View, request and banner are answered though the records of a log cannot be decoded."""

    def unreadable(frame: Frame) -> list[dict[str, Any]]:
        raise ValueError("Exceeds the limit (4300 digits) for integer string conversion")

    line = json.dumps(
        {"timestamp": timestamp(MOMENT), "event": event, "request_id": ID, "response_time_ms": 3}
    )
    dashboard = dashboard_of(sources_of_lines(line.encode()))
    monkeypatch.setattr(Frame, "records", unreadable)
    parts = parts_for(dashboard, reader, "range=all")
    assert parts["overview"]["figures"]["latency"]["data"] is not None
    client = client_of(dashboard, reader.role)
    assert client.get("/dashboard/banner").status_code == 204
    assert client.get(f"/dashboard/request?request={ID}").status_code == 200


def test_no_record_hides_what_it_says() -> None:
    """Characters that turn the direction of writing, or have no sign, are shown as escapes in every part."""
    unseen = "\u202egpj\u2066\x9b\u200b"
    names = [name for name in NAMES if name != "event"]
    texts = {name: f"{name} {unseen}" for name in (*names, "drill", "problem", "comment")}
    records = (
        {**texts, "event": event, "timestamp": timestamp(MOMENT + second), "request_id": f"{second}{unseen}"}
        | {"response_time_ms": 10, "requests": [f"{second}{unseen}"], "error_message": unseen}
        for second, event in enumerate(EVENTS)
    )
    dashboard = dashboard_of(sources_of_lines(*(json.dumps(record).encode() for record in records)), "full")
    parts = parts_for(dashboard, OPERATOR)
    pieces = [part["html"] for part in parts.values() if "html" in part]
    pieces += [piece for piece in parts["overview"].values() if isinstance(piece, str)]
    found = client_of(dashboard).get("/dashboard/request", params={"request": f"0{unseen}"}).text
    shown = "".join(Elements(piece).text for piece in (*pieces, found))
    shown += json.dumps(parts["overview"]["figures"], ensure_ascii=False).replace(f"0{unseen}", "")
    assert "message \\u202egpj\\u2066\\u009b\\u200b" in shown
    assert not [character for character in unseen if character not in "gpj" and character in shown]
