"""Alerts of a running app, as its users see them."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from monitoring.record.encode import to_line
from monitoring.record.timestamps import timestamp
from tests.browser.conftest import IdleApp, OpenDashboard
from tests.browser.sample_records import request_id
from tests.conftest import SMALL_MODEL
from tests.running_app import RunningApp

pytestmark = pytest.mark.browser

PATIENT = """
[slow_request]
response_ms = 60_000
ttft_ms = 60_000

[slow_task]
limit_ms = 60_000
"""  # a busy machine does not pass these limits by itself


@pytest.fixture
def drilled_app(fresh_log_dir: Path, small_cache: Path) -> Iterator[RunningApp]:
    """An app that allows drills, with the smallest model."""
    rules = fresh_log_dir.with_name("rules.toml")
    rules.write_text(PATIENT, encoding="utf-8")
    settings = {"MODEL": SMALL_MODEL, "MODEL_CACHE": str(small_cache), "ALERT_RULES": str(rules)}
    with RunningApp(fresh_log_dir, DRILLS="1", **settings) as app:
        app.wait_for_page()
        app.wait_for_model()
        yield app


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
    failing = panel.locator(".firing", has_text="failing_task")
    expect(failing).to_contain_text("failing_task (sentiment): failures in a row: 3")
    expect(banner).to_contain_text("The model fails again and again")
    panel.locator("a", has_text=request_id(2)[:8]).click()
    expect(dashboard.dialog.locator("header code")).to_have_text(request_id(2))
    dashboard.page.keyboard.press("Escape")
    failing.get_by_role("button", name="Silence for 1 h").click()
    expect(panel.locator(".silenced")).to_contain_text("silenced until")
    assert app.records("alert.silenced")[0]["rule"] == "failing_task"
    write(app, 3, "ok")
    expect(panel.locator(".ended")).to_contain_text("resolved")
    expect(banner).to_have_text("")
    # The app has no model, which is an alert of its own.
    fired, resolved = (
        [record for record in app.records(event) if record["rule"] == "failing_task"]
        for event in ("alert.fired", "alert.resolved")
    )
    assert (len(fired), len(resolved)) == (1, 1)
    assert fired[0]["requests"] == [request_id(number) for number in range(3)]
    assert resolved[0]["silenced"] is True


@pytest.mark.model
def test_a_drill_is_started_and_seen_to_pass(drilled_app: RunningApp, open_dashboard: OpenDashboard) -> None:
    """Its button makes the fault, its row tells how it ends, and its alert is among the resolved ones."""
    dashboard = open_dashboard(drilled_app, range="all")
    panel = dashboard.part("drills")
    button = panel.get_by_role("button", name="Failing sentiments")
    expect(panel.get_by_role("button")).to_have_count(5)
    button.click()
    expect(panel.locator("li.passed")).to_contain_text(
        "Failing sentiments: failing_task fired", timeout=60_000
    )
    expect(dashboard.part("alerts").locator(".ended")).to_contain_text("failing_task (sentiment)")
    expect(button).to_be_enabled()
    (ended,) = drilled_app.records("drill.ended")
    assert (ended["drill"], ended["passed"]) == ("failing_sentiments", True)


def test_an_app_that_allows_no_drills_has_no_panel_of_them(open_dashboard: OpenDashboard) -> None:
    """The page shows everything else."""
    dashboard = open_dashboard()
    expect(dashboard.part("cards")).not_to_be_empty()
    expect(dashboard.part("drills")).to_be_empty()
    expect(dashboard.root.locator("[data-drill]")).to_have_count(0)
