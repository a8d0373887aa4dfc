"""Alerts of a running app, as its users see them."""

import time

import pytest
from playwright.sync_api import expect

from monitoring.events import timestamp, to_line
from tests.browser.conftest import IdleApp, OpenDashboard
from tests.browser.sample_records import request_id
from tests.running_app import RunningApp

pytestmark = pytest.mark.browser


def write(app: RunningApp, number: int, status: str) -> None:
    """Add a sentiment's record to the app's log, as another process that shares it does."""
    record = {
        "timestamp": timestamp(time.time()),
        "level": "ERROR" if status == "error" else "INFO",
        "message": "情感分析",
        "task_type": "sentiment",
        "request_id": request_id(number),
        "event": "task.finished",
        "status": status,
        "response_time_ms": 100.0,
    }
    with app.log_path.open("ab") as file:
        file.write(to_line(record))


def test_a_model_that_fails_is_told_until_it_recovers(
    idle_app: IdleApp, open_dashboard: OpenDashboard
) -> None:
    """Panel and banner appear, the evidence opens its request, silencing is logged, a success resolves."""
    app = idle_app()
    dashboard = open_dashboard(app, range="all")
    panel, banner = dashboard.part("alerts"), dashboard.page.locator("#banner")
    expect(banner).to_have_text("")
    for number in range(3):
        write(app, number, "error")
    expect(panel.locator(".firing")).to_contain_text("failing_task (sentiment): failures in a row: 3")
    expect(banner).to_contain_text("The model fails again and again")
    panel.locator("a", has_text=request_id(2)[:8]).click()
    expect(dashboard.dialog.locator("header code")).to_have_text(request_id(2))
    dashboard.page.keyboard.press("Escape")
    panel.get_by_role("button", name="Silence for 1 h").click()
    expect(panel.locator(".silenced")).to_contain_text("silenced until")
    assert app.records("alert.silenced")[0]["rule"] == "failing_task"
    write(app, 3, "ok")
    expect(panel.locator(".ended")).to_contain_text("resolved")
    expect(banner).to_have_text("")
    fired, resolved = app.records("alert.fired"), app.records("alert.resolved")
    assert (len(fired), len(resolved)) == (1, 1)
    assert fired[0]["requests"] == [request_id(number) for number in range(3)]
    assert resolved[0]["silenced"] is True
