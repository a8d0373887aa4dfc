"""A task that somebody declares in five lines, in a real browser and through the API."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDashboard, OpenPage
from tests.conftest import SMALL_MODEL
from tests.running_app import RunningApp

pytestmark = pytest.mark.browser

TASKS = """
[topic]
type = "choice"
instructions = "Name the topic of each text: food, travel or other."
labels = ["food", "travel", "other"]
examples = [["The soup was cold.", "food"], ["Our train was late.", "travel"], ["I like to sing.", "other"]]
"""
LABELS = ("food", "travel", "other")
# Only the new task is slow for its rule, and that with each message.
RULES = """
[slow_request]
response_ms = 600_000
ttft_ms = 600_000

[slow_request.tasks.topic]
response_ms = 0.001
"""


@pytest.fixture
def app_with_task(fresh_log_dir: Path, small_cache: Path) -> Iterator[RunningApp]:
    """An app with the smallest model, a file of tasks, and a rule for the task."""
    tasks, rules = fresh_log_dir.with_name("tasks.toml"), fresh_log_dir.with_name("rules.toml")
    tasks.write_text(TASKS, encoding="utf-8")
    rules.write_text(RULES, encoding="utf-8")
    settings = {"MODEL": SMALL_MODEL, "MODEL_CACHE": str(small_cache), "ALERT_RULES": str(rules)}
    with RunningApp(fresh_log_dir, TASKS=str(tasks), **settings) as app:
        app.wait_for_page()
        app.wait_for_model()
        yield app


def test_a_declared_task_is_everywhere(
    app_with_task: RunningApp, open_page: OpenPage, open_dashboard: OpenDashboard
) -> None:
    """Five lines give a badge, records, charts, a filter, alerts of their own, and an answer of the API."""
    chat = open_page(app_with_task)
    chat.send("The bread was still warm.")
    badges = chat.page.locator(".user .badge")
    expect(badges).to_have_count(2)
    expect(badges.filter(has_text="topic")).to_have_count(1)
    chat.wait_for_end()
    app_with_task.wait_until(lambda: bool(app_with_task.tasks("topic")), 60, "the task has its record")
    (record,) = app_with_task.tasks("topic")
    assert record["label"] in LABELS
    assert set(record["probabilities"]) == set(LABELS)

    dashboard = open_dashboard(app_with_task, kind="requests")
    expect(dashboard.part("alerts")).to_contain_text("topic")
    dashboard.choose("task", "topic")
    dashboard.expect_rows([str(record["message"])])
    dashboard.wait_for_charts()
    for chart in ("latency", "confidence"):
        assert "topic" in {str(point["name"]) for point in dashboard.points(chart)}

    question = {
        "name": "topic",
        "type": "choice",
        "instructions": "Which topic is it?",
        "choices": [{"value": label} for label in LABELS],
    }
    body = {"input": "The bread was still warm.", "questions": [question]}
    answer = httpx.post(f"{app_with_task.url}/v1/decisions", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.json()["answers"][0]["choice"] == record["label"]
    app_with_task.wait_until(lambda: len(app_with_task.tasks("topic")) == 2, 60, "the call has its record")
    assert app_with_task.tasks("topic")[1]["source"] == "api"
