"""The walls between the rooms: who may import whom."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {
    "inference": {"monitoring", "drills", "ui", "app"},
    "monitoring": {"inference", "drills", "ui", "app"},
    "drills": {"ui", "app"},
    "ui": {"app"},
}
# Who alone may import a package: whole rooms end with a slash.
RESERVED = {
    "gradio": ("ui/", "app.py"),
    "transformers": (
        "inference/model/transformers_network.py",
        "inference/weights/conversion.py",
        "inference/model/language_model.py",
        "inference/model/tokenizer.py",
        "benchmarks/article.py",  # the peer is made of it
    ),
    # A peer in the benchmarks asks psutil for each record.
    "psutil": ("monitoring/writing/resources.py", "benchmarks/"),
}


def sources(root: Path) -> Iterator[Path]:
    """Yield every Python file of the project, without tests and environments."""
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if not skipped(Path(folder) / name, root)]
        yield from (Path(folder) / name for name in sorted(files) if name.endswith(".py"))


def skipped(folder: Path, root: Path) -> bool:
    """Tell whether a folder holds no code of the project's own."""
    is_environment = (folder / "pyvenv.cfg").exists()
    return folder.name.startswith((".", "__")) or folder == root / "tests" or is_environment


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the top-level package of every absolute import, wherever it stands in the file."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name.partition(".")[0] for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield module.partition(".")[0]


def broken_walls(root: Path) -> list[str]:
    """Return a line for each import that no file of its room may have."""
    problems = []
    for source in sources(root):
        path = PurePosixPath(source.relative_to(root).as_posix())
        for name in imported(ast.parse(source.read_bytes(), filename=str(path))):
            if name in FORBIDDEN.get(path.parts[0], ()) or not may_import(path, name):
                problems.append(f"{path} imports {name}")
    return sorted(problems)


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
            if package in imported(ast.parse((ROOT / path).read_bytes())) and path.startswith(owners)
        ]
        assert users, f"nobody imports {package}"


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("inference/a.py", "import monitoring", "monitoring"),
        ("inference/a.py", "from monitoring.record.encode import complete", "monitoring"),
        ("inference/deep/a.py", "import ui.texts.page as words", "ui"),
        ("inference/a.py", "def f():\n    from app import main", "app"),
        ("monitoring/a.py", "import os, inference.types", "inference"),
        ("monitoring/a.py", "if TYPE_CHECKING:\n    from ui import page", "ui"),
        ("monitoring/a.py", "import app", "app"),
        ("ui/a.py", "from app import build_app", "app"),
        ("monitoring/a.py", "import gradio as gr", "gradio"),
        ("benchmarks/a.py", "from gradio.themes import Soft", "gradio"),
        ("tool.py", "import gradio", "gradio"),
        (
            "inference/engine/engine.py",
            "try:\n    import transformers\nexcept ImportError:\n    pass",
            "transformers",
        ),
        ("app.py", "import psutil", "psutil"),
        ("monitoring/a.py", "import importlib\nx = importlib.import_module('inference.types')", "inference"),
        ("monitoring/a.py", "x = __import__('gradio')", "gradio"),
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
