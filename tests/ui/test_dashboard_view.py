"""The dashboard's pieces of HTML."""

import errno
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from ui.dashboard_view import TABLE_ROWS, cards, health, table

from monitoring.aggregate import summarize
from monitoring.reading import View
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import a_record
from ui.text import EN, ZH
from ui.turn import Words

HOSTILE = "</td><script>alert(1)</script><img src=x onerror='alert(1)'>\"'&\x00"


class Elements(HTMLParser):
    """Collect which elements and attributes a piece of HTML really has."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def cards_of(*records: dict[str, Any], words: Words = EN) -> dict[str, str]:
    """Return each card's text by its name."""
    markup = cards(summarize(frame_of(*records)), words)
    found = re.findall(r"class='name'>(.*?)</div><div class='value'>(.*?)</div>", markup)
    return {name: re.sub("<.*?>", "", value) for name, value in found}


def rows_of(markup: str) -> list[list[str]]:
    """Return the table's cells."""
    rows = re.findall(r"<tr class=.*?</tr>", markup)
    return [re.findall(r"<td>(.*?)</td>", row) for row in rows]


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_cards_without_data_say_so(words: Words) -> None:
    """Before the first record every measure says `no data`, and none says zero."""
    shown = cards_of(words=words)
    assert shown[words["requests"]] == "0"
    measures = [value for name, value in shown.items() if name != words["requests"]]
    assert set(measures) == {words["no_data"]}


def test_cards_show_the_figures() -> None:
    """Counts, medians, speed, memory and CPU stand on their cards, with units."""
    chat = a_record(
        response_time_ms=12_340, tokens_per_second=7.25, memory_usage_mb=1234, cpu_usage_percent=180
    )
    shown = cards_of(a_record(task_type="sentiment", response_time_ms=99.6), chat)
    assert shown == {
        "Requests": "1",
        "Errors": "0",
        "Sentiment": "100 ms",
        "Chat": "12.3 s",
        "Speed": "7.2 tok/s",
        "Memory": "1,234 MiB",
        "CPU": "180 %",
    }


def test_only_errors_alarm() -> None:
    """A refused or stopped request is no alarm, a failed one is."""
    calm = frame_of(a_record(status="rejected"), a_record(status="cancelled"))
    assert "alarming" not in cards(summarize(calm), EN)
    assert "alarming" in cards(summarize(frame_of(a_record(status="error"))), EN)
    assert "1 rejected · 1 stopped" in cards(summarize(calm), EN)


def test_percentiles_say_of_how_many_records_they_are() -> None:
    """A median of two requests can be told from one of two thousand."""
    records = [a_record(tokens_per_second=9, ttft_ms=300)] * 1234 + [a_record(ttft_ms=300)]
    markup = cards(summarize(frame_of(*records, a_record(status="error"))), EN)
    details = re.findall("class='detail'>(.*?)</div>", markup.replace("\u00a0", " "))
    assert "median · p95 100 ms · n = 1,235" in details
    assert "median · p95 – · n = 0" in details
    assert "median · n = 1,234 · first token 300 ms · n = 1,235" in details
    assert "1,235\u00a0次" in cards(summarize(frame_of(*records)), ZH)


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_table_without_requests_says_so(words: Words) -> None:
    """Before the first request the table says what will come; after it, no more."""
    app_started = a_record(event="app.started", task_type="system", status=None)
    assert words["no_requests"] in table(frame_of(), words)
    assert words["no_requests"] in table(frame_of(app_started), words)
    assert words["no_requests"] not in table(frame_of(app_started, a_record()), words)


def test_the_table_shows_the_newest_first() -> None:
    """The latest records stand on top, as many as there is room for."""
    rows = rows_of(table(frame_of(*(a_record(second, message=str(second)) for second in range(50))), EN))
    assert [row[5] for row in rows] == [str(second) for second in range(49, 49 - TABLE_ROWS, -1)]


def test_a_row_shows_its_record() -> None:
    """A row holds time in UTC, task, status, duration, tokens, message and the id's beginning."""
    record = a_record(5, response_time_ms=99.6, output_tokens=12, request_id="0123456789abcdef")
    (row,) = rows_of(table(frame_of(record), EN))
    assert row == ["11-14 22:13:25", "Chat", "ok", "100", "12", "对话完成", "01234567"]


def test_a_row_leaves_out_what_is_not_known() -> None:
    """A foreign record without task, status and numbers shows its level and message."""
    (row,) = rows_of(table(frame_of({"timestamp": "2023-11-14T22:13:25Z", "level": "INFO"}), EN))
    assert row == ["11-14 22:13:25", "", "INFO", "", "", "", ""]


