"""Drills with made-up faults, and the log with their records."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drills.runner import Drill, Drills, Timing, nothing
from monitoring import MonitoringConfig, Recorder
from monitoring.alerts.rules_file import load_rules
from tests.monitoring.helpers import KeepingLog, Record, wait_until

RULE, TASK = "failing_task", "sentiment"
RESOLVE_SECONDS = 0.05


def alert(event: str, rule: str = RULE, task: str = TASK) -> dict[str, Any]:
    """Return the record of an alert that has `fired` or is `resolved`."""
    return {"event": f"alert.{event}", "rule": rule, "task_type": task}


class Drilled:
    """Drills whose `a_fault` does what a test says, and the log with their records."""

    def __init__(self, folder: Path, timing: Timing) -> None:
        self.log = KeepingLog()
        shipped = load_rules()
        rule = shipped.failing_task.model_copy(update={"resolve_seconds": RESOLVE_SECONDS})
        self.rules = shipped.model_copy(update={RULE: rule})
        self.firing: set[tuple[str, str]] = set()
        self.heard_while_faulty = [alert("fired")]
        self.heard_after = [alert("resolved")]
        self.prepare: Callable[[], None] = nothing
        self.problems: dict[str, Exception] = {}  # by "prepare", "fault" and "recover"
        self.obstacle: str | None = None
        self.closed = 0
        self.faults_ended = 0
        self.drills = Drills(
            {
                "a_fault": Drill(
                    RULE,
                    TASK,
                    self._fault,
                    prepare=lambda: self._do("prepare", []),
                    follows=("error_rate",),
                    obstacle=lambda: self.obstacle,
                ),
                "another": Drill("slow_request", "chat", self._fault),
            },
            lambda: self._do("recover", self.heard_after),
            Recorder(self.log, MonitoringConfig(log_dir=folder)),
            lambda: self.rules,
            lambda: self.firing,
            self._close,
            timing,
        )

    def run(self) -> Record:
        """Run the drill to its end; return its last record, in which None values are left out."""
        self.drills.start("a_fault")
        return self.end()

    def end(self) -> Record:
        """Wait for the record of the end, and return it."""
        wait_until(lambda: [record for record in self.log.records if record["event"] == "drill.ended"])
        return self.log.records[-1]

    def _fault(self, stop: threading.Event) -> None:
        self._do("fault", self.heard_while_faulty)
        assert stop.wait(30)
        self.faults_ended += 1

    def _do(self, what: str, heard: list[dict[str, Any]]) -> None:
        if what == "prepare":
            self.prepare()
        for record in heard:
            self.drills.on_alert(record)
        if what in self.problems:
            raise self.problems[what]

    def _close(self) -> None:
        self.closed += 1
