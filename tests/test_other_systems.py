"""The app on macOS and on Windows, as far as Linux can show it: without what those systems do not have."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from container.system import shortcomings
from tests.running_app import ROOT, RunningApp

PROGRAM = "tests/app_elsewhere.py"
SYSTEMS = pytest.mark.parametrize("system", ["macos", "windows"])


def run_elsewhere(system: str, *arguments: str) -> str:
    """Return what a command prints on another system; fail where it fails."""
    done = subprocess.run(
        [sys.executable, PROGRAM, *arguments],
        cwd=ROOT,
        env={**os.environ, "ELSEWHERE": system},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@SYSTEMS
def test_every_module_can_be_imported(system: str) -> None:
    """None of them takes for granted what only Linux, or only Unix, has."""
    run_elsewhere(system, "import")


@SYSTEMS
def test_the_app_runs_writes_its_log_and_ends(system: str, tmp_path: Path) -> None:
    """The page answers, the log is rotated and compressed, the command line reads it, the end is complete."""
    logs = tmp_path / "logs"
    settings = {"SAMPLE_SECONDS": "0.1", "LOG_ROTATE_MB": "0.002", "LOG_KEEP": "1000"}
    with RunningApp(
        logs, program=PROGRAM, ELSEWHERE=system, MODEL=str(tmp_path / "no-model"), **settings
    ) as app:
        app.wait_for_page()
        app.wait_until(lambda: any(logs.glob("qwen-*.log.gz")), 60, "a rotated file is compressed")
        assert app.terminate() == 0
        assert app.records("app.stopped")
        assert "Traceback" not in app.output()
    assert "records: " in run_elsewhere(system, "summary", "--log", str(app.log_path))


def test_what_does_not_work_is_said_at_the_start() -> None:
    """On Windows it is the rotation; elsewhere there is nothing to say."""
    (sentence,) = shortcomings("win32")
    assert "LOG_ROTATE_MB" in sentence
    assert shortcomings("linux") == shortcomings("darwin") == []
