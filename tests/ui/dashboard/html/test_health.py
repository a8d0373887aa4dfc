"""What is looked at, and what is wrong with it."""

from typing import Any

import pytest

from monitoring.formats.row_decoder import BROKEN_KINDS
from monitoring.reading.log_reader import View
from monitoring.record.found_field import FoundField
from monitoring.storage.keeping import Keeping, LeftAlone, Surplus
from monitoring.storage.write_error import WriteError
from tests.monitoring.helpers import MOMENT, a_record
from tests.ui.dashboard.helpers import HOSTILE, Elements, same_structure, view_of
from ui.dashboard.html.health import MAX_TASKS, Health, notice, whole_window
from ui.texts.page import EN, ZH
from ui.texts.words import Words
from ui.view.interval import Interval

DISK = WriteError("/srv/logs", "No space left on device: qwen.log", "full")
SHOWN = Interval("1h", MOMENT - 3600, MOMENT)


def health_text(view: View, dropped: int = 0, error: WriteError | None = None, words: Words = EN) -> str:
    """Return the health of a log as its reader sees it."""
    return Elements(Health(view, dropped, error, for_operator=True).html("qwen.log", SHOWN, words)).text


def noted(requests: int = 0, words: Words = EN, **changes: Any) -> str:
    """Return the notice of a view that shows so many requests."""
    return notice(view_of(a_record(), **changes), requests, is_live=True, words=words)


def test_a_sound_log_shows_its_scope_only() -> None:
    """How many records are in memory, from where, and which time is shown; no warning."""
    shown = Health(view_of(a_record(), a_record()), 0, None, True).html("qwen.log", SHOWN, EN)
    scope = "records in memory: 2, from qwen.log · shown 2023-11-14 21:13:20 UTC to 2023-11-14 22:13:20 UTC"
    assert Elements(shown).text == scope
    assert "warning" not in shown


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_log_without_records_shows_no_time(words: Words) -> None:
    """Where there are no records, no time of theirs is told."""
    assert health_text(view_of(), words=words) == words["scope_none"].format(name="qwen.log")


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_log_that_is_still_read_says_so(words: Words) -> None:
    """While older records come, the scope says that there are more; a file's progress says it elsewhere."""
    assert words["loading"] in health_text(view_of(loading=True), words=words)
    assert words["loading"] not in health_text(view_of(), words=words)
    assert words["loading"] not in health_text(view_of(loading=True, progress=0.5), words=words)
    assert words["loading"] not in health_text(view_of(loading=True, error="OSError: no"), words=words)


def test_whatever_is_wrong_with_the_log_is_said() -> None:
    """Broken lines by kind, gaps, lost records and failures of disk and reader stand in the warning."""
    view = view_of(
        broken={"torn": 2, "not_json": 1, "new_kind": 4000}, missing=5, error="OSError: no", loading=True
    )
    shown = health_text(view, 6, DISK)
    assert "broken lines skipped: 4,003 (2 torn, 1 not JSON, 4,000 new_kind)" in shown
    assert "missing records: 5 (gaps in seq)" in shown
    assert "lost records: 6 (the disk did not accept them)" in shown
    assert "The log cannot be read: OSError: no" in shown
    chinese = health_text(view, 6, DISK, ZH)
    assert "跳过 4,003 行损坏的日志（2 残缺，1 不是 JSON，4,000 new_kind）" in chinese
    assert "缺失 5 条记录（seq 不连续）" in chinese


@pytest.mark.parametrize(
    ("words", "text"), [(EN, "old log files: 2,000, of which only 30 would stay"), (ZH, "旧日志有 2,000 个")]
)
def test_the_operator_reads_that_old_files_are_left_alone(words: Words, text: str) -> None:
    """With the setting that ends it; a visitor can do nothing about it, and reads nothing."""
    folder = LeftAlone(2000, Keeping(30, is_chosen=False), Surplus(1970, 1, "", ""))
    shown = Health(view_of(), 0, None, True, folder).html("qwen.log", SHOWN, words)
    assert text in shown
    assert "LOG_KEEP" in shown
    assert "warning" not in Health(view_of(), 0, None, False, folder).html("qwen.log", SHOWN, words)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (
            EN,
            "The log cannot be written to the folder /srv/logs (No space left on device: qwen.log). Make "
            "room on its disk or raise its quota, or set LOG_DIR to another folder.",
        ),
        (
            ZH,
            "日志无法写入文件夹 /srv/logs（No space left on device: qwen.log）。"
            "请清理磁盘空间或提高配额，或将 LOG_DIR 设为其他文件夹。",
        ),
    ],
)
def test_the_operator_reads_which_folder_refuses_and_what_helps(words: Words, text: str) -> None:
    """The folder, the system's reason and the remedy stand in one sentence."""
    assert text in health_text(view_of(), 0, DISK, words)


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize("kind", BROKEN_KINDS)
def test_every_kind_of_broken_line_has_a_name(kind: str, words: Words) -> None:
    """Whatever the decoder counts is said in the reader's language."""
    assert f"1 {words[f'broken_{kind}']}" in health_text(view_of(broken={kind: 1}), words=words)


def test_the_health_is_shown_as_text() -> None:
    """Markup in a file's name, in an error or in a kind makes no element."""
    plain = Health(view_of(missing=1), 0, None, True).html("qwen.log", SHOWN, EN)
    hostile = Health(
        view_of(broken={HOSTILE: 1}, error=HOSTILE), 0, WriteError(HOSTILE, HOSTILE, "other"), True
    ).html(HOSTILE, SHOWN, EN)
    assert same_structure(hostile, plain)


