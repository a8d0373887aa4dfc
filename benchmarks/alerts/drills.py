"""Drills in the running app: how soon the right alert fires and is resolved, and which other alerts fire."""

import tempfile
from pathlib import Path

from benchmarks.report import print_table
from monitoring.cli.drill_client import ALL, run_drills
from tests.running_app import RunningApp

NEVER_SECONDS = 999.0  # the delay of an alert that did not fire


def drill_figures() -> dict[str, float]:
    """Run all drills with the shipped rules and the default model, and print their results."""
    with (
        tempfile.TemporaryDirectory(prefix="drills-") as folder,
        RunningApp(Path(folder) / "logs", DRILLS="1") as app,
    ):
        app.wait_for_page()
        app.wait_for_model()
        runs = list(run_drills(app.url, ALL))
    head = ("drill", "alert", "fired after s", "resolved after s", "others", "passed")
    rows = [
        (
            run["drill"],
            run["rule"],
            _seconds(run["fired_after_s"]),
            _seconds(run["resolved_after_s"]),
            ", ".join([*run["followed"], *run["unrelated"]]) or "none",
            "yes" if run["passed"] else "no",
        )
        for run in runs
    ]
    print_table("Drills", head, rows)
    delays = [NEVER_SECONDS if run["fired_after_s"] is None else run["fired_after_s"] for run in runs]
    return {
        "drill_worst_delay_s": max(delays),
        "drills_passed": float(sum(run["passed"] for run in runs)),
        "drills_with_other_alerts": float(sum(bool(run["followed"] or run["unrelated"]) for run in runs)),
    }


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f}"
