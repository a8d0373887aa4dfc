"""Opening anybody's log in a real browser: the dialog, files that are dropped, how a file was read."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from benchmarks.sample_log import write_log
from tests.browser.conftest import OpenDashboard
from tests.browser.dashboard.test_looks import hard_to_read
from tests.browser.dashboard_page import DashboardPage
from tests.browser.sample_app import SampleApp

pytestmark = pytest.mark.browser

MARCH = 1_772_323_200  # 2026-03-01
COUNT = 30
NAMES = ["app.log.1", "app.log-20260121", "app.log.2.gz", "data.json", "data.ndjson", "notes.txt", "log"]
OPENED = re.compile("source=upload")
# Notes each text that parts of the dashboard show from now on, until `texts` is asked for.
_NOTE = """root => {
    window.texts = new Set();
    const note = () => {
        for (const name of ["health", "notice", "cards", "table"]) {
            window.texts.add(root.querySelector(`[data-part=${name}]`).textContent);
        }
    };
    new MutationObserver(note).observe(root, { childList: true, subtree: true, characterData: true });
}"""
# Lets files come over the page, and drops them where `isDropped`.
_DRAG = """([names, content, isDropped]) => {
    const dataTransfer = new DataTransfer();
    for (const name of names) dataTransfer.items.add(new File([content], name));
    for (const type of isDropped ? ["dragover", "drop"] : ["dragover"]) {
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }
}"""


def lines_of(*records: dict[str, Any]) -> bytes:
    """Return records of another program as JSON lines."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def pino(number: int) -> dict[str, Any]:
    """Return a request as pino writes it."""
    return {
        "level": 30,
        "time": 1000 * (MARCH + number),
        "pid": 7,
        "hostname": "a",
        "req": {"id": number, "method": "POST", "url": "/search"},
        "res": {"statusCode": 200},
        "responseTime": 50 + number,
        "msg": f"request no. {number}",
    }


def unknown(number: int) -> dict[str, Any]:
    """Return a request whose fields have names that nobody knows."""
    return {
        "happened": MARCH + number,
        "sort": "search" if number % 3 else "embed",
        "cost": {"total": 0.2 + number / 100},
        "said": f"request no. {number}",
    }


PINO = lines_of(*map(pino, range(COUNT)))
UNKNOWN = lines_of(*map(unknown, range(COUNT)))


def choose_file(dashboard: DashboardPage, path: Path, content: bytes) -> None:
    """Choose a file with this content in the dialog."""
    path.write_bytes(content)
    dashboard.root.locator("[data-opener]").set_input_files(path)
    expect(dashboard.page).to_have_url(OPENED)


def choose_fields(dashboard: DashboardPage, **fields: str) -> None:
    """Choose fields of the file for ours, and read the file with them."""
    form = dashboard.part("mapping").locator("form")
    for ours, name in fields.items():
        form.locator(f"[data-field={ours}]").select_option(name)
    form.get_by_role("button", name="Read the file with these fields").click()


def test_a_file_of_any_name_can_be_chosen(
    open_dashboard: OpenDashboard, growing_app: SampleApp, tmp_path: Path
) -> None:
    """The dialog has no list of endings, and what a file holds tells how it is read."""
    dashboard = open_dashboard(growing_app)
    assert dashboard.root.locator("[data-opener]").get_attribute("accept") is None
    for name in NAMES:
        choose_file(dashboard, tmp_path / name, gzip.compress(PINO) if name.endswith(".gz") else PINO)
        expect(dashboard.part("health")).to_contain_text(
            f"records in memory: {COUNT}, from uploaded file {name}"
        )
        expect(dashboard.part("reading")).to_contain_text(f"Read as pino: {COUNT} records")
        dashboard.expect_rows([f"request no. {number}" for number in range(COUNT - 1, COUNT - 26, -1)])


def test_a_file_is_dropped_onto_the_page(open_dashboard: OpenDashboard, growing_app: SampleApp) -> None:
    """A file over the page shows where to drop it; a dropped one is opened, without an old filter."""
    dashboard = open_dashboard(growing_app, q="nothing has this text")
    target = dashboard.root.locator(".drop")
    expect(target).to_be_hidden()
    dashboard.page.evaluate(_DRAG, [["app.log.1"], PINO.decode(), False])
    expect(target).to_be_visible()
    expect(target).to_have_text("Drop a log file here to open it")
    dashboard.page.evaluate(_DRAG, [["app.log.1"], PINO.decode(), True])
    expect(target).to_be_hidden()
    expect(dashboard.page).to_have_url(OPENED)
    expect(dashboard.part("reading")).to_contain_text(f"Read as pino: {COUNT} records")
    expect(dashboard.place_in_pages).to_contain_text(f"{COUNT} in total")


@pytest.mark.parametrize(
    ("locale", "text"),
    [("en-US", "Only one file can be opened at a time"), ("zh-CN", "一次只能打开一个文件")],
)
def test_several_files_cannot_be_dropped(
    open_dashboard: OpenDashboard, growing_app: SampleApp, locale: str, text: str
) -> None:
    """Whoever drops two files is told so, and the page stays what it was."""
    dashboard = open_dashboard(growing_app, options={"locale": locale})
    dashboard.page.evaluate(_DRAG, [["a.log", "b.log"], "{}", True])
    expect(dashboard.problem).to_contain_text(text)
    assert "source" not in dashboard.view


