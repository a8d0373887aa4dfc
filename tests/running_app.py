"""The app as its users run it: a process of its own, with a log folder of its own."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PAGE_SECONDS = 60.0
MODEL_SECONDS = 280.0  # the first start fetches and converts the weights
# The app takes the first free port from one of these on. The system hands out only higher ones by itself.
PORTS = range(10_000, 30_000)


class RunningApp:
    """Start `python app.py` with the given settings, and read its log; a `with` block ends it.

    `prefix` is a command that starts it, such as one that changes to another user.
    """

    def __init__(
        self, log_dir: Path, *, program: str = "app.py", prefix: Sequence[str] = (), **settings: str
    ) -> None:
        self.log_path = log_dir / "qwen.log"
        self.url = ""  # known once the page answers
        environment = {
            **os.environ,
            "LOG_DIR": str(log_dir),
            "GRADIO_SERVER_NAME": "127.0.0.1",
            "GRADIO_SERVER_PORT": str(random.choice(PORTS)),
            **settings,
        }
        self.output_path = log_dir.with_name(f"{log_dir.name}-output.txt")
        with self.output_path.open("wb") as output:
            self.process = subprocess.Popen(
                [*prefix, sys.executable, program], cwd=ROOT, env=environment, stdout=output, stderr=output
            )

    def __enter__(self) -> "RunningApp":
        return self

    def __exit__(self, *error: object) -> None:
        self.terminate()

    def wait_for_page(self) -> None:
        """Wait until the app tells its address, and its page answers there."""
        self.wait_until(self._has_address, PAGE_SECONDS, "the app tells its address")
        self.wait_until(self._answers, PAGE_SECONDS, "the page answers")

    def wait_for_model(self) -> None:
        """Wait until the model answers; fail where it could not be loaded."""
        ended = partial(self._has, "model.loaded", "model.failed")
        self.wait_until(ended, MODEL_SECONDS, "the model is loaded")
        assert not self.records("model.failed"), self.records("model.failed")

    def wait_until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait for a condition; fail, with the app's output, where it does not come."""
        deadline = time.monotonic() + seconds
        while not condition():
            ended = self.process.poll() is not None
            assert not ended, f"the app ended before {what}:\n{self.output()}"
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}\n{self.output()}"
            time.sleep(0.1)

    def records(self, event: str | None = None) -> list[dict[str, Any]]:
        """Read the log's records, all or those of one event."""
        if not self.log_path.exists():
            return []
        whole = self.log_path.read_bytes().rpartition(b"\n")[0]
        records = [json.loads(line) for line in whole.split(b"\n") if line]
        return [record for record in records if event is None or record.get("event") == event]

    def tasks(self, task_type: str | None = None) -> list[dict[str, Any]]:
        """Read the records of finished tasks, all or those of one task."""
        finished = self.records("task.finished")
        return [r for r in finished if task_type is None or r["task_type"] == task_type]

    def output(self) -> str:
        """Return what the app printed."""
        return self.output_path.read_text(errors="replace")

    def terminate(self) -> int:
        """Send SIGTERM and return the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def _has_address(self) -> bool:
        if told := re.search(r"^Open (http\S+?)/?$", self.output(), re.MULTILINE):
            self.url = told[1]
        return bool(self.url)

    def _has(self, *events: str) -> bool:
        return any(self.records(event) for event in events)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
