"""The walls between the rooms: who may import whom. docs/architecture.md shows the same table."""

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]
# Each package of ours, and which others of ours it may import; `monitoring` stands for all of it.
# A module that stands beside packages, such as monitoring/config.py, is a row of its own.
WALLS: dict[str, tuple[str, ...]] = {
    "container": (),
    "settings": (),
    "monitoring.config": ("monitoring.record",),
    "monitoring.machine": (),
    "monitoring.percentiles": (),
    "monitoring.periodic_thread": (),
    "monitoring.record": (),
    "monitoring.storage": ("monitoring.periodic_thread", "monitoring.record"),
    "monitoring.writing": (
        "container",
        "monitoring.config",
        "monitoring.machine",
        "monitoring.periodic_thread",
        "monitoring.record",
        "monitoring.storage",
    ),
    "monitoring.formats": ("monitoring.record", "monitoring.storage"),
    "monitoring.formats.values": ("monitoring.record",),
    "monitoring.formats.files": ("monitoring.record", "monitoring.storage"),
    "monitoring.formats.programs": ("monitoring.formats.values", "monitoring.record"),
    "monitoring.window": ("monitoring.formats", "monitoring.percentiles", "monitoring.record"),
    "monitoring.reading": (
        "monitoring.config",
        "monitoring.formats",
        "monitoring.periodic_thread",
        "monitoring.record",
        "monitoring.storage",
        "monitoring.window",
        "monitoring.writing",
    ),
    "monitoring.analysis": ("monitoring.percentiles", "monitoring.record", "monitoring.window"),
    "monitoring.capacity": ("monitoring.analysis", "monitoring.percentiles", "monitoring.window"),
    "monitoring.charts": (
        "monitoring.analysis",
        "monitoring.capacity",
        "monitoring.record",
        "monitoring.window",
    ),
    "monitoring.history": (
        "monitoring.analysis",
        "monitoring.formats",
        "monitoring.percentiles",
        "monitoring.record",
        "monitoring.storage",
    ),
    "monitoring.alerts": (
        "monitoring.analysis",
        "monitoring.formats",
        "monitoring.machine",
        "monitoring.percentiles",
        "monitoring.periodic_thread",
        "monitoring.reading",
        "monitoring.record",
        "monitoring.storage",
        "monitoring.window",
        "monitoring.writing",
        "settings",
    ),
    "monitoring.cli": ("container", "monitoring"),
    "inference.config": (),
    "inference.errors": (),
    "inference.types": (),
    "inference.public_text": (),
    "inference.kernels": (),
    "inference.model": ("container", "inference.errors", "inference.kernels", "inference.types"),
    "inference.weights": ("inference.config", "inference.errors"),
    "inference.engine": (
        "inference.config",
        "inference.errors",
        "inference.model",
        "inference.observer",
        "inference.types",
    ),
    "inference.events": ("inference.types",),
    "inference.observer": ("inference.types",),
    "inference.tasks": (
        "inference.engine",
        "inference.errors",
        "inference.events",
        "inference.observer",
        "inference.types",
        "settings",
    ),
    "inference.call": ("inference.tasks", "inference.types"),
    "inference.memory_budget": ("container", "inference.config", "inference.observer"),
    "inference.loading": ("inference",),
    "inference.loader": ("inference",),
    "inference.service": ("inference",),
    "drills": ("inference", "monitoring"),
    "ui.texts": (),
    "ui.roles": (),
    "ui.view": ("monitoring",),
    "ui.dashboard.html": ("monitoring", "ui.texts", "ui.view"),
    "ui.guard": ("ui.roles", "ui.texts"),
    "ui.guard.sign_in": ("ui.guard", "ui.texts"),
    "ui.server": ("container", "ui.guard"),
    "ui.dashboard": ("drills", "monitoring", "ui.roles", "ui.texts", "ui.view"),
    "ui.dashboard.endpoints": ("drills", "monitoring", "ui.dashboard", "ui.roles", "ui.texts", "ui.view"),
    "ui.api": ("inference", "ui.guard", "ui.roles"),
    "ui.api.decisions": ("inference", "ui.api"),
    "ui.mcp": ("inference", "monitoring", "ui.api", "ui.dashboard", "ui.guard", "ui.roles", "ui.view"),
    "ui.chat": ("inference", "ui.roles", "ui.texts"),
    "ui": ("inference", "monitoring"),
}
OURS = {"app", "benchmarks", "container", "drills", "inference", "monitoring", "settings", "tests", "ui"}
# Who alone may import a package: whole rooms end with a slash.
RESERVED = {
    "gradio": ("ui/", "app.py"),
    "mcp": ("ui/mcp/",),
    "transformers": (
        "inference/model/transformers_network.py",
        "inference/weights/conversion.py",
        "inference/model/language_model.py",
        "inference/model/tokenizer.py",
        "inference/model/template_renderer.py",
        "benchmarks/decisions/peer.py",
        "benchmarks/engine/article.py",  # the peers are made of it
    ),
    # A peer in the benchmarks asks psutil for each record.
    "psutil": ("container/ending.py", "monitoring/writing/resources.py", "benchmarks/"),
}


