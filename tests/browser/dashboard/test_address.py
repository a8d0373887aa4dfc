"""The dashboard's address in a real browser: it tells the whole view, and the view follows it."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDashboard, OpenPage
from tests.browser.dashboard_page import DashboardPage
from tests.browser.sample_app import ROTATED, SampleApp
from tests.browser.sample_records import request_id

pytestmark = pytest.mark.browser

VIEW = "**/dashboard/view?*"
PROBLEM = "#dashboard [data-part=problem]:not([hidden])"
PAGE_ROWS = 25
EVERY_CONTROL = {
    "source": f"file:{ROTATED}",
    "range": "own",
    "from": "2026-01-02T03:04:05",
    "to": "2099-01-02T03:04:05",
    "refresh": "5",
    "kind": "all",
    "task": "chat",
    "status": "ok",
    "label": "",  # these chats have none to choose
    "level": "INFO",
    "over": "34300.5",
    "q": "chat no.",
    "session": "session-2",
    "id": request_id(902),
}


def first_rows(app: SampleApp, task: str = "") -> list[str]:
    """Return the messages on the table's first page, all tasks' or those of one."""
    records = [record for record in app.tasks if task in ("", record["task_type"])]
    return [str(record["message"]) for record in records[:PAGE_ROWS]]


def expect_fields(dashboard: DashboardPage, view: dict[str, str]) -> None:
    """Expect each control to show its part of a view."""
    for name, value in view.items():
        if name == "range":
            expect(dashboard.root.locator("[name=range]:checked")).to_have_value(value)
        else:
            expect(dashboard.field(name)).to_have_value(value)


def test_an_address_with_every_control_is_shown(open_dashboard: OpenDashboard) -> None:
    """Each control shows its part of the address, the table is narrowed and sorted so, and it all stays."""
    zoom = "1767323045000,4070919845000"
    dashboard = open_dashboard(**EVERY_CONTROL, sort="response", zoom=zoom)
    dashboard.expect_rows(["chat no. 902"])
    expect_fields(dashboard, EVERY_CONTROL)
    expect(dashboard.root.get_by_role("button", name="Zoom out")).to_be_visible()
    assert dashboard.range("latency") == pytest.approx(list(map(float, zoom.split(","))), abs=1.0)
    head = dashboard.part("table").locator("th[aria-sort=ascending]")
    expect(head).to_have_text("ms ▲")
    given = {name: value for name, value in EVERY_CONTROL.items() if value}
    assert dashboard.view == {"tab": "dashboard", **given, "sort": "response", "zoom": zoom}


def test_a_sentiment_and_a_page_are_shown(open_dashboard: OpenDashboard, sample_app: SampleApp) -> None:
    """A sentiment in the address is chosen, and the second page opens at once."""
    dashboard = open_dashboard(label="正面", page="2")
    expect_fields(dashboard, {"label": "正面", "source": "live", "kind": "requests", "refresh": "2"})
    positive = [record["message"] for record in sample_app.tasks if record.get("label") == "正面"]
    dashboard.expect_rows(positive[PAGE_ROWS : 2 * PAGE_ROWS])


def test_back_and_forward_follow_the_address(open_dashboard: OpenDashboard, sample_app: SampleApp) -> None:
    """Each choice is a step of the browser's history, and controls and table go with it."""
    dashboard = open_dashboard()
    for name, value in (("task", "chat"), ("range", "6h"), ("task", "sentiment")):
        dashboard.field(name).first.focus()  # as whoever chooses it leaves it
        dashboard.choose(name, value)
        dashboard.wait_for_view(**{name: value})
    dashboard.expect_rows(first_rows(sample_app, "sentiment"))
    steps = [("chat", "6h"), ("chat", "own"), ("", "own")]
    for task, time_range in steps:
        dashboard.page.go_back()
        dashboard.wait_for_view(task=task, range=time_range)
        expect_fields(dashboard, {"task": task, "range": time_range})
        dashboard.expect_rows(first_rows(sample_app, task))
    for task, time_range in [*reversed(steps[:-1]), ("sentiment", "6h")]:
        dashboard.page.go_forward()
        expect_fields(dashboard, {"task": task, "range": time_range})
        dashboard.expect_rows(first_rows(sample_app, task))


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("range", "2h", "range=2h: allowed are 15m, 1h, 6h, 24h, 7d, all, own"),
        ("kind", "<b>", "kind=<b>: allowed are requests, events, all"),
        ("sort", "size", "sort=size: allowed are time, task"),
        ("over", "much", "over=much: a number is needed"),
        ("page", "0", "page=0: a whole number from 1 to 1,000,000"),
        ("zoom", "2,1", "zoom=2,1: two times in ms"),
        ("from", "soon", "from=soon: a time in UTC"),
    ],
)
def test_a_wrong_value_says_what_is_allowed(
    open_page: OpenPage, sample_app: SampleApp, name: str, value: str, allowed: str
) -> None:
    """The page names the part of the address that cannot be, and what can."""
    time_range = "&range=own" if name == "from" else ""
    query = f"tab=dashboard&refresh=30{time_range}&{name}={value}"
    opened = open_page(sample_app.app, PROBLEM, query)
    expect(opened.page.locator(PROBLEM)).to_contain_text(allowed)
    opened.errors.clear()  # Chromium reports the 400; the page asks again after 30 s only


def test_a_server_that_does_not_answer_is_told(open_dashboard: OpenDashboard, sample_app: SampleApp) -> None:
    """What was shown stays, the page says what is wrong, and goes on by itself."""
    dashboard = open_dashboard()
    dashboard.page.route(VIEW, lambda route: route.abort())
    expect(dashboard.problem).to_have_text(
        "The server does not answer. This page will try again automatically."
    )
    dashboard.expect_rows(first_rows(sample_app))
    dashboard.page.unroute(VIEW)
    expect(dashboard.problem).to_be_hidden(timeout=15_000)
    dashboard.choose("task", "chat")
    dashboard.expect_rows(first_rows(sample_app, "chat"))
    dashboard.errors.clear()  # Chromium reports what failed
