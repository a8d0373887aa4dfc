"""The dashboard's sources in a real browser: files that are uploaded or were put aside, hidden texts."""

import gzip
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import expect

from benchmarks.sample_log import write_log
from monitoring.record.encode import to_line
from tests.browser import sample_records
from tests.browser.conftest import OpenDashboard, OpenPage
from tests.browser.dashboard_page import DashboardPage
from tests.browser.sample_app import ROTATED, SampleApp
from tests.browser.sample_records import Fields

pytestmark = pytest.mark.browser

PAGE_ROWS = 25
MARCH = 1_772_323_200.0  # 2026-03-01
UPLOADED = [sample_records.task(500 + n, "chat", MARCH + 60 * n) for n in range(5)]
GONE = "This source no longer exists"


def newest_first(records: Sequence[Fields]) -> list[str]:
    """Return the messages of records as the table shows them."""
    return [str(record["message"]) for record in reversed(records)]


def upload(dashboard: DashboardPage, path: Path, content: bytes) -> None:
    """Choose a file with this content in the page."""
    path.write_bytes(content)
    dashboard.root.locator("[data-form=view] input[type=file]").set_input_files(path)
    expect(dashboard.page).to_have_url(
        re.compile(r"source=upload%3A[0-9a-f]{32}&.*range=all|range=all.*upload")
    )


@pytest.mark.parametrize("name", ["log.jsonl", "qwen.log.gz"])
def test_a_file_is_uploaded_and_shown(
    open_dashboard: OpenDashboard, growing_app: SampleApp, tmp_path: Path, name: str
) -> None:
    """A file's records are shown in place of the live log, to which the control of sources leads back."""
    dashboard = open_dashboard(growing_app)
    content = b"".join(map(to_line, UPLOADED))
    upload(dashboard, tmp_path / name, gzip.compress(content) if name.endswith(".gz") else content)
    dashboard.expect_rows(newest_first(UPLOADED))
    expect(dashboard.part("health")).to_contain_text(f"records in memory: 5, from uploaded file {name}")
    expect(dashboard.field("source")).to_have_value(dashboard.view["source"])
    expect(dashboard.part("upload")).to_be_hidden()
    dashboard.open_request(UPLOADED[2]["request_id"])
    expect(dashboard.dialog).to_contain_text("Question 502")
    dashboard.page.keyboard.press("Escape")
    dashboard.choose("source", "live")
    dashboard.wait_for_view(source="")
    dashboard.expect_rows([str(record["message"]) for record in growing_app.tasks[:PAGE_ROWS]])


def test_a_file_is_read_to_its_end_without_refreshing(
    open_dashboard: OpenDashboard, growing_app: SampleApp, tmp_path: Path
) -> None:
    """Where refreshing is off, an uploaded file is shown nevertheless."""
    dashboard = open_dashboard(growing_app, refresh="off")
    write_log(tmp_path / "busy.log", 15_000)
    upload(dashboard, tmp_path / "qwen.log", (tmp_path / "busy.log").read_bytes())
    expect(dashboard.part("health")).to_contain_text("records in memory: 15,000")
    expect(dashboard.part("notice")).to_be_empty()


def test_a_file_of_rubbish_says_what_is_wrong(
    open_dashboard: OpenDashboard, growing_app: SampleApp, tmp_path: Path
) -> None:
    """Lines that are no records are counted by what is wrong with them."""
    dashboard = open_dashboard(growing_app)
    upload(dashboard, tmp_path / "rubbish.log", b"no log\n\xff\xfe\n[1]\n{}\n")
    health = dashboard.part("health").get_by_role("alert")
    expect(health).to_contain_text("broken lines skipped: 4")
    for kind in ("2 not JSON", "1 not an object", "1 without a time"):
        expect(health).to_contain_text(kind)
    expect(dashboard.messages).to_have_count(0)


