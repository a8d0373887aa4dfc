"""One request, opened over the dashboard, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDashboard
from tests.browser.sample_records import request_id

pytestmark = pytest.mark.browser


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


def test_a_request_that_nobody_knows_says_so(open_dashboard: OpenDashboard) -> None:
    """An id without a record opens no empty dialog, but one that says why; its button closes it."""
    dashboard = open_dashboard(request="f" * 32)
    expect(dashboard.dialog).to_contain_text(f"There is no record of the request {'f' * 32}")
    dashboard.dialog.get_by_role("button", name="Close").click()
    expect(dashboard.dialog).to_be_hidden()
    dashboard.wait_for_view(request="")
