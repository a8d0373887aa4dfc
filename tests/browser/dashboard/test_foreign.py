"""The dashboard of another program's log in a real browser: its tasks and its names for our fields."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenDashboard
from tests.browser.dashboard_page import DashboardPage
from tests.running_app import RunningApp

pytestmark = pytest.mark.browser

TASKS = ["embed", "rerank", "translate"]
MARCH = 1_772_323_200  # 2026-03-01
COUNT = 30  # requests of each task
NAMES = {
    "kind": "task_type",
    "id": "request_id",
    "latency": "response_time_ms",
    "first_token": "ttft_ms",
    "speed": "tokens_per_second",
    "waited": "queue_wait_ms",
}


def foreign_log() -> bytes:
    """Return requests of three tasks, one a second in turns; translations stream, rankings have labels."""
    lines = []
    for number in range(COUNT * len(TASKS)):
        task = TASKS[number % len(TASKS)]
        record: dict[str, object] = {
            "timestamp": datetime.fromtimestamp(MARCH + number, UTC).isoformat(),
            "message": f"{task} no. {number}",
            "kind": task,
            "id": f"{number:032x}",
            "latency": 100.0 * (1 + number % 3),
            "waited": 1.0,
        }
        if task == "translate":
            record |= {"first_token": 50.0, "speed": 20.0, "output_tokens": 6, "prompt_tokens": 12}
        if task == "rerank":
            record |= {"label": "relevant", "confidence": 0.8}
        lines.append(json.dumps(record).encode() + b"\n")
    return b"".join(lines)


@pytest.fixture(scope="module")
def foreign_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """An app without a model whose operator gave it the other program's names."""
    folder = tmp_path_factory.mktemp("foreign")
    names = ",".join(f"{foreign}={ours}" for foreign, ours in NAMES.items())
    (folder / "logs").mkdir()
    (folder / "logs" / "qwen.log").write_bytes(foreign_log())
    settings = {"MODEL": str(folder), "SAMPLE_SECONDS": "3600", "LOG_MAP": names}
    with RunningApp(folder / "logs", **settings) as app:
        app.wait_for_page()
        yield app


def upload(dashboard: DashboardPage, path: Path) -> None:
    """Open the other program's log as a file."""
    path.write_bytes(foreign_log())
    dashboard.root.locator("[data-form=view] input[type=file]").set_input_files(path)
    expect(dashboard.page).to_have_url(re.compile("source=upload"))
    expect(dashboard.part("health")).to_contain_text("from uploaded file")


def names_of(dashboard: DashboardPage, chart: str) -> set[str]:
    """Return the names of a chart's traces that hold points."""
    return {str(point["name"]) for point in dashboard.points(chart) if point["x"] is not None}


def texts_of(options: Locator) -> list[str]:
    """Return the texts of a control's options, without the first one, which is for any."""
    return options.all_inner_texts()[1:]


@pytest.mark.parametrize("source", ["live", "upload"])
def test_a_log_of_other_tasks_has_the_whole_dashboard(
    open_dashboard: OpenDashboard, foreign_app: RunningApp, tmp_path: Path, source: str
) -> None:
    """Cards, charts, filters, table, capacity and a request show `embed`, `rerank` and `translate`."""
    ends = [datetime.fromtimestamp(second, UTC).isoformat()[:19] for second in (MARCH, MARCH + 90)]
    view = {"range": "own", "from": ends[0], "to": ends[1]} if source == "live" else {}
    dashboard = open_dashboard(foreign_app, **view)
    if source == "upload":
        upload(dashboard, tmp_path / "other.jsonl")
    expect(dashboard.root.locator("[data-measure$=_p95]")).to_have_count(len(TASKS))
    cards = dashboard.part("cards").inner_text()
    assert [task for task in TASKS if task not in cards] == []
    options = texts_of(dashboard.field("task").locator("option"))
    # The live log holds the app's own records, too.
    assert [name for name in options if name.lower() != "system"] == TASKS
    for chart in ("latency", "throughput", "histogram"):
        assert {name.split()[0] for name in names_of(dashboard, chart)} >= set(TASKS), chart
    assert names_of(dashboard, "speed") >= {"translate"}
    assert names_of(dashboard, "labels") == {"relevant"}
    assert names_of(dashboard, "phases") == {"queue wait", "prefill", "decode"}
    expect(dashboard.root.locator("[data-chart=capacity]").locator("..")).to_contain_text(
        "a minute within the limits"
    )
    dashboard.choose("task", "rerank")
    newest = [f"rerank no. {number}" for number in range(COUNT * len(TASKS) - 2, 0, -3)]
    dashboard.expect_rows(newest[:25])
    dashboard.choose("task", "translate")
    dashboard.expect_rows([f"translate no. {number}" for number in range(COUNT * len(TASKS) - 1, 0, -3)][:25])
    newest_id = COUNT * len(TASKS) - 1
    dashboard.open_request(f"{newest_id:032x}")
    expect(dashboard.dialog).to_contain_text(f"translate no. {newest_id}")
