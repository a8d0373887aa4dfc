"""The dashboard tab in a real browser."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.running_app import RunningApp

pytestmark = pytest.mark.browser


def points(page: Page, chart: str) -> int:
    """Count the points that a chart's figure holds."""
    count = page.evaluate(
        "id => (document.querySelector(`#${id} .js-plotly-plot`)?.calcdata || [])"
        ".flat().filter(point => point.x !== undefined).length",
        chart,
    )
    return int(count)


@pytest.mark.model
def test_requests_arrive_without_a_reload(open_page: OpenPage) -> None:
    """Requests sent in one page appear, as points and rows, in another one that stays open."""
    chat, dashboard = open_page(), open_page(locale="zh-CN")
    dashboard.show_dashboard()
    dashboard.page.wait_for_selector("#latency-chart .js-plotly-plot")
    before = points(dashboard.page, "latency-chart")
    ids = []
    for message in ("你好，今天很开心。", "This is terrible."):
        chat.send(message)
        chat.wait_for_end()
        ids.append(chat.page.locator("#below code").inner_text())
    for request_id in ids:
        expect(dashboard.page.locator("#records td", has_text=request_id)).to_have_count(2, timeout=20_000)
    assert points(dashboard.page, "latency-chart") >= before + 4
    assert points(dashboard.page, "memory-chart") > 0
    expect(dashboard.page.locator("#cards")).to_contain_text("MiB")


@pytest.mark.model
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_page_without_scrolling_sideways(open_page: OpenPage, scheme: str) -> None:
    """At 390 px nothing is wider than the screen, on both tabs, in light and dark."""
    opened = open_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
    opened.show_dashboard()
    opened.page.wait_for_selector("#latency-chart .js-plotly-plot")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.fixture
def idle_app(fresh_log_dir: Path) -> Iterator[Callable[[], RunningApp]]:
    """Start an app that has no model, on a log folder that the test may fill before."""
    started: list[RunningApp] = []

    def start() -> RunningApp:
        app = RunningApp(fresh_log_dir, MODEL=str(fresh_log_dir), SAMPLE_SECONDS="3600")
        started.append(app)
        app.wait_for_page()
        return app

    yield start
    for app in started:
        app.terminate()


def test_an_existing_log_with_a_hostile_record_is_shown_as_text(
    idle_app: Callable[[], RunningApp], open_page: OpenPage, fresh_log_dir: Path
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
    opened = open_page(idle_app(), ready=".status.failed")
    opened.show_dashboard()
    row = opened.page.locator("#records tr", has_text="<img src=x")
    expect(row).to_contain_text("1234", timeout=20_000)
    expect(opened.page.locator("#log-health")).to_contain_text("2 broken lines skipped")
    assert points(opened.page, "latency-chart") == 1
    assert opened.page.title() == "Qwen All-in-One"


def test_an_empty_log_says_what_will_appear(idle_app: Callable[[], RunningApp], open_page: OpenPage) -> None:
    """Before the first request the cards say that there is no data, and the page says what to do."""
    opened = open_page(idle_app(), ready=".status.failed")
    expect(opened.page.locator("#head .status")).to_contain_text("could not be loaded")
    opened.show_dashboard()
    expect(opened.page.locator("#cards")).to_contain_text("no data", timeout=20_000)
    expect(opened.page.locator("#records .empty")).to_contain_text("Send a message in the chat tab")
