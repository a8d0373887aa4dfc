"""The dashboard's table in a real browser: filters, order, pages, exports."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from operator import itemgetter

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDashboard
from tests.browser.dashboard_page import DashboardPage, words_after_click
from tests.browser.sample_app import SampleApp
from tests.browser.sample_records import Fields, request_id

pytestmark = pytest.mark.browser

PAGE_ROWS = 25
COLUMNS = {  # in the table's order
    "time": "timestamp",
    "task": "task_type",
    "status": "status",
    "level": "level",
    "label": "label",
    "response": "response_time_ms",
    "wait": "queue_wait_ms",
    "ttft": "ttft_ms",
    "tokens": "output_tokens",
    "speed": "tokens_per_second",
}


def messages(records: Sequence[Fields]) -> list[str]:
    """Return what stands in the table's column of messages."""
    return [str(record["message"]) for record in records]


def expect_all(dashboard: DashboardPage, records: Sequence[Fields]) -> None:
    """Expect just these records, of which the first page is shown."""
    assert records
    dashboard.expect_rows(messages(records[:PAGE_ROWS]))
    expect(dashboard.place_in_pages).to_contain_text(f"· {len(records)} in total")


FILTERS: dict[tuple[str, str], Callable[[Fields], bool]] = {
    ("task", "chat"): lambda record: record["task_type"] == "chat",
    ("status", "error"): lambda record: record["status"] == "error",
    ("label", "正面"): lambda record: record.get("label") == "正面",
    ("level", "WARNING"): lambda record: record["level"] == "WARNING",
    ("over", "2500"): lambda record: record["response_time_ms"] > 2500,
    ("q", "QUESTION 17"): lambda record: record["input_text"] == "Question 17",
    ("session", "session-1"): lambda record: record["session_id"] == "session-1",
    ("id", request_id(12)): lambda record: record["request_id"] == request_id(12),
}


def test_each_filter_narrows_the_table_to_the_rows_that_pass(
    open_dashboard: OpenDashboard, sample_app: SampleApp
) -> None:
    """What is chosen stands in the address, and just the matching requests are rows, the newest first."""
    dashboard = open_dashboard()
    expect_all(dashboard, sample_app.tasks)
    for (name, value), passes in FILTERS.items():
        dashboard.choose(name, value)
        expect_all(dashboard, list(filter(passes, sample_app.tasks)))
        dashboard.wait_for_view(**{name: value})
        dashboard.root.locator("[data-reset-filter]").click()
        expect_all(dashboard, sample_app.tasks)
        dashboard.wait_for_view(**{name: ""})
        expect(dashboard.field(name)).to_have_value("")


def test_other_records_than_requests_are_rows_on_demand(
    open_dashboard: OpenDashboard, sample_app: SampleApp
) -> None:
    """`events` are neither requests nor samples of the machine, `all` is everything."""
    dashboard = open_dashboard()
    for kind, hidden in (("events", ("task.finished", "resource.sample")), ("all", ())):
        dashboard.choose("kind", kind)
        shown = [record for record in reversed(sample_app.records) if record["event"] not in hidden]
        expect(dashboard.place_in_pages).to_contain_text(f"· {len(shown)} in total")
        dashboard.wait_for_view(kind=kind)
        if kind == "events":
            dashboard.expect_rows(messages(shown))


def test_filters_work_together(open_dashboard: OpenDashboard, sample_app: SampleApp) -> None:
    """Two filters show what passes both; a filter that nothing passes says what to do."""
    dashboard = open_dashboard()
    dashboard.choose("task", "sentiment")
    dashboard.choose("status", "cancelled")
    both = [r for r in sample_app.tasks if (r["task_type"], r["status"]) == ("sentiment", "cancelled")]
    expect_all(dashboard, both)
    dashboard.choose("over", "1e6")
    expect(dashboard.messages).to_have_count(0)
    expect(dashboard.part("table").locator(".empty")).to_contain_text("Choose a longer time range")


def test_a_time_of_ones_own_narrows_the_table(open_dashboard: OpenDashboard, sample_app: SampleApp) -> None:
    """`own` begins with the time that was shown; rows are of `from` or later, and before `to`."""
    dashboard = open_dashboard(range="24h", **{"from": "", "to": ""})
    dashboard.choose("range", "own")
    expect(dashboard.field("from")).to_be_visible()
    since, until = sample_app.tasks[9]["timestamp"], sample_app.tasks[3]["timestamp"]
    dashboard.choose("from", since[:19])
    dashboard.choose("to", until[:19])
    expected = [record for record in sample_app.tasks if since <= record["timestamp"] < until]
    assert len(expected) == 6
    expect_all(dashboard, expected)
    begin, end = (
        moment[:19].removesuffix(":00") for moment in (since, until)
    )  # as browsers write full minutes
    dashboard.wait_for_view(range="own", to=end, **{"from": begin})


