"""The dashboard of a running app: what arrives, what an existing log shows, what an empty one says."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import IdleApp, OpenDashboard, OpenPage
from tests.browser.dashboard_page import CHARTS, DashboardPage
from tests.running_app import RunningApp

pytestmark = pytest.mark.browser


@pytest.mark.model
def test_requests_arrive_without_a_reload(
    open_page: OpenPage, open_dashboard: OpenDashboard, running_app: RunningApp
) -> None:
    """Requests sent in one page appear, as points and rows, in another one that stays open."""
    chat, dashboard = open_page(), open_dashboard(running_app, {"locale": "zh-CN"}, range="1h")
    dashboard.wait_for_charts()

    def requests() -> int:
        names = ("情感分析", "对话")
        return sum(p["name"] in names and p["x"] is not None for p in dashboard.points("latency"))

    before = requests()
    ids = []
    for message in ("你好，今天很开心。", "This is terrible."):
        chat.send(message)
        chat.wait_for_end()
        ids.append(str(chat.page.locator("#below a").get_attribute("data-request")))
    for request_id in ids:
        link = dashboard.root.locator(f"a[data-request='{request_id}']")
        expect(link).to_have_count(2, timeout=20_000)
    running_app.wait_until(lambda: requests() >= before + 4, 20, "the points")
    expect(dashboard.part("cards")).to_contain_text("MiB")


@pytest.mark.model
def test_a_rating_stands_in_the_request(open_page: OpenPage, running_app: RunningApp) -> None:
    """A thumb below a reply leaves a `feedback` record, and the request's link below the chat shows it."""
    chat = open_page()
    chat.send("Say hello.")
    chat.wait_for_end()
    chat.page.get_by_role("button", name="Like", exact=True).last.click()
    running_app.wait_until(lambda: bool(running_app.records("feedback")), 20, "the feedback's record")
    record = running_app.records("feedback")[-1]
    assert record["rating"] == "like"
    assert record["request_id"] == chat.page.locator("#below a").get_attribute("data-request")
    chat.page.locator("#below a").click()
    dialog = chat.page.locator("dialog.request-panel")
    expect(dialog).to_contain_text("👍", timeout=20_000)
    expect(dialog).to_contain_text("prefill")


def test_an_existing_log_with_a_hostile_record_is_shown_as_text(
    idle_app: IdleApp, open_dashboard: OpenDashboard, fresh_log_dir: Path
) -> None:
    """Started on a log of before, the dashboard shows it: broken lines are counted, HTML is text."""
    fresh_log_dir.mkdir()
    record = {
        "timestamp": "2026-01-02T03:04:05.678Z",
        "level": "ERROR",
        "message": "<img src=x onerror=\"document.title='owned'\">",
        "task_type": "chat",
        "request_id": "<b>" + "0" * 29,
        "response_time_ms": 1234.5,
        "cpu_usage_percent": 50,
        "memory_usage_mb": 900,
        "event": "task.finished",
        "status": "error",
    }
    lines = json.dumps(record) + "\nthis is no record\n" + '{"half'
    (fresh_log_dir / "qwen.log").write_text(lines, encoding="utf-8")
    dashboard = open_dashboard(idle_app())
    dashboard.expect_rows([str(record["message"])])
    expect(dashboard.part("health")).to_contain_text("2 broken lines skipped")
    failures = [point for point in dashboard.points("latency") if point["name"] == "Chat not ok"]
    assert [point["y"] for point in failures] == [1234.5]
    dashboard.open_request(str(record["request_id"]))
    expect(dashboard.dialog).to_contain_text(str(record["request_id"]))
    assert dashboard.page.title() == "Qwen All-in-One"
    assert dashboard.page.locator("#dashboard img, dialog img").count() == 0


def test_an_empty_log_says_what_will_appear(idle_app: IdleApp, open_dashboard: OpenDashboard) -> None:
    """Before the first request the measures have no data, and the page says what to do."""
    dashboard = open_dashboard(idle_app())
    expect(dashboard.part("notice")).to_contain_text("Send a message in the chat tab")
    expect(dashboard.part("cards").locator("[data-measure=chat_p95]")).to_contain_text("no data")
    dashboard.wait_for_charts()
    for name in ("latency", "speed", "labels"):
        expect(dashboard.chart(name)).to_contain_text("no data")


def test_each_chart_tells_its_content_in_words(open_dashboard: OpenDashboard) -> None:
    """Whoever cannot see a chart hears its title and its main numbers."""
    dashboard: DashboardPage = open_dashboard()
    dashboard.wait_for_charts()
    for name in CHARTS:
        chart = dashboard.chart(name)
        expect(chart).to_have_attribute("role", "img")
        assert any(letter.isdigit() for letter in str(chart.get_attribute("aria-label")))