def sources(root: Path) -> Iterator[Path]:
    """Yield every Python file of the project, without tests and environments."""
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if not skipped(Path(folder) / name, root)]
        yield from (Path(folder) / name for name in sorted(files) if name.endswith(".py"))


def skipped(folder: Path, root: Path) -> bool:
    """Tell whether a folder holds no code of the project's own."""
    is_environment = (folder / "pyvenv.cfg").exists()
    is_other = folder in (root / "build", root / "tests")
    return folder.name.startswith((".", "__")) or is_other or is_environment


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the dotted name of every absolute import, wherever it stands in the file."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield from (f"{module}.{alias.name}" for alias in node.names)
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield module


def room_of(dotted: str) -> str | None:
    """Return the row of `WALLS` that a module belongs to; None where no row is about it."""
    parts = dotted.split(".")
    rooms = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((room for room in rooms if room in WALLS), None)


def broken_walls(root: Path) -> list[str]:
    """Return a line for each import that no file of its room may have."""
    problems = []
    for source in sources(root):
        path = PurePosixPath(source.relative_to(root).as_posix())
        room = room_of(".".join(path.with_suffix("").parts))
        for name in imported(ast.parse(source.read_bytes(), filename=str(path))):
            top = name.partition(".")[0]
            is_breaking = room is not None and top in OURS and not is_open(room, name)
            if is_breaking or not may_import(path, top):
                problems.append(f"{path} imports {name}")
    return sorted(problems)


def is_open(room: str, name: str) -> bool:
    """Tell whether the files of a room may import a module of ours."""
    return any(name == way or name.startswith(f"{way}.") for way in (room, *WALLS[room]))


def may_import(path: PurePosixPath, name: str) -> bool:
    """Tell whether a reserved package may be imported by a file; every other one may."""
    owners = RESERVED.get(name)
    return owners is None or any(
        str(path).startswith(owner) if owner.endswith("/") else str(path) == owner for owner in owners
    )


