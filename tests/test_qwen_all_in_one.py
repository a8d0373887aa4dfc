"""Tests of `qwen_all_in_one`, the command that starts the app."""

import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

from qwen_all_in_one import MODULES_OF_THE_EXTRA, main


def missing(name: str) -> ModuleNotFoundError:
    """Return the error of an import of a module that is not installed."""
    return ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_the_app_is_run() -> None:
    """The command imports the module `app`, and runs it; its end is that of the process."""
    loaded = []

    def load(name: str) -> SimpleNamespace:
        loaded.append(name)
        return SimpleNamespace(run=lambda: sys.exit(3))

    with pytest.raises(SystemExit, match="3"):
        main(load)
    assert loaded == ["app"]


@pytest.mark.parametrize("name", ["torch", "gradio.themes"])
def test_a_missing_module_of_the_extra_names_the_extra(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line names the package that is missing and the command that installs it."""

    def load(app: str) -> None:
        raise missing(name)

    assert main(load) == 2
    package = name.partition(".")[0]
    expected = f"The app needs {package}, which is not installed: pip install 'qwen-all-in-one[app]'\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize("name", ["ui.nothing", "msgspec", "torchvision"])
def test_another_missing_module_is_an_error(name: str) -> None:
    """A missing module of the app itself, or of the base install, is shown as the error that it is."""

    def load(app: str) -> None:
        raise missing(name)

    with pytest.raises(ModuleNotFoundError, match=name):
        main(load)


def test_the_modules_are_those_of_the_extra() -> None:
    """The list has each package of the extra `app`, except the reference to the extra `sql`."""
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8")
    project = tomllib.loads(text)["project"]
    packages = {Requirement(line).name for line in project["optional-dependencies"]["app"]}
    assert packages - {project["name"]} == MODULES_OF_THE_EXTRA
