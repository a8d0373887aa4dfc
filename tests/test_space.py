"""What the README's front matter tells a Hugging Face Space agrees with what the project says elsewhere."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from inference.weights.catalog import DEFAULT, HubRepo

ROOT = Path(__file__).parents[1]
FRONT_MATTER = (ROOT / "README.md").read_text(encoding="utf-8").split("---")[1]


def value_of(name: str) -> str:
    """Return a value of the front matter, which has one a line."""
    found = re.search(rf'^{name}: "?([^"\n]+)"?$', FRONT_MATTER, re.MULTILINE)
    assert found, f"the front matter has no {name}"
    return found[1]


def test_its_python_is_allowed_and_tested() -> None:
    """The Space's Python is one that the package allows, and that the tests run on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert SpecifierSet(project["requires-python"]).contains(value_of("python_version"))
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    assert f'"{value_of("python_version")}"' in workflow


def test_its_gradio_is_the_pinned_one() -> None:
    """The Space installs the version of Gradio that requirements.txt names."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    (gradio,) = (line for line in lines if line.startswith("gradio=="))
    assert Requirement(gradio).specifier.contains(value_of("sdk_version"))


def test_its_model_is_the_default() -> None:
    """The Space names the repository of the default model, and starts app.py."""
    (source,) = DEFAULT.sources
    assert isinstance(source, HubRepo)
    assert f"\n  - {source.repo}\n" in FRONT_MATTER
    assert value_of("sdk") == "gradio"
    assert (ROOT / value_of("app_file")).is_file()