def test_a_range_reaches_back_as_far_as_it_says(open_dashboard: OpenDashboard, sample_app: SampleApp) -> None:
    """Requests of three days ago are there in a week, and not in a day."""
    dashboard = open_dashboard(range="6h", **{"from": "", "to": ""})
    recent, old = len(sample_app.tasks), len(sample_app.old_records)
    for name, count in {"24h": recent, "7d": recent + old, "all": recent + old}.items():
        dashboard.choose("range", name)
        expect(dashboard.place_in_pages).to_contain_text(f"· {count} in total")
        dashboard.wait_for_view(range=name)


def test_a_columns_head_sorts(open_dashboard: OpenDashboard, sample_app: SampleApp) -> None:
    """One click sorts one way, the next one the other way; what has no value comes last."""
    dashboard = open_dashboard()
    dashboard.expect_rows(messages(sample_app.tasks[:PAGE_ROWS]))
    for place, (column, field) in enumerate(COLUMNS.items()):
        head = dashboard.part("table").locator("th").nth(place)
        begins_small = column in ("task", "status", "level", "label", "time")  # time was sorted already
        for is_ascending in (begins_small, not begins_small):
            head.locator("button").click()
            expect(head).to_have_attribute("aria-sort", "ascending" if is_ascending else "descending")
            dashboard.wait_for_view(sort=column if is_ascending else f"-{column}")
            dashboard.expect_rows(messages(_ordered(sample_app.tasks, field, is_ascending)[:PAGE_ROWS]))


def _ordered(records: Sequence[Fields], field: str, is_ascending: bool) -> list[Fields]:
    known = [record for record in records if record.get(field) is not None]
    unknown = [record for record in records if record.get(field) is None]
    ordered = sorted(known, key=itemgetter(field), reverse=not is_ascending)  # equal ones keep their order
    return [*ordered, *unknown]


def test_the_pages_together_hold_every_row_once(open_dashboard: OpenDashboard, sample_app: SampleApp) -> None:
    """Whoever goes on to the last page has seen each request, none twice."""
    dashboard = open_dashboard()
    pages = -(-len(sample_app.tasks) // PAGE_ROWS)
    seen: list[str] = []
    for page in range(1, pages + 1):
        expect(dashboard.place_in_pages).to_contain_text(f"page {page} of {pages} ·")
        seen += dashboard.messages.all_inner_texts()
        if page < pages:
            dashboard.root.get_by_role("button", name="Next page").click()
    assert seen == messages(sample_app.tasks)
    expect(dashboard.root.get_by_role("button", name="Next page")).to_be_disabled()
    dashboard.wait_for_view(page=f"{pages}")
    dashboard.root.get_by_role("button", name="First page").click()
    dashboard.expect_rows(messages(sample_app.tasks[:PAGE_ROWS]))


def test_the_exports_hold_what_the_filter_selects(
    open_dashboard: OpenDashboard, sample_app: SampleApp
) -> None:
    """JSONL and CSV have the rows of all pages, in the table's order."""
    dashboard = open_dashboard(task="chat", sort="response", over="1100")
    wanted = [
        r for r in reversed(sample_app.tasks) if r["task_type"] == "chat" and r["response_time_ms"] > 1100
    ]
    expect_all(dashboard, wanted)
    assert len(wanted) > PAGE_ROWS
    texts = []
    for name in ("Export JSONL", "Export CSV"):
        with dashboard.page.expect_download() as caught:
            dashboard.root.get_by_role("link", name=name).click()
        assert caught.value.suggested_filename == f"requests.{name.split()[1].lower()}"
        texts.append(caught.value.path().read_text("utf-8-sig"))
    lines = [json.loads(line) for line in texts[0].splitlines()]
    assert messages(lines) == messages(wanted)
    assert lines[0]["input_text"] == wanted[0]["input_text"]
    rows = list(csv.DictReader(io.StringIO(texts[1])))
    assert messages(rows) == messages(wanted)
    assert [float(row["ttft_ms"]) for row in rows] == [record["ttft_ms"] for record in wanted]


def test_the_selection_can_be_copied_for_other_tools(open_dashboard: OpenDashboard) -> None:
    """Each tool has its text, which names the filter; the button copies it and says so."""
    dashboard = open_dashboard(
        options={"permissions": ["clipboard-read", "clipboard-write"]}, task="chat", session="session-2"
    )
    for tool, sign in (("jq", "fromjson"), ("LogQL", "| json"), ("SQL", "select * from log")):
        block = dashboard.root.locator(f"#tool-{tool.lower()}")
        block.locator("summary").click()
        text = block.locator("pre").inner_text()
        assert sign in text
        assert "session-2" in text
        assert words_after_click(block.get_by_role("button")) == ["Copied", "Copy"]
        assert dashboard.page.evaluate("navigator.clipboard.readText()") == text


def test_the_address_of_the_view_can_be_copied(open_dashboard: OpenDashboard) -> None:
    """'Copy link' gives the address with everything that is chosen."""
    dashboard = open_dashboard(options={"permissions": ["clipboard-read", "clipboard-write"]}, task="chat")
    assert words_after_click(dashboard.root.get_by_role("button", name="Copy link")) == [
        "Copied",
        "Copy link",
    ]
    assert dashboard.page.evaluate("navigator.clipboard.readText()") == dashboard.page.url
    assert dashboard.view["task"] == "chat"
