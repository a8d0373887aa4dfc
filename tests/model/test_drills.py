"""All drills, in an app with a real, small model, as one runs them from a shell."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SMALL_MODEL
from tests.running_app import ROOT, RunningApp

pytestmark = pytest.mark.model

RULES = """
[slow_request]        # limits that a busy machine does not pass by itself
response_ms = 60_000
ttft_ms = 60_000
token_ms = 500
resolve_seconds = 2

[slow_task]
limit_ms = 60_000
resolve_seconds = 2

[memory_limit]
limit_mb = 4096

[memory_growth]
warmup_seconds = 0
resolve_seconds = 2

[queue_backing_up]
cpu_share = 0.05      # of all cores, which the other tests of a parallel run use too
for_seconds = 1
resolve_seconds = 2

[log_dropped]
resolve_seconds = 2
"""
ALERTS = {
    "slow_model": ("slow_request", "chat"),
    "failing_sentiments": ("failing_task", "sentiment"),
    "memory_leak": ("memory_growth", "system"),
    "full_log_disk": ("log_dropped", "system"),
    "stalled_queue": ("queue_backing_up", "system"),
}


@pytest.fixture
def drilled_app(fresh_log_dir: Path, small_cache: Path) -> Iterator[RunningApp]:
    """An app that allows drills, with the smallest model and rules whose alerts are soon resolved."""
    rules = fresh_log_dir.with_name("rules.toml")
    rules.write_text(RULES, encoding="utf-8")
    with RunningApp(
        fresh_log_dir,
        MODEL=SMALL_MODEL,
        MODEL_CACHE=str(small_cache),
        DRILLS="1",
        ALERT_RULES=str(rules),
        SAMPLE_SECONDS="1",
        KV_CACHE_MB="16",  # soon full: while it fills, memory grows as in a leak
    ) as app:
        app.wait_for_page()
        app.wait_for_model()
        yield app


def alerts_during(records: list[dict[str, Any]], run: str) -> list[tuple[str, str, str]]:
    """Return the alerts that fired and were resolved while a drill ran, in the log's order."""
    begin, end = (place for place, record in enumerate(records) if record.get("run") == run)
    alerts = ("alert.fired", "alert.resolved")
    between = [record for record in records[begin:end] if record["event"] in alerts]
    return [(record["event"], record["rule"], record["task_type"]) for record in between]


def test_all_drills_pass(drilled_app: RunningApp) -> None:
    """Each fault fires its alert, which is resolved after it; only the full disk leaves a gap in the log."""
    command = [sys.executable, "-m", "monitoring", "drill", "all", "--url", drilled_app.url, "--json"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    runs = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [run["drill"] for run in runs] == list(ALERTS), ended.stderr
    for run in runs:
        assert (run["followed"], run["unrelated"], run["problem"]) == ([], [], ""), run
        assert run["fired_after_s"] is not None, run
        assert run["resolved_after_s"] is not None, run
    assert ended.returncode == int(not all(run["passed"] for run in runs))  # a busy machine may be late
    assert drilled_app.terminate() == 0
    records = drilled_app.records()
    for run in runs:
        told = alerts_during(records, run["run"])
        rule, task = ALERTS[run["drill"]]
        fired, resolved = ("alert.fired", rule, task), ("alert.resolved", rule, task)
        assert [alert for alert in told if alert in (fired, resolved)] == [fired, resolved], told
    (full,) = (run["run"] for run in runs if run["drill"] == "full_log_disk")
    begin, end = (record["seq"] for record in records if record.get("run") == full)
    numbers = [record["seq"] for record in records]
    lost = sorted(set(range(1, numbers[-1] + 1)) - set(numbers))
    assert begin < lost[0] <= lost[-1] < end
    assert len(lost) == sum(record["dropped"] for record in drilled_app.records("log.dropped"))
