"""The dashboard over time in a real browser: what arrives, what stays, what is not asked for."""

import pytest
from playwright.sync_api import Request, expect

from tests.browser.conftest import IdleApp, OpenDashboard
from tests.browser.dashboard_page import TIME_CHARTS, DashboardPage
from tests.browser.sample_app import SampleApp

pytestmark = pytest.mark.browser

VIEW = "**/dashboard/view?*"
LIVE = {"range": "1h", "from": "", "to": ""}


def test_a_chart_changes_without_being_made_anew(
    open_dashboard: OpenDashboard, growing_app: SampleApp
) -> None:
    """With new data the plots are the same elements, and what the legend hides stays hidden."""
    dashboard = open_dashboard(growing_app, **LIVE)
    dashboard.wait_for_charts()
    place = dashboard.chart("latency")
    legend = place.locator(".legend .traces")
    legend.filter(has_text="Sentiment").first.locator(".legendtoggle").click()
    expect(legend.filter(has_text="Sentiment").first).to_have_css("opacity", "0.5")
    nodes = dashboard.page.evaluate_handle(
        "() => [...document.querySelectorAll('#dashboard .js-plotly-plot, #dashboard .plot-container')]"
    )
    before = len(dashboard.points("latency"))
    growing_app.add_chat(200)
    expect(dashboard.messages.first).to_have_text("chat no. 200")
    dashboard.page.wait_for_function(
        "([place, before]) => place.calcdata.flat().length > before", arg=[place.element_handle(), before]
    )
    assert nodes.evaluate("nodes => nodes.length > 8 && nodes.every((node) => node.isConnected)")
    seen = {point["name"]: point["visible"] for point in dashboard.points("latency")}
    assert seen["Sentiment"] == "legendonly"
    assert seen["Chat"] is True


def test_a_zoom_stays_while_requests_arrive(open_dashboard: OpenDashboard, growing_app: SampleApp) -> None:
    """New records change neither the shown part of the time nor the address."""
    dashboard = open_dashboard(growing_app, **LIVE)
    dashboard.wait_for_charts()
    with dashboard.page.expect_response(VIEW):
        dashboard.drag("throughput", 0.25, 0.75)
    zoom = dashboard.view["zoom"]
    for number in (201, 202):
        growing_app.add_chat(number)
        expect(dashboard.messages.first).to_have_text(f"chat no. {number}")
        for name in TIME_CHARTS:
            dashboard.wait_for_range(name, [float(end) for end in zoom.split(",")])
    assert dashboard.view["zoom"] == zoom


def test_what_is_open_and_focused_stays_so(open_dashboard: OpenDashboard, growing_app: SampleApp) -> None:
    """A refresh with new data leaves an open block open, and the focus and text in a field."""
    dashboard = open_dashboard(growing_app, **LIVE)
    dashboard.root.locator("#tool-sql summary").click()
    dashboard.field("id").focus()
    growing_app.add_chat(203)
    expect(dashboard.messages.first).to_have_text("chat no. 203")
    expect(dashboard.root.locator("#tool-sql pre")).to_be_visible()
    expect(dashboard.field("id")).to_be_focused()


def test_an_open_request_shows_what_comes_later(
    open_dashboard: OpenDashboard, growing_app: SampleApp
) -> None:
    """A record that names the opened request appears in its dialog by itself."""
    chat = growing_app.add_chat(204)
    dashboard = open_dashboard(growing_app, request=str(chat["request_id"]), **LIVE)
    records = dashboard.dialog.locator("pre")
    expect(records).to_have_count(1)
    growing_app.add([{**chat, "event": "feedback", "response_time_ms": None, "rating": "dislike"}])
    expect(records).to_have_count(2)
    expect(dashboard.dialog).to_contain_text("👎 not helpful")