def test_the_whole_window_is_told_by_task() -> None:
    """Percentiles of all records in memory stand in one line, whatever time is shown."""
    records = [
        a_record(task_type="sentiment", response_time_ms=20.0),
        *(a_record(response_time_ms=value) for value in (12_000.0, 14_000.0)),
    ]
    text = Elements(whole_window(view_of(*records), EN)).text.replace("\u00a0", " ")
    assert text == (
        "All records in memory: Sentiment n = 1, p50 20 ms, p95 20 ms; Chat n = 2, p50 13.0 s, p95 13.9 s"
    )
    assert "对话 2 次，p50 13.0 s" in whole_window(view_of(*records), ZH)


def test_a_window_without_requests_says_nothing() -> None:
    """Where there is nothing to sum up, there is no line; a task without requests is left out."""
    assert whole_window(view_of(), EN) == ""
    assert EN["task_sentiment"] not in whole_window(view_of(a_record()), EN)


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_file_on_its_way_shows_how_far_it_is(words: Words) -> None:
    """While a file is read, a bar and a number tell how much of it was read, whatever is shown so far."""
    for requests in (0, 3):
        shown = Elements(noted(requests, words, progress=0.375, loading=True))
        assert words["loading_file"].format(percent="38%") in shown.text
        assert ("progress", {"value": "0.375", "max": "1"}) in shown.found


def test_with_requests_there_is_nothing_to_note() -> None:
    """What can be seen needs no teaching; nor does a log whose records may still come."""
    assert noted(1) == ""
    assert noted(0, loading=True) == ""


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_an_empty_time_leads_to_the_others(words: Words) -> None:
    """Where there are requests at other times only, a link shows them."""
    shown = Elements(noted(0, words))
    assert words["no_requests_here"] in shown.text
    assert ("a", {"href": "?range=all", "data-set": "range=all"}) in shown.found


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_before_the_first_request_the_page_says_what_will_come(words: Words) -> None:
    """A log without requests teaches what to do, and offers no link to nothing."""
    started = a_record(event="app.started", task_type="system", status=None, response_time_ms=None)
    for view in (view_of(), view_of(started)):
        shown = Elements(notice(view, 0, is_live=True, words=words))
        assert shown.text == words["no_requests"]
        assert shown.names == {"div"}


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_file_on_its_way_never_has_no_records(words: Words) -> None:
    """Until records have come, the scope says that the file is read; then how many there are so far."""
    shown = health_text(view_of(loading=True, progress=0.25), words=words)
    assert shown == words["scope_reading"].format(name="qwen.log", percent="25%")
    shown = health_text(view_of(a_record(), a_record(), loading=True, progress=0.5), words=words)
    assert words["scope_so_far"].format(count=2) in shown


FIELD = FoundField("took", ("12",), 3)
STARTED = a_record(event="app.started", task_type="system", status=None, response_time_ms=None)


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize(
    ("view", "texts"),
    [
        (view_of(), ["file_empty"]),
        (view_of(broken={"not_json": 3}), ["file_unread"]),
        (view_of(error="OSError: no"), ["file_unread"]),
        (view_of(fields=(FIELD,)), ["file_unread", "map_choose"]),
        (view_of(STARTED), ["no_requests_in_file"]),
        (view_of(STARTED, fields=(FIELD,)), ["no_requests_in_file", "map_choose"]),
    ],
    ids=["empty", "broken", "unreadable", "unknown fields", "no requests", "requests without times"],
)
def test_an_empty_page_of_a_file_says_why(view: View, texts: list[str], words: Words) -> None:
    """Whoever opened a file learns what is missing in it, and is not sent to the chat."""
    shown = Elements(notice(view, 0, is_live=False, words=words))
    assert shown.text == " ".join(words[text] for text in texts)


@pytest.mark.parametrize("changes", [{"read_as": {"pino": 1}}, {"fields": (FIELD,)}])
def test_another_programs_live_log_does_not_lead_to_the_chat(changes: dict[str, Any]) -> None:
    """A log that another program writes gets no requests from the chat tab."""
    shown = Elements(notice(view_of(STARTED, **changes), 0, is_live=True, words=EN)).text
    assert shown.startswith(EN["no_requests_in_file"])
    assert (EN["map_setting"] in shown) is ("fields" in changes)


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_visitor_learns_that_the_log_fails_but_not_how(words: Words) -> None:
    """The system's words may name files; they are the operator's."""
    health = Health(view_of(error="SECRET"), 6, WriteError("SECRET", "SECRET", "full"), for_operator=False)
    text = Elements(health.html("live log", SHOWN, words)).text
    assert words["disk_error_here"] in text
    assert words["read_error_here"] in text
    assert words["dropped"].format(count=6) in text
    assert "SECRET" not in text


def test_of_many_tasks_the_first_are_told() -> None:
    """A log with endless tasks makes no endless line."""
    view = view_of(*(a_record(task_type=f"task{number}.") for number in range(MAX_TASKS + 3)))
    text = Elements(whole_window(view, EN)).text
    assert f"task{MAX_TASKS - 1}." in text
    assert f"task{MAX_TASKS}." not in text
    assert text.endswith(EN["and_more"].format(count=3))