def write(root: Path, path: str, text: str) -> None:
    """Write one file of a small project."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


def test_no_wall_is_broken() -> None:
    """Every import of the project respects the rooms."""
    assert broken_walls(ROOT) == []


def test_the_project_is_really_read() -> None:
    """The check sees the files that own the reserved packages, and nothing of an environment."""
    found = {source.relative_to(ROOT).as_posix() for source in sources(ROOT)}
    assert {
        "app.py",
        "inference/model/language_model.py",
        "monitoring/writing/resources.py",
        "ui/page.py",
    } <= found
    assert not [path for path in found if path.startswith(("tests/", "."))]
    for package, owners in RESERVED.items():
        users = [
            path
            for path in found
            if path.startswith(owners)
            and any(
                name.partition(".")[0] == package for name in imported(ast.parse((ROOT / path).read_bytes()))
            )
        ]
        assert users, f"nobody imports {package}"


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("inference/model/a.py", "import monitoring", "monitoring"),
        ("inference/tasks/a.py", "from monitoring.machine import Machine", "monitoring.machine.Machine"),
        ("inference/engine/deep/a.py", "import ui.texts.page as words", "ui.texts.page"),
        ("inference/loader.py", "def f():\n    from app import main", "app.main"),
        ("monitoring/config.py", "import os, inference.types", "inference.types"),
        ("monitoring/cli/a.py", "if TYPE_CHECKING:\n    from ui import page", "ui.page"),
        ("monitoring/charts/a.py", "from monitoring import alerts", "monitoring.alerts"),
        (
            "monitoring/window/a.py",
            "from monitoring.charts.parts import line",
            "monitoring.charts.parts.line",
        ),
        ("monitoring/writing/a.py", "import monitoring.window.window", "monitoring.window.window"),
        ("inference/kernels/a.py", "from inference.types import Usage", "inference.types.Usage"),
        ("drills/a.py", "import ui.page", "ui.page"),
        ("ui/a.py", "from app import build_app", "app.build_app"),
        ("ui/chat/a.py", "from ui.dashboard.tab import ASSETS", "ui.dashboard.tab.ASSETS"),
        ("ui/dashboard/html/a.py", "from ui.dashboard.ordering import order", "ui.dashboard.ordering.order"),
        ("monitoring/machine.py", "import gradio as gr", "gradio"),
        ("benchmarks/a.py", "from gradio.themes import Soft", "gradio.themes.Soft"),
        ("tool.py", "import gradio", "gradio"),
        (
            "inference/engine/engine.py",
            "try:\n    import transformers\nexcept ImportError:\n    pass",
            "transformers",
        ),
        ("app.py", "import psutil", "psutil"),
        (
            "monitoring/record/a.py",
            "import importlib\nx = importlib.import_module('inference.types')",
            "inference.types",
        ),
        ("monitoring/record/a.py", "x = __import__('gradio')", "gradio"),
    ],
)
def test_a_broken_wall_is_found(tmp_path: Path, path: str, text: str, name: str) -> None:
    """A forbidden import is named with its file, wherever it stands."""
    write(tmp_path, path, text)
    assert broken_walls(tmp_path) == [f"{path} imports {name}"]


def test_whole_walls_pass(tmp_path: Path) -> None:
    """What the rooms may import is no problem, nor are tests, environments and names alone."""
    write(tmp_path, "app.py", "import gradio, inference, monitoring, ui.page")
    write(tmp_path, "ui/a.py", "import gradio\nfrom inference import Service\nfrom monitoring import LiveLog")
    write(tmp_path, "monitoring/charts/a.py", "from monitoring.window.masks import during")
    write(tmp_path, "monitoring/charts/b.py", "import monitoring.charts.a, numpy")
    write(
        tmp_path,
        "inference/model/language_model.py",
        "from transformers import AutoModel\nfrom . import monitoring",
    )
    write(tmp_path, "monitoring/writing/resources.py", "import psutil\ninference = 'import inference'")
    write(tmp_path, "tests/test_a.py", "import psutil, gradio, transformers")
    write(tmp_path, "env/pyvenv.cfg", "")
    write(tmp_path, "env/lib/a.py", "import psutil, gradio")
    write(tmp_path, ".env/a.py", "import psutil, gradio")
    assert broken_walls(tmp_path) == []


def test_every_file_of_ours_belongs_to_a_room() -> None:
    """No module stands outside of the table, except what puts the rooms together."""
    paths = {source.relative_to(ROOT).with_suffix("") for source in sources(ROOT)}
    without = {str(path) for path in paths if room_of(".".join(path.parts)) is None}
    together = {"app", "qwen_all_in_one", "inference/__init__", "monitoring/__init__", "monitoring/__main__"}
    assert {name for name in without if not name.startswith(("benchmarks/", "docs/"))} == together


def test_no_walls_are_mutual() -> None:
    """Imports run one way: no package may import one that may import it, over others either."""

    def reached(room: str) -> set[str]:
        ways = {way for way in WALLS[room] if way in WALLS}
        return ways.union(*(reached(way) for way in ways))

    assert [room for room in WALLS if room in reached(room)] == []


def test_the_architecture_shows_the_same_walls() -> None:
    """docs/architecture.md has one row a package, with what it may import as it stands here."""
    rows = re.findall(
        r"^\| `([a-z_/.]+)` \|[^|]+\|([^|]+)\|$", (ROOT / "docs/architecture.md").read_text("utf-8"), re.M
    )
    shown = {
        room_named(name): {room_named(way) for way in re.findall("`([^`]+)`", ways)} for name, ways in rows
    }
    assert shown == {room: set(ways) for room, ways in WALLS.items()}


def room_named(path: str) -> str:
    """Turn the path of a package or module, as documents write it, into a row's name."""
    return path.removesuffix("/").removesuffix(".py").replace("/", ".")


def test_no_folder_is_a_warehouse() -> None:
    """No package holds more than 13 modules."""
    counts: dict[Path, int] = {}
    for source in sources(ROOT):
        if source.name != "__init__.py" and source.parent not in (ROOT, ROOT / "benchmarks"):
            counts[source.parent] = counts.get(source.parent, 0) + 1
    assert {str(folder): count for folder, count in counts.items() if count > 13} == {}
