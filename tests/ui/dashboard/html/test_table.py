"""The table of records: its headings, its pages, its cells."""

from collections.abc import Mapping

import pytest

from monitoring.analysis.filters import Filter
from monitoring.window.frame import Frame
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import a_record
from tests.ui.dashboard.helpers import (
    HOSTILE,
    Elements,
    frame_of_lines,
    rows_of,
    same_structure,
    without_lines,
)
from ui.dashboard.html.table import table
from ui.dashboard.ordering import page_in_order
from ui.texts.page import EN, ZH
from ui.texts.words import Words
from ui.view.state import PAGE_ROWS, SORTS, ViewState

FIRST = ViewState()
EVERY = Filter(kind="all")
NO_TOOLS: Mapping[str, str] = {}


def shown(
    frame: Frame, state: ViewState = FIRST, words: Words = EN, tools: Mapping[str, str] = NO_TOOLS
) -> str:
    """Return the table of all records of a frame."""
    records = EVERY.select(frame)
    return table(page_in_order(records, state), len(records), state, tools, words)


def test_a_page_beyond_the_last_is_the_last() -> None:
    """Where fewer records are left, the last page is shown in place of the requested one."""
    frame = frame_of(*(a_record(second, message=str(second)) for second in range(30)))
    assert shown(frame, ViewState(page=99)) == shown(frame, ViewState(page=2))
    assert len(rows_of(shown(frame, ViewState(page=99)))) == 30 - PAGE_ROWS


def test_the_pager_leads_to_the_other_pages() -> None:
    """The buttons of pages that do not exist are disabled."""
    frame = frame_of(*(a_record(second) for second in range(4 * PAGE_ROWS)))

    def buttons(page: int) -> dict[str | None, bool]:
        markup = Elements(shown(frame, ViewState(page=page)).partition("<nav")[2].join(["<nav", ""]))
        return {
            attrs["data-set"]: "disabled" not in attrs
            for tag, attrs in markup.found
            if tag == "button" and "data-set" in attrs
        }

    assert buttons(3) == {"page=1": True, "page=2": True, "page=4": True}
    assert buttons(1) == {"page=1": False, "page=0": False, "page=2": True, "page=4": True}
    assert buttons(4) == {"page=1": True, "page=3": True, "page=5": False, "page=4": False}
    assert "page 2 of 4 · 100 in total" in shown(frame, ViewState(page=2))
    assert "第 2 / 4 页 · 共 100 条记录" in shown(frame, ViewState(page=2), ZH)


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_table_without_records_says_so(words: Words) -> None:
    """Where nothing matches, the table says what to do; with a record it says no more."""
    assert words["no_rows"] in shown(frame_of(), words=words)
    assert words["no_rows"] not in shown(frame_of(a_record()), words=words)


@pytest.mark.parametrize(
    ("state", "name", "direction", "next_sort"),
    [
        (ViewState(), "time", "descending", "sort=time"),
        (ViewState(is_descending=False), "time", "ascending", "sort=-time"),
        (ViewState(sort="label", is_descending=False), "label", "ascending", "sort=-label"),
        (ViewState(sort="speed"), "speed", "descending", "sort=speed"),
        (ViewState(), "speed", "none", "sort=-speed"),
        (ViewState(), "label", "none", "sort=label"),
    ],
)
def test_headings_tell_and_change_the_order(
    state: ViewState, name: str, direction: str, next_sort: str
) -> None:
    """A click turns a sorted column around; numbers begin with the highest, texts with the first."""
    markup = Elements(shown(frame_of(), state))
    directions = markup.values("aria-sort")
    targets = [value for value in markup.values("data-set") if value and value.startswith("sort=")]
    assert directions[SORTS.index(name)] == direction
    assert targets[SORTS.index(name)] == next_sort
    assert len([value for value in directions if value != "none"]) == 1
    assert len(directions) == len(targets) == len(SORTS)


