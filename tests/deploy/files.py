"""What stands in the files of the deployment."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from inference.config import EngineConfig
from monitoring.config import MonitoringConfig
from ui.guard.config import GuardConfig

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = {
    field.upper() for config in (EngineConfig, MonitoringConfig, GuardConfig) for field in config.model_fields
}


def text_of(name: str) -> str:
    """Return the text of a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile: their names, and what follows each."""
    code = "\n".join(line for line in text_of("deploy/Dockerfile").splitlines() if not line.startswith("#"))
    lines = filter(None, code.replace("\\\n", "").splitlines())
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def command(name: str) -> list[str]:
    """Return the command of an instruction of the Dockerfile, such as CMD: the list at its end."""
    (rest,) = (rest for found, rest in instructions() if found == name)
    words = json.loads(rest[rest.index("[") :])
    return [str(word) for word in words]


def copied() -> list[str]:
    """Return what .dockerignore lets into an image."""
    lines = text_of(".dockerignore").splitlines()
    assert "*" in lines  # all else is left out
    return [line.removeprefix("!") for line in lines if line.startswith("!")]


def packages() -> list[str]:
    """Return the packages that the app consists of."""
    found = tomllib.loads(text_of("pyproject.toml"))["tool"]["setuptools"]["packages"]["find"]["include"]
    return [str(name).removesuffix("*") for name in found]


def unit() -> Iterator[tuple[str, str]]:
    """Yield the settings of the service: their names and values."""
    for line in text_of("deploy/qwen-all-in-one.service").splitlines():
        if match := re.fullmatch(r"(\w+)=(.*)", line):
            yield match[1], match[2]
