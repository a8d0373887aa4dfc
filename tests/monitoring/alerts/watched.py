"""A log on the disk, and a watch of it that looks when a test says so."""

from pathlib import Path
from typing import Any

from monitoring.alerts.rules_file import load_rules
from monitoring.alerts.watch import AlertWatch
from monitoring.config import MonitoringConfig
from monitoring.machine import Machine
from monitoring.reading.live_log import LiveLog
from tests.monitoring.helpers import Record, lines_of, wait_until

FAILED = {"task_type": "sentiment", "status": "error", "level": "ERROR"}
FIRED = {
    "event": "alert.fired",
    "rule": "failing_task",
    "task_type": "sentiment",
    "since": "2023-11-14T22:13:20Z",
}


class Watched:
    """A log, and the rules over it, one look at a time; `parts` are further parts of the watch."""

    def __init__(self, folder: Path, began: float, rules_path: Path | None = None, **parts: Any) -> None:
        self.config = MonitoringConfig(log_dir=folder)
        self.told: list[dict[str, Any]] = []
        self.now = began
        self.live = LiveLog(self.config)
        self.watch = AlertWatch(
            self.live.view,
            load_rules(rules_path),
            rules_path,
            Machine(2, 8000),
            [self.told.append],
            lambda: self.now,
            **parts,
        )

    def write(self, *records: Record) -> None:
        """Add records to the log."""
        with self.config.log_path.open("ab") as file:
            file.write(lines_of(*records))

    def look(self, records: int) -> list[tuple[str, str]]:
        """Look when so many records were read; return what was told since the last look: event and rule."""
        wait_until(lambda: len(self.live.view().frame) == records and not self.live.view().loading)
        before = len(self.told)
        while self.watch.poll():
            pass
        return [(record["event"], record["rule"]) for record in self.told[before:]]
