"""The project as a package: what the wheel brings, and what a base install can do."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands of an empty environment into which the wheel was installed."""
    folder = tmp_path_factory.mktemp("package")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    sources = folder / "sources"  # a build leaves folders behind
    shutil.copytree(ROOT, sources, ignore=shutil.ignore_patterns(".*", "__pycache__", "build", "logs"))
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(folder), str(sources)], check=True, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    python = environment / "bin" / "python"
    subprocess.run([*pip, "--python", str(python), "install", str(wheel)], check=True, cwd=folder)
    return python.parent


def run(command: Path, *arguments: str, log_dir: Path) -> subprocess.CompletedProcess[str]:
    """Run a command outside of the project's folder; return its status and what it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LOG_"))}
    return subprocess.run(
        [str(command), *arguments],
        env={**kept, "LOG_DIR": str(log_dir)},
        cwd=log_dir,
        capture_output=True,
        text=True,
        check=False,
    )


LOGGING_PROGRAM = """
import logging, monitoring
monitoring.setup_logger()
logging.getLogger("qwen_monitor").info(
    "text", extra={"task_type": "embed", "response_time_ms": 892}
)
"""


def test_a_base_install_logs_and_sums_up(commands: Path, tmp_path: Path) -> None:
    """Without torch and gradio any program can log, and `qwen-log summary` reads it back."""
    logged = run(commands / "python", "-c", LOGGING_PROGRAM, log_dir=tmp_path)
    assert (logged.returncode, logged.stderr) == (0, "")
    summed = run(commands / "qwen-log", "summary", "--json", log_dir=tmp_path)
    assert summed.returncode == 0, summed.stderr
    embed = json.loads(summed.stdout)["tasks"]["embed"]
    assert (embed["requests"], embed["p50_ms"]) == (1, 892)
    absent = run(commands / "python", "-c", "import torch", log_dir=tmp_path)
    assert "No module named 'torch'" in absent.stderr


def test_a_base_install_can_ask_a_running_app(commands: Path, tmp_path: Path) -> None:
    """`qwen-log drill` and the alerts' webhook need no extra: an app that is not there is one clear line."""
    asked = run(commands / "qwen-log", "drill", "--url", "http://127.0.0.1:9", log_dir=tmp_path)
    assert "Traceback" not in asked.stderr
    assert "127.0.0.1:9" in asked.stderr
    imported = run(commands / "python", "-c", "import monitoring.alerts.webhook", log_dir=tmp_path)
    assert (imported.returncode, imported.stderr) == (0, "")


@pytest.mark.parametrize(
    ("command", "arguments", "extra"),
    [("qwen-all-in-one", (), "app"), ("qwen-log", ("query", "select 1"), "sql")],
)
def test_what_a_base_install_lacks_is_said(
    commands: Path, tmp_path: Path, command: str, arguments: tuple[str, ...], extra: str
) -> None:
    """A command whose extra is not installed ends with one line that says which extra to install."""
    ended = run(commands / command, *arguments, log_dir=tmp_path)
    assert ended.returncode == 2
    assert f"pip install 'qwen-all-in-one[{extra}]'" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_the_pinned_versions_are_those_that_the_package_allows() -> None:
    """requirements.txt pins each dependency of the package and of its extras, and nothing else.

    What few install beside the app is pinned in requirements-dev.txt.
    """
    extras = [text for group in PROJECT["optional-dependencies"].values() for text in group]
    allowed = {need.name: need for need in map(Requirement, [*PROJECT["dependencies"], *extras])}
    del allowed[PROJECT["name"]]
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    others = (ROOT / "requirements-dev.txt").read_text("utf-8").splitlines()
    lines += [line for line in others if line.startswith("mcp==")]
    pins = (line.partition(";")[0] for line in lines if not line.startswith("#"))
    pinned = dict(pin.split("==") for pin in pins)
    assert set(pinned) == set(allowed)
    assert [name for name, version in pinned.items() if not allowed[name].specifier.contains(version)] == []


def test_the_wheel_brings_what_code_reads(commands: Path) -> None:
    """Rules, scripts, styles and the marks of typed packages are in the wheel; tests are not."""
    (packages,) = commands.parent.glob("lib/python*/site-packages")
    for name in (
        "monitoring/alerts/rules.toml",
        "ui/assets/main.js",
        "ui/assets/style.css",
        "inference/py.typed",
    ):
        assert (packages / name).is_file(), name
    assert not (packages / "tests").exists()