def test_a_rotated_file_is_a_source(open_dashboard: OpenDashboard, growing_app: SampleApp) -> None:
    """A file that was put aside can be chosen; where the time does not fit, one click shows all of it."""
    dashboard = open_dashboard(growing_app)
    dashboard.choose("source", f"file:{ROTATED}")
    dashboard.wait_for_view(source=f"file:{ROTATED}")
    expect(dashboard.part("health")).to_contain_text(f"records in memory: 4, from {ROTATED}")
    dashboard.part("notice").get_by_role("link", name="Show all times").click()
    dashboard.expect_rows(newest_first(growing_app.old_records))
    dashboard.wait_for_view(range="all")


def test_a_source_that_is_not_there_says_so(open_page: OpenPage, growing_app: SampleApp) -> None:
    """An address with a file that was removed is explained."""
    query = "tab=dashboard&refresh=30&source=file:qwen-2020-01-01T00-00-00.000Z.log"
    opened = open_page(growing_app.app, "#dashboard [data-part=problem]:not([hidden])", query)
    expect(opened.page.locator("#dashboard [data-part=problem]")).to_contain_text(GONE)
    opened.errors.clear()  # Chromium reports the 404; the page asks again after 30 s only


def test_an_upload_that_was_given_up_says_so(open_dashboard: OpenDashboard, growing_app: SampleApp) -> None:
    """Where newer uploads have taken its place, the page says so, and another source can be chosen."""
    source = growing_app.upload(UPLOADED)
    dashboard = open_dashboard(growing_app, source=source, refresh="30", range="all")
    for number in range(3):
        growing_app.upload([UPLOADED[number]])
    dashboard.choose("range", "24h")
    expect(dashboard.problem).to_contain_text(GONE)
    dashboard.choose("source", "live")
    expect(dashboard.problem).to_be_hidden()
    dashboard.expect_rows([str(record["message"]) for record in growing_app.tasks[:PAGE_ROWS]])
    dashboard.errors.clear()  # Chromium reports the 404


@pytest.fixture(scope="module")
def private_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleApp]:
    """An app whose log has messages' texts of before, but which shows none any more."""
    with SampleApp.run(tmp_path_factory.mktemp("private"), LOG_CONTENT="none") as started:
        yield started


def test_hidden_texts_are_neither_shown_nor_exported(
    open_dashboard: OpenDashboard, private_app: SampleApp
) -> None:
    """With LOG_CONTENT=none the page says so; request, export and search know no message's text."""
    dashboard = open_dashboard(private_app, task="chat")
    expect(dashboard.part("filter")).to_contain_text("LOG_CONTENT is none")
    expect(dashboard.part("filter")).to_contain_text("no message text to search")
    for name in ("Export JSONL", "Export CSV"):
        with dashboard.page.expect_download() as caught:
            dashboard.root.get_by_role("link", name=name).click()
        text = caught.value.path().read_text("utf-8-sig")
        assert "chat no. 4" in text
        assert "Question" not in text
    chat = private_app.tasks[0]
    dashboard.open_request(chat["request_id"])
    expect(dashboard.dialog).to_contain_text(str(chat["message"]))
    expect(dashboard.dialog).not_to_contain_text("Question")
    dashboard.page.keyboard.press("Escape")
    dashboard.choose("q", "Question")
    expect(dashboard.messages).to_have_count(0)


def test_who_uploads_a_file_sees_its_texts(open_dashboard: OpenDashboard, private_app: SampleApp) -> None:
    """LOG_CONTENT=none hides what this app logged, not what a reader brings along."""
    dashboard = open_dashboard(private_app.app, source=private_app.upload(UPLOADED), range="all")
    dashboard.expect_rows(newest_first(UPLOADED))
    dashboard.open_request(UPLOADED[0]["request_id"])
    expect(dashboard.dialog).to_contain_text("Question 500")
    expect(dashboard.part("filter")).not_to_contain_text("LOG_CONTENT")
