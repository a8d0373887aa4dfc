"""The dashboard's charts in a real browser: points, zoom, legends, what they tell without being seen."""

import gzip
import json
import re
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect

from benchmarks.sample_log import write_log
from tests.browser.conftest import OpenDashboard
from tests.browser.dashboard_page import CHARTS, TIME_CHARTS, DashboardPage
from tests.browser.sample_app import SampleApp
from tests.browser.sample_records import request_id

pytestmark = pytest.mark.browser

MAX_BYTES = 250_000  # of an answer, uncompressed
VIEW = "**/dashboard/view?*"


@pytest.mark.parametrize(("chart", "number"), [("latency", 20), ("latency", 23), ("speed", 41)])
def test_a_click_on_a_point_opens_its_request(open_dashboard: OpenDashboard, chart: str, number: int) -> None:
    """The point of a chat, ok or not, opens that chat and no neighbour; its id stands in the address."""
    dashboard = open_dashboard()
    dashboard.page.mouse.click(*dashboard.point(chart, _height(chart, number)))
    expect(dashboard.dialog).to_be_visible()
    expect(dashboard.dialog.locator("header code")).to_have_text(request_id(number))
    assert dashboard.view["request"] == request_id(number)


def _height(chart: str, number: int) -> float:
    """Return a chat's value in a chart, which no other record of the sample has."""
    return 1000.0 + 37 * number if chart == "latency" else 10 + number / 10


def test_dragging_zooms_all_charts_over_time(open_dashboard: OpenDashboard) -> None:
    """They show the same part, also after the server's answer; the histogram keeps its axis."""
    dashboard = open_dashboard()
    dashboard.wait_for_charts()
    before, response_times = dashboard.range("latency"), dashboard.range("histogram")
    with dashboard.page.expect_response(VIEW):
        dashboard.drag("latency", 0.3, 0.6)
    since, until = map(float, dashboard.view["zoom"].split(","))
    length = before[1] - before[0]
    assert since == pytest.approx(before[0] + 0.3 * length, abs=0.02 * length)
    assert until == pytest.approx(before[0] + 0.6 * length, abs=0.02 * length)
    dashboard.ask()
    for name in TIME_CHARTS:
        dashboard.wait_for_range(name, [since, until])
    x = [point["x"] for point in dashboard.points("latency") if point["name"] == "Chat"]
    assert since <= min(x) < max(x) <= until, "the server answers for the zoom"
    low, high = dashboard.range("histogram")
    assert low < high < response_times[1] + 1, "the histogram's axis is of ms, not of time"


def test_a_zoom_ends_by_button_and_by_double_click(open_dashboard: OpenDashboard) -> None:
    """Either way the whole time is shown again, and the address has no zoom."""
    dashboard = open_dashboard()
    dashboard.wait_for_charts()
    before = dashboard.range("memory")
    button = dashboard.root.get_by_role("button", name="Zoom out")
    expect(button).to_be_hidden()
    dashboard.drag("memory", 0.2, 0.5)
    expect(button).to_be_visible()
    button.click()
    _expect_range(dashboard, before)
    dashboard.drag("cpu", 0.4, 0.9)
    expect(button).to_be_visible()
    dashboard.chart("cpu").locator(".nsewdrag").dblclick()
    _expect_range(dashboard, before)
    expect(button).to_be_hidden()


def _expect_range(dashboard: DashboardPage, expected: list[float]) -> None:
    dashboard.wait_for_view(zoom="")
    for name in TIME_CHARTS:
        dashboard.wait_for_range(name, expected)


def test_a_zoom_in_the_address_is_shown(open_dashboard: OpenDashboard, sample_app: SampleApp) -> None:
    """Whoever opens the address sees the same part of the time."""
    first = open_dashboard()
    begin, end = first.range("latency")
    zoom = [begin + 600_000, end - 600_000]
    second = open_dashboard(zoom=",".join(f"{ms:.0f}" for ms in zoom))
    for name in TIME_CHARTS:
        second.wait_for_range(name, zoom)


