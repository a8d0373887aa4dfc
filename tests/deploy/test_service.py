"""The service of systemd."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.files import ROOT, SETTINGS, text_of, unit

NAME = "qwen-all-in-one.service"
INSTALLED = "/opt/qwen-all-in-one"
MAX_EXPOSURE = 20  # tenths, of 100; "OK" in the words of systemd, which leaves a usual service at 96

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The service, with this checkout and this Python in the place of the installed ones."""
    path = tmp_path / NAME
    text = text_of(f"deploy/{NAME}")
    text = text.replace(f"{INSTALLED}/.venv/bin/python", sys.executable)
    path.write_text(text.replace(f"={INSTALLED}\n", f"={ROOT}\n"), encoding="utf-8")
    return path


@needs_systemd
def test_systemd_understands_all_of_it(installed: Path) -> None:
    """Each line is known to systemd, and has a value that it takes."""
    told = subprocess.run(
        ["systemd-analyze", "verify", installed], capture_output=True, text=True, check=False
    )
    about_it = [line for line in told.stderr.splitlines() if NAME in line]
    assert (told.returncode, about_it) == (0, [])


@needs_systemd
def test_systemd_finds_it_hardened(installed: Path) -> None:
    """By systemd's own measure, little of the machine is exposed to the service."""
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", f"--threshold={MAX_EXPOSURE}", installed],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr


def test_what_the_app_writes_lies_in_its_own_folder() -> None:
    """Log, weights and home are in the one folder that the service may write to and that stays."""
    settings = dict(unit())
    folder = f"/var/lib/{settings['StateDirectory']}"
    assert settings["ProtectSystem"] == "strict"
    variables = dict(value.split("=", 1) for name, value in unit() if name == "Environment")
    assert set(variables) - {"HOME"} <= SETTINGS
    assert set(variables) == {"HOME", "LOG_DIR", "MODEL_CACHE"}
    assert all(f"{value}/".startswith(f"{folder}/") for value in variables.values())


def test_compiled_loops_may_run_and_the_machine_may_be_measured() -> None:
    """Two limits that systemd recommends would break the app, and are not set."""
    settings = dict(unit())
    assert "MemoryDenyWriteExecute" not in settings
    assert "ProcSubset" not in settings
