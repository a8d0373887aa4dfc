"""The examples of docs/extending.md: each is applied to a copy of the project, and run there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.monitoring.helpers import ROOT, a_record, lines_of

DOCUMENT = ROOT / "docs" / "extending.md"
PACKAGES = ("container", "drills", "inference", "monitoring", "settings", "tests", "ui")
MAX_FILES = 3
BLOCK = re.compile(r"^```(python|toml|diff)\n(.+?)^```$", re.DOTALL | re.MULTILINE)
SECTION = re.compile(r"^## ", re.MULTILINE)

STREAM = """
from tests.fakes import FakeModel
from tests.inference.serving import serving
from ui.texts.page import LANGUAGES
from ui.texts.words import task_name

with serving(FakeModel("hello")) as served:
    texts = {}
    for event in served.answer("hi"):
        if text := getattr(event, "text", ""):
            texts[event.task] = texts.get(event.task, "") + text
print(sorted(served.observer.statuses.items()))
print(sorted(texts.items()))
print([task_name("translation", words) for words in LANGUAGES.values()])
"""

QUESTION = """
from pathlib import Path

from inference.service import Service
from inference.tasks import load_tasks, tasks_of_message
from inference.types import Label
from tests.fakes import FakeModel
from tests.inference.doubles import make_config
from tests.inference.serving import serving

tasks = tasks_of_message(load_tasks(Path("my_tasks.toml")))
with serving(FakeModel("hello")) as served:
    service = Service(served.loader, served.observer, make_config(), tasks)
    labels = {event.task: event.label for event in service.respond("hi") if isinstance(event, Label)}
print(sorted(served.observer.statuses.items()))
print(labels["topic"] in ("food", "travel", "other"))
"""

CHART = """
from monitoring.analysis.limits import Limits
from tests.monitoring.helpers import a_record
from tests.ui.dashboard.helpers import EVERYTHING, MAX_ACTIVE, OPERATOR, ZH_OPERATOR, snapshot_of, view_of
from ui.dashboard.charts import Charts
from ui.dashboard.guard import Guard

view = view_of(*(a_record(second, prompt_tokens=40) for second in range(60)))
for reader in (OPERATOR, ZH_OPERATOR):
    figures = Charts(Limits, MAX_ACTIVE, Guard()).figures(EVERYTHING, snapshot_of(view), reader)
    print(list(figures).index("prompts") - list(figures).index("confidence"))
    print(figures["prompts"]["layout"]["meta"]["description"])
"""


def section(title: str) -> str:
    """Return a section of the document."""
    (found,) = (part for part in SECTION.split(DOCUMENT.read_text("utf-8")) if part.startswith(f"{title}\n"))
    return found


def apply(title: str, folder: Path) -> set[str]:
    """Apply a section's examples to a copy of the project; return the files that they touch."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return {write(kind, block, folder) for kind, block in BLOCK.findall(section(title))}


def write(kind: str, block: str, folder: Path) -> str:
    """Write a new file, or change one; return its name."""
    first, text = block.split("\n", 1)
    name = first.removeprefix("# ").removeprefix("--- ")
    if kind in ("python", "toml"):
        (folder / name).write_text(text, "utf-8")
        return name
    changed = (folder / name).read_text("utf-8")
    for hunk in text.split("@@\n"):
        lines = [(line[:1], line[1:]) for line in hunk.splitlines()]
        before = "".join(f"{line}\n" for sign, line in lines if sign != "+")
        after = "".join(f"{line}\n" for sign, line in lines if sign != "-")
        assert changed.count(before) == 1, f"{name} does not hold these lines once:\n{before}"
        changed = changed.replace(before, after)
    (folder / name).write_text(changed, "utf-8")
    return name


def run(folder: Path, *arguments: str, status: int = 0) -> list[str]:
    """Run Python in the copy; return the lines that it printed."""
    # The copy's files do not count in the coverage of the project.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout.splitlines()


def sources(files: set[str]) -> set[str]:
    """Count the texts of both languages as one file."""
    return {"ui/texts" if name.startswith("ui/texts/") else name for name in files}


def test_a_typed_question_is_five_lines(tmp_path: Path) -> None:
    """The example's question is asked of each message, and leaves its own record."""
    assert apply("A typed question", tmp_path) == {"my_tasks.toml"}
    assert len((tmp_path / "my_tasks.toml").read_text("utf-8").splitlines()) == 5
    statuses, is_label = run(tmp_path, "-c", QUESTION)
    assert statuses == "[('chat', 'ok'), ('sentiment', 'ok'), ('topic', 'ok')]"
    assert is_label == "True"


def test_a_task_that_streams_is_three_files(tmp_path: Path) -> None:
    """The example's task answers each message, leaves its own record, and has a name in both languages."""
    files = apply("A task that streams", tmp_path)
    assert len(sources(files)) <= MAX_FILES
    statuses, texts, names = run(tmp_path, "-c", STREAM)
    assert statuses == "[('chat', 'ok'), ('sentiment', 'ok'), ('translation', 'ok')]"
    assert texts == "[('chat', 'hello'), ('translation', 'hello')]"
    assert names == "['Translation', '翻译']"


def test_an_alert_rule_is_three_files(tmp_path: Path) -> None:
    """The example's rule fires for a task whose requests are stopped, and for no other one."""
    files = apply("An alert rule", tmp_path)
    assert len(sources(files)) <= MAX_FILES
    stopped = [a_record(second, status="cancelled", ttft_ms=100.0) for second in range(30)]
    answered = [a_record(second, task_type="embed") for second in range(30)]
    (tmp_path / "a.log").write_bytes(lines_of(*stopped, *answered))
    fired, count = run(tmp_path, "-m", "monitoring", "alerts", "--replay", "a.log", status=1)
    assert "fired    abandoned (chat): share of stopped requests: 1, limit 0.5" in fired
    assert count == "records: 60, alerts fired: 1"


def test_a_chart_is_three_files(tmp_path: Path) -> None:
    """The example's chart stands in its place on the dashboard, with a title in both languages."""
    files = apply("A chart", tmp_path)
    assert len(sources(files)) <= MAX_FILES
    place, english, chinese_place, chinese = run(tmp_path, "-c", CHART)
    assert place == chinese_place == "1"
    assert english == "Length of prompts. Chat: 40 tokens"
    assert chinese == "提示词长度. 对话: 40 tokens"


@pytest.mark.parametrize("title", ["A task that streams", "An alert rule", "A chart"])
def test_the_examples_are_in_the_style_of_the_project(title: str, tmp_path: Path) -> None:
    """Linter and formatter have nothing to say about the files that an example adds or changes."""
    files = [name for name in apply(title, tmp_path) if name.endswith(".py")]
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    run(tmp_path, "-m", "ruff", "check", "--no-cache", *files)
    run(tmp_path, "-m", "ruff", "format", "--no-cache", "--check", *files)