def test_a_row_shows_its_record() -> None:
    """A row holds time, task, status, level, label, the numbers, message and the id's beginning."""
    record = a_record(
        5,
        task_type="sentiment",
        label="正面",
        response_time_ms=1299.6,
        queue_wait_ms=3.2,
        ttft_ms=99.6,
        output_tokens=12,
        tokens_per_second=7.25,
        request_id="0123456789abcdef",
    )
    markup = shown(frame_of(record))
    (row,) = rows_of(markup)
    numbers = ["1,300", "3", "100", "12", "7.2"]
    texts = ["2023-11-14 22:13:25 UTC", "Sentiment", "ok", "INFO", "Positive"]
    assert row == [*texts, *numbers, "对话完成", "01234567"]
    (link,) = (attrs for tag, attrs in Elements(markup).found if tag == "a" and "data-request" in attrs)
    assert (link["data-request"], link["title"]) == ("0123456789abcdef", "0123456789abcdef")


def test_a_row_leaves_out_what_is_not_known() -> None:
    """A record without task, status and numbers shows its level, and leads to no request."""
    markup = shown(frame_of({"timestamp": "2023-11-14T22:13:25Z", "level": "WARNING"}))
    (row,) = rows_of(markup)
    assert row == ["2023-11-14 22:13:25 UTC", EN["task_unknown"], "", "WARNING", *[""] * 8]
    assert "data-request" not in markup
    assert "<tr class='warning'>" in markup


def test_a_record_whose_line_is_gone_keeps_its_row() -> None:
    """Where only the columns are left, the row shows the time."""
    (row,) = rows_of(shown(without_lines(frame_of(a_record()))))
    assert row == ["2023-11-14 22:13:20 UTC", *[""] * 11]


@pytest.mark.parametrize("field", ["message", "task_type", "request_id", "status", "level", "event", "label"])
def test_records_are_shown_as_text(field: str) -> None:
    """Markup in any text of a record makes no element and no attribute."""
    record = {**a_record(), field: HOSTILE}
    assert same_structure(shown(frame_of(record, record)), shown(frame_of(a_record(), a_record())))


def test_a_hostile_message_can_still_be_read() -> None:
    """Escaping keeps the text: the table shows what the record says."""
    assert HOSTILE.rstrip("\x00") in Elements(shown(frame_of(a_record(message=HOSTILE)))).text


def test_a_number_beyond_all_floats_takes_nothing_with_it() -> None:
    """A record with an endless number keeps its row, without the number."""
    line = b'{"timestamp":"2023-11-14T22:13:25Z","message":"m","output_tokens":1' + b"0" * 400 + b"}"
    (row,) = rows_of(shown(frame_of_lines(line)))
    assert (row[8], row[10]) == ("", "m")


def test_times_at_the_ends_of_the_calendar_are_shown() -> None:
    """Records of the years 1 and 9999 do not break the table."""
    frame = frame_of(a_record(timestamp="0001-01-01T00:00:00Z"), a_record(timestamp="9999-12-31T23:59:58Z"))
    assert len(rows_of(shown(frame))) == 2


def test_the_selection_can_be_exported() -> None:
    """Two links save the selection; the script knows their addresses."""
    links = [attrs for tag, attrs in Elements(shown(frame_of())).found if "data-export" in attrs]
    assert [(link["data-export"], "download" in link) for link in links] == [("jsonl", True), ("csv", True)]


def test_the_selection_is_shown_for_other_tools() -> None:
    """Each tool has its text behind a button that copies it, as text."""
    tools = {"jq": "jq '.a < 1'", "SQL": HOSTILE}
    markup = Elements(shown(frame_of(), tools=tools))
    assert [attrs.get("id") for tag, attrs in markup.found if tag == "details"] == ["tool-jq", "tool-sql"]
    assert [tag for tag, attrs in markup.found if "data-copy" in attrs] == ["button", "button"]
    assert "Copy as jq" in markup.text
    assert "jq '.a < 1'" in markup.text
    assert same_structure(shown(frame_of(), tools={"SQL": "x"}), shown(frame_of(), tools={"SQL": HOSTILE}))
