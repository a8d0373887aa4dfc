"""The dashboard's address in a real browser: everything that is looked at stands in it."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDashboard
from tests.browser.sample_app import SampleApp
from tests.browser.sample_records import request_id

pytestmark = pytest.mark.browser


def test_an_address_sets_every_control(open_dashboard: OpenDashboard, sample_app: SampleApp) -> None:
    """Opened at a whole view, each control shows its part, and the table what passes."""
    begin, end = sample_app.records[0]["timestamp"], sample_app.records[-1]["timestamp"]
    view = {
        "source": "live",
        "refresh": "10",
        "kind": "all",
        "task": "chat",
        "status": "ok",
        "level": "INFO",
        "over": "1500",
        "q": "question",
        "session": "session-1",
        "id": request_id(22),
        "sort": "response",
        "range": "own",
        "from": begin[:19],
        "to": end[:19],
        "zoom": "1,2",
    }
    dashboard = open_dashboard(**view)
    for name in ("source", "refresh", "kind", "task", "status", "level", "over", "q", "session", "id"):
        expect(dashboard.field(name)).to_have_value(view[name])
    for name in ("from", "to"):
        assert dashboard.field(name).input_value().startswith(view[name].removesuffix(":00"))
    expect(dashboard.root.locator("[name=range]:checked")).to_have_attribute("value", "own")
    expect(dashboard.root.get_by_role("button", name="Zoom out")).to_be_visible()
    expect(dashboard.part("table").locator("[aria-sort=ascending]")).to_contain_text("ms")
    dashboard.expect_rows(["chat no. 22"])
    labels = open_dashboard(label="负面", id=request_id(30))
    expect(labels.field("label")).to_have_value("负面")
    labels.expect_rows(["sentiment no. 30"])


def test_the_browsers_buttons_go_back_and_forward(open_dashboard: OpenDashboard) -> None:
    """Each choice is a step of the history: rows, controls and address go along."""
    dashboard = open_dashboard()
    total, chats, errors = "· 120 records", "· 60 records", "· 6 records"
    expect(dashboard.place_in_pages).to_contain_text(total)
    dashboard.choose("task", "chat")
    expect(dashboard.place_in_pages).to_contain_text(chats)
    dashboard.choose("status", "error")
    expect(dashboard.place_in_pages).to_contain_text(errors)
    dashboard.page.go_back()
    expect(dashboard.place_in_pages).to_contain_text(chats)
    expect(dashboard.field("status")).to_have_value("")
    dashboard.page.go_back()
    expect(dashboard.place_in_pages).to_contain_text(total)
    expect(dashboard.field("task")).to_have_value("")
    dashboard.page.go_forward()
    dashboard.page.go_forward()
    expect(dashboard.place_in_pages).to_contain_text(errors)
    expect(dashboard.field("status")).to_have_value("error")
    assert (dashboard.view["task"], dashboard.view["status"]) == ("chat", "error")


def test_a_request_opens_from_its_row_and_by_its_address(open_dashboard: OpenDashboard) -> None:
    """The dialog shows the phases and records of the row's request; its address opens the same again."""
    first = open_dashboard(q="question 34")
    first.open_request(request_id(34))
    assert first.view["request"] == request_id(34)
    second = open_dashboard(**first.view)
    for dashboard in (first, second):
        expect(dashboard.dialog.locator("header code")).to_have_text(request_id(34))
        expect(dashboard.dialog.locator(".waterfall tr")).to_have_count(5)
        expect(dashboard.dialog.locator(".waterfall")).to_contain_text("decode")
        expect(dashboard.dialog.locator("pre")).to_have_count(2)
        expect(dashboard.dialog).to_contain_text('"input_text": "Question 34"')
        expect(dashboard.dialog).to_contain_text("75 %")
    second.page.keyboard.press("Escape")
    expect(second.dialog).to_be_hidden()
    second.wait_for_view(request="", q="question 34")
    first.dialog.get_by_role("button", name="Close").click()
    expect(first.dialog).to_be_hidden()
    first.wait_for_view(request="")


def test_a_rated_request_shows_what_its_reader_thought(open_dashboard: OpenDashboard) -> None:
    """The feedback stands in the dialog; without any, it says so."""
    dashboard = open_dashboard(request=request_id(4))
    expect(dashboard.dialog).to_contain_text("👍 helpful")
    other = open_dashboard(request=request_id(6))
    expect(other.dialog).to_contain_text("Nobody has rated this reply")


def test_a_request_that_is_not_there_is_said_so(open_dashboard: OpenDashboard) -> None:
    """The dialog names the id that no record has."""
    dashboard = open_dashboard(request="no-such-id")
    expect(dashboard.dialog).to_contain_text("No record names the request no-such-id")


def test_a_value_that_cannot_be_is_explained(open_dashboard: OpenDashboard) -> None:
    """The page names what is wrong with the address, and goes on once that is mended."""
    dashboard = open_dashboard()
    dashboard.page.evaluate("history.replaceState(null, '', location.search + '&sort=colour')")
    dashboard.ask()
    expect(dashboard.problem).to_contain_text("sort=colour: allowed are")
    dashboard.root.get_by_role("button", name="Status").click()
    expect(dashboard.problem).to_be_hidden()
    dashboard.errors.clear()  # Chromium reports the refused address
