"""An app without a model, on a log with the sample's hour."""

import json
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitoring.record.encode import to_line
from monitoring.record.timestamps import timestamp
from tests.browser import sample_records
from tests.browser.sample_records import Fields
from tests.running_app import RunningApp

OLD_SECONDS = 3 * 86_400.0  # before now, of the file that was put aside
ROTATED = "qwen-2026-01-01T00-00-00.000Z.log"


@dataclass(frozen=True, slots=True)
class SampleApp:
    """The running app, what its log held before it was started, and how to look at just that."""

    app: RunningApp
    records: list[Fields]  # oldest first
    old_records: list[Fields]  # of the file that was put aside
    hour: dict[str, str]  # the view of the sample's hour

    @classmethod
    @contextmanager
    def run(cls, folder: Path, **settings: str) -> Iterator["SampleApp"]:
        """Start the app on a log that ends now."""
        now = float(int(time.time()))
        records = sample_records.hour(now)
        old = [sample_records.task(900 + n, "chat", now - OLD_SECONDS + n) for n in range(4)]
        sample_records.write(folder / "logs" / "qwen.log", records)
        sample_records.write(folder / "logs" / ROTATED, old)
        ends = [datetime.fromtimestamp(now - 3600, UTC), datetime.fromtimestamp(now, UTC)]
        since, until = (f"{end:%Y-%m-%dT%H:%M:%S}" for end in ends)
        settings = {"MODEL": str(folder), "SAMPLE_SECONDS": "3600", "DRILLS": "0", **settings}
        with RunningApp(folder / "logs", program="tests/patient_app.py", **settings) as app:
            app.wait_for_page()
            yield cls(app, records, old, {"range": "own", "from": since, "to": until})

    @property
    def tasks(self) -> list[Fields]:
        """The records of finished tasks, newest first, as the table shows them."""
        return [record for record in reversed(self.records) if record["event"] == "task.finished"]

    def add(self, records: Iterable[Fields]) -> None:
        """Add records to the log, as another process would."""
        sample_records.write(self.app.log_path, records)

    def add_chat(self, number: int) -> Fields:
        """Add the record of a chat that has just ended."""
        record = sample_records.task(number, "chat", time.time())
        self.add([record])
        return record

    def upload(self, records: Iterable[Fields]) -> str:
        """Send records as a file; return the name of the source."""
        return self.upload_bytes(b"".join(map(to_line, records)))

    def upload_bytes(self, content: bytes) -> str:
        """Send a file; return the name of the source."""
        with urllib.request.urlopen(f"{self.app.url}/dashboard/upload", content) as answer:
            return str(json.load(answer)["source"])


def at(moment: float) -> str:
    """Return a moment as the address tells it."""
    return timestamp(moment).removesuffix("Z")