def test_a_file_on_its_way_never_looks_empty(
    open_dashboard: OpenDashboard, growing_app: SampleApp, tmp_path: Path
) -> None:
    """From the choice of a large file to its last record, the page says that it is read, and has no zeros."""
    dashboard = open_dashboard(growing_app)
    write_log(tmp_path / "busy.log", 60_000)
    dashboard.root.evaluate(_NOTE)
    choose_file(dashboard, tmp_path / "qwen.log", (tmp_path / "busy.log").read_bytes())
    expect(dashboard.part("health")).to_contain_text("records in memory: 60,000", timeout=60_000)
    texts = list(dashboard.page.evaluate("[...window.texts]"))
    assert any("is being read" in text for text in texts)
    wrong = re.compile(
        r"records in memory: 0\b|no records|no requests|No record matches|· 0 in total|all tasks0"
    )
    assert [text for text in texts if wrong.search(text)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_fields_of_a_file_are_chosen(
    open_dashboard: OpenDashboard, growing_app: SampleApp, tmp_path: Path, scheme: str
) -> None:
    """Fields with examples are offered; the choice stands in the address, exports and copied commands."""
    dashboard = open_dashboard(growing_app, options={"color_scheme": scheme})
    choose_file(dashboard, tmp_path / "other.log", UNKNOWN)
    expect(dashboard.part("notice")).to_contain_text("Choose below what the fields of this file mean")
    expect(dashboard.part("notice")).not_to_contain_text("chat tab")
    expect(dashboard.part("mapping")).to_contain_text("cost.total (e.g. 0.2)")
    assert hard_to_read(dashboard, "#dashboard") == []
    dashboard.part("mapping").locator("[data-unit-of=response_time_ms]").select_option("s")
    choose_fields(
        dashboard, timestamp="happened", task_type="sort", response_time_ms="cost.total", message="said"
    )
    expect(dashboard.part("window")).to_contain_text("search n")
    mapping = "happened=timestamp,sort=task_type,cost.total:s=response_time_ms,said=message"
    assert dashboard.view["map"] == mapping
    newest = [f"request no. {number}" for number in range(COUNT - 1, COUNT - 26, -1)]
    dashboard.expect_rows(newest)
    expect(dashboard.root.locator("[data-measure=search_p50] .value")).to_contain_text("350 ms")
    names = {str(point["name"]) for point in dashboard.points("latency")}
    assert {"search", "embed"} <= names
    for tool in ("jq", "sql"):
        assert f"--map {mapping}" in (dashboard.root.locator(f"#tool-{tool} pre").text_content() or "")
    with dashboard.page.expect_download() as caught:
        dashboard.root.get_by_role("link", name="Export CSV").click()
    assert "request no. 7" in caught.value.path().read_text("utf-8-sig")
    shared = open_dashboard(growing_app.app, **dashboard.view)
    shared.expect_rows(newest)
    shared.part("mapping").locator("summary").click()
    expect(shared.part("mapping").locator("[data-field=timestamp]")).to_have_value("happened")
    shared.part("mapping").get_by_role("button", name="Forget the choice").click()
    shared.wait_for_view(map="")
    expect(shared.part("notice")).to_contain_text("Nothing in this file could be read as a record")


def test_a_wrong_choice_is_explained(
    open_dashboard: OpenDashboard, growing_app: SampleApp, tmp_path: Path
) -> None:
    """One field of the file for two of ours is no mapping: the page says so, and the form can be mended."""
    dashboard = open_dashboard(growing_app, refresh="30")
    choose_file(dashboard, tmp_path / "other.log", UNKNOWN)
    choose_fields(dashboard, timestamp="happened", request_id="happened")
    expect(dashboard.problem).to_contain_text("'happened' is mapped twice")
    choose_fields(dashboard, request_id="said")
    expect(dashboard.problem).to_be_hidden()
    expect(dashboard.part("health")).to_contain_text(f"records in memory: {COUNT}")
    dashboard.errors.clear()  # Chromium reports the 400


@pytest.mark.parametrize(
    ("locale", "texts"),
    [
        (
            "en-US",
            ["Read as pino: 31 records", "1 record is dated far from the others (1970-", "Torn lines (1)"],
        ),
        (
            "zh-CN",
            ["读作 pino：31 条记录", "有 1 条记录的时间与其他记录相差很远（1970-", "残缺的行（1）"],
        ),
    ],
)
def test_the_page_says_how_a_file_was_read(
    open_dashboard: OpenDashboard, growing_app: SampleApp, tmp_path: Path, locale: str, texts: list[str]
) -> None:
    """Its format, a clock that is far off, and what to do about broken lines stand on the page."""
    dashboard = open_dashboard(growing_app, options={"locale": locale})
    odd = pino(COUNT) | {"time": 3000}
    choose_file(dashboard, tmp_path / "x.log", PINO + lines_of(odd) + b'{"half": \n{"whole": 1}\n')
    for text in texts:
        expect(dashboard.part("reading")).to_contain_text(text)
    low, high = dashboard.range("latency")
    assert high - low < 120_000, "the chart does not reach to the odd record"


def test_one_slow_request_can_be_shown_beside_fast_ones(
    open_dashboard: OpenDashboard, growing_app: SampleApp, tmp_path: Path
) -> None:
    """On a logarithmic axis 50 ms and 300,000 ms are both seen; the choice stands in the address."""
    dashboard = open_dashboard(growing_app)
    slow = pino(COUNT) | {"responseTime": 300_000}
    choose_file(dashboard, tmp_path / "slow.log", PINO + lines_of(slow))
    button = dashboard.root.locator(".chart.latency").get_by_role("button", name="Log scale")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert dashboard.view["scale"] == "log"
    low, high = dashboard.chart("latency").evaluate("place => place._fullLayout.yaxis.range")
    assert low < 2 < 5 < high, "powers of ten"
    button.click()
    dashboard.wait_for_view(scale="")
    assert dashboard.chart("latency").evaluate("place => place._fullLayout.yaxis.type") == "linear"