def test_samples_do_not_fill_the_table() -> None:
    """Resource samples feed the charts and leave the table to the requests."""
    samples = [a_record(second, event="resource.sample", task_type="system") for second in range(1, 100)]
    assert len(rows_of(table(frame_of(a_record(0), *samples), EN))) == 1


@pytest.mark.parametrize("field", ["message", "task_type", "request_id", "status", "level", "event", "label"])
def test_records_are_shown_as_text(field: str) -> None:
    """Markup in any text of a record makes no element and no attribute."""
    record = {**a_record(), field: HOSTILE}
    shown = Elements(table(frame_of(record, record), EN))
    plain = Elements(table(frame_of(a_record(), a_record()), EN))
    assert shown.names == plain.names
    assert shown.attributes == plain.attributes


def test_a_hostile_message_can_still_be_read() -> None:
    """Escaping keeps the text: the table shows what the record says."""
    assert HOSTILE.rstrip("\x00") in "".join(Elements(table(frame_of(a_record(message=HOSTILE)), EN)).texts)


def test_times_at_the_ends_of_the_calendar_are_shown() -> None:
    """Records of the years 1 and 9999 do not break the table."""
    frame = frame_of(a_record(timestamp="0001-01-01T00:00:00Z"), a_record(timestamp="9999-12-31T23:59:58Z"))
    assert len(rows_of(table(frame, EN))) == 2


def test_a_record_whose_line_is_gone_keeps_its_row() -> None:
    """Where only the columns are left, the row shows the numbers."""
    frame = frame_of(a_record(response_time_ms=99.6))
    frame.shared.lines.drop_before(1)
    frame.shared.lines.append(b"{}\n")
    (row,) = rows_of(table(frame, EN))
    assert (row[0], row[3]) == ("11-14 22:13:20", "100")


def view_of(*records: dict[str, Any], **changes: Any) -> View:
    """Return what is known of a log that holds the records, changed by `changes`."""
    frame = frame_of(*records)
    return replace(View(frame, summarize(frame), {}, 0, False, None, 1), **changes)


def test_a_sound_log_shows_its_scope_only() -> None:
    """How many records are in view, and from which file; no warning."""
    shown = health(view_of(a_record(), a_record()), "qwen.log", 0, None, EN)
    assert "2 records in view, read from qwen.log · charts show the newest 3,000 points<" in shown
    assert "warning" not in shown


def test_a_log_that_is_still_read_says_so() -> None:
    """While older records come, the scope says that there are more."""
    assert EN["loading"] in health(view_of(loading=True), "qwen.log", 0, None, EN)
    assert ZH["loading"] in health(view_of(loading=True), "qwen.log", 0, None, ZH)


def test_whatever_is_wrong_with_the_log_is_said() -> None:
    """Broken lines by kind, gaps, lost records and failures of disk and reader stand in the warning."""
    view = view_of(
        broken={"torn": 2, "not_json": 1, "new_kind": 4000}, missing=5, error="OSError: no", loading=True
    )
    disk = OSError(errno.ENOSPC, "No space left on device", "/secret/place/qwen.log")
    shown = "".join(Elements(health(view, "qwen.log", 6, disk, EN)).texts)
    assert "4,003 broken lines skipped (2 torn, 1 not JSON, 4,000 new_kind)" in shown
    assert "5 records missing (gaps in seq)" in shown
    assert "6 records lost: the disk did not take them" in shown
    assert "The log cannot be written: No space left on device" in shown
    assert "secret" not in shown
    assert "The log cannot be read: OSError: no" in shown
    assert EN["loading"] not in shown
    chinese = "".join(Elements(health(view, "qwen.log", 6, disk, ZH)).texts)
    assert "跳过 4,003 行损坏的日志（2 残缺，1 不是 JSON，4,000 new_kind）" in chinese
    assert "缺失 5 条记录（seq 不连续）" in chinese


def test_the_health_is_shown_as_text() -> None:
    """Markup in a file's name, in an error or in a kind makes no element."""
    view = view_of(broken={HOSTILE: 1}, error=HOSTILE)
    plain = Elements(health(view_of(missing=1), "qwen.log", 0, None, EN))
    shown = Elements(health(view, HOSTILE, 0, OSError(HOSTILE), EN))
    assert (shown.names, shown.attributes) == (plain.names, plain.attributes)