def test_each_chart_tells_its_numbers_to_who_does_not_see_it(open_dashboard: OpenDashboard) -> None:
    """Charts are images with a description that begins with their title and names numbers."""
    dashboard = open_dashboard()
    dashboard.wait_for_charts()
    for name in CHARTS:
        place = dashboard.chart(name)
        expect(place).to_have_attribute("role", "img")
        title = dashboard.root.locator(f".chart.{name} .title").inner_text()
        label = place.get_attribute("aria-label") or ""
        assert label.startswith(title)
        assert re.search(r"\d", label.removeprefix(title)), label


def test_a_point_tells_its_value_when_it_is_pointed_at(open_dashboard: OpenDashboard) -> None:
    """The mouse over a chat's point shows the task and its response time."""
    dashboard = open_dashboard()
    dashboard.page.mouse.move(*dashboard.point("latency", _height("latency", 23)))
    expect(dashboard.chart("latency").locator(".hoverlayer .hovertext")).to_contain_text("1,851 ms")


def test_a_chart_that_fails_says_so_in_its_place(open_dashboard: OpenDashboard) -> None:
    """The error stands where the chart was, as text, the others go on, and it comes back by itself."""
    dashboard = open_dashboard()
    dashboard.wait_for_charts()
    address = dashboard.page.url.replace("/?", "/dashboard/view?")
    content = dashboard.page.request.get(address).json()
    error = "This part cannot be shown: <b>ValueError</b>"
    content["overview"]["figures"]["speed"] = {"error": error}
    content["overview"]["tag"] = "of an answer that the server does not know"
    body = json.dumps(content)
    dashboard.page.route(VIEW, lambda route: route.fulfill(content_type="application/json", body=body))
    box = dashboard.root.locator(".chart.speed")
    dashboard.ask()
    expect(box.locator(".title")).to_have_text(error)
    expect(box.locator(".main-svg")).to_have_count(0)
    expect(dashboard.chart("latency").locator(".point").first).to_be_attached()
    assert dashboard.messages.count() > 0
    dashboard.page.unroute(VIEW)
    expect(box.locator(".title")).to_have_text("Tokens per second")
    dashboard.chart("speed")


@pytest.fixture(scope="module")
def big_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with as many records as the window takes."""
    path = tmp_path_factory.mktemp("big") / "big.log"
    write_log(path, 200_000)
    return path


def test_a_log_of_200_000_records_is_shown(
    open_dashboard: OpenDashboard, sample_app: SampleApp, big_log: Path
) -> None:
    """Its points are reduced, which the chart says, its highest peak is there, and answers stay small."""
    content = big_log.read_bytes()
    source = sample_app.upload_bytes(gzip.compress(content, 1))
    dashboard = open_dashboard(sample_app.app, source=source, range="all")
    expect(dashboard.part("health")).to_contain_text("records in memory: 200,000", timeout=60_000)
    expect(dashboard.part("notice")).to_be_empty(timeout=30_000)
    shown = dashboard.root.locator(".chart.latency .note")
    expect(shown).to_contain_text(re.compile(r"of \d+,\d+ points"))
    records = [json.loads(line) for line in content.splitlines() if b'"task_type":"chat"' in line]
    highest = max(record["response_time_ms"] for record in records if record["status"] == "ok")
    heights = [point["y"] for point in dashboard.points("latency") if point["name"] == "Chat"]
    assert max(heights) == pytest.approx(highest)
    assert len(heights) <= 700
    with urllib.request.urlopen(f"{sample_app.app.url}/dashboard/view?source={source}&range=all") as answer:
        assert len(answer.read()) < MAX_BYTES
    dashboard.choose("status", "error")
    errors = sum(b'"status":"error"' in line for line in content.splitlines())
    expect(dashboard.place_in_pages).to_contain_text(f"· {errors:,} in total")


def test_lines_end_where_the_chart_ends_whatever_the_address_is(open_dashboard: OpenDashboard) -> None:
    """What the axis does not reach is cut off by a path of this page, and not of an address that changes."""
    dashboard = open_dashboard()
    dashboard.wait_for_charts()
    dashboard.choose("range", "all")
    dashboard.wait_for_view(range="all")
    paths = dashboard.chart("latency").locator("[clip-path]")
    found = paths.evaluate_all("elements => elements.map((each) => each.getAttribute('clip-path'))")
    assert found
    assert all(path.startswith("url(#") for path in found), found