_WATCH = """() => {
    window.touched = [];
    const isChange = ({ type, target, attributeName, oldValue }) =>
        type !== "attributes" || target.getAttribute(attributeName) !== oldValue;
    const note = (changes) =>
        window.touched.push(...changes.filter(isChange).map(({ target }) => target.outerHTML ?? target.data));
    new MutationObserver(note).observe(document.querySelector("#dashboard"),
        { subtree: true, childList: true, characterData: true, attributeOldValue: true });
}"""


def _wait_for_nothing_new(dashboard: DashboardPage, sample: SampleApp) -> None:
    """Wait until the app, which begins with some records of its own, has nothing new to tell."""
    sample.app.wait_until(lambda: bool(sample.app.records("model.failed")), 60, "the app has started")
    count = len(sample.app.records()) + len(sample.old_records)
    expect(dashboard.part("health")).to_contain_text(f"records in memory: {count}")
    assert 204 in (dashboard.ask().status for _ in range(20))


def test_a_refresh_without_news_changes_nothing(open_dashboard: OpenDashboard, sample_app: SampleApp) -> None:
    """The server answers 204, and no element of the dashboard is touched."""
    dashboard = open_dashboard()
    dashboard.wait_for_charts()
    _wait_for_nothing_new(dashboard, sample_app)
    dashboard.page.evaluate(_WATCH)
    with dashboard.page.expect_response(VIEW) as by_itself:
        pass
    assert [by_itself.value.status, dashboard.ask().status, dashboard.ask().status] == [204] * 3
    assert dashboard.page.evaluate("window.touched") == []


def test_refreshing_can_be_switched_off(open_dashboard: OpenDashboard) -> None:
    """Off, a minute passes without a question to the server; at five seconds there are some."""
    dashboard = open_dashboard(options={"has_clock": True})
    asked: list[Request] = []
    dashboard.field("refresh").select_option("off")
    dashboard.wait_for_view(refresh="off")
    dashboard.page.on("request", lambda request: asked.append(request) if "/view?" in request.url else None)
    dashboard.page.clock.run_for(60_000)
    assert asked == []
    dashboard.choose("task", "chat")
    expect(dashboard.messages.first).to_contain_text("chat no.")
    assert len(asked) == 1, "what is chosen is shown all the same"
    with dashboard.page.expect_response(VIEW):
        dashboard.field("refresh").select_option("5")
    with dashboard.page.expect_response(VIEW):
        dashboard.page.clock.run_for(6_000)
    assert dashboard.view["refresh"] == "5"


def test_a_page_that_is_not_seen_asks_for_nothing(open_dashboard: OpenDashboard) -> None:
    """While the chat tab is open, the dashboard is silent; opened again, it asks at once."""
    dashboard = open_dashboard(options={"has_clock": True})
    dashboard.page.get_by_role("tab").nth(0).click()
    expect(dashboard.root).to_be_hidden()
    dashboard.wait_for_view(tab="")
    asked: list[Request] = []
    dashboard.page.on("request", lambda request: asked.append(request) if "/view?" in request.url else None)
    dashboard.page.clock.run_for(60_000)
    assert asked == []
    dashboard.page.get_by_role("tab").nth(1).click()
    with dashboard.page.expect_response(VIEW):
        dashboard.page.clock.run_for(2_000)


def test_an_empty_log_says_what_will_appear(idle_app: IdleApp, open_dashboard: OpenDashboard) -> None:
    """Before the first request the cards say that there is no data, and the page says what to do."""
    dashboard = open_dashboard(idle_app())
    expect(dashboard.part("notice").locator(".empty")).to_contain_text("Send a message in the chat tab")
    expect(dashboard.root.locator("[data-measure=ttft] .value")).to_have_text("no data")
    expect(dashboard.root.locator("[data-measure=requests] .value")).to_have_text("0")
    expect(dashboard.part("table").locator(".empty")).to_contain_text("No record matches")
    expect(dashboard.chart("latency")).to_contain_text("no data")
    expect(dashboard.page.locator("#head .status")).to_contain_text("could not be loaded")
