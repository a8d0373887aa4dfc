"""What the app installs has no known vulnerability, as far as the vulnerability service can be asked."""

import json
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
# An old version with many known vulnerabilities, which is not installed: who finds none in it checks nothing.
CANARY = "django==2.2"


def audit(pinned: list[str], folder: Path) -> list[dict[str, Any]]:
    """Ask the service about exact versions; return what it says of each.

    A test that cannot be made, because the service does not answer, is skipped with the reason.
    """
    requirements = folder / "requirements.txt"
    requirements.write_text("\n".join(pinned))
    command = [sys.executable, "-m", "pip_audit", "--format=json", "--progress-spinner=off", "--timeout=10"]
    command += ["--no-deps", "--disable-pip", f"--requirement={requirements}", f"--cache-dir={folder}"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return list(json.loads(result.stdout)["dependencies"])
    except (ValueError, KeyError):
        reason = result.stderr.strip().rpartition("\n")[2]
        pytest.skip(f"not checked: the vulnerability service cannot be reached: {reason[:200]}")


def all_requirements() -> list[str]:
    """List the installed version of each package that requirements.txt brings, in exact form."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    open_ones = [Requirement(line) for line in lines if line and not line.startswith("#")]
    seen: dict[tuple[str, frozenset[str]], str] = {}
    while open_ones:
        requirement = open_ones.pop()
        key = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if key in seen:
            continue
        installed = distribution(requirement.name)
        # A local part, such as that of torch's build for processors, is unknown to the service.
        seen[key] = f"{key[0]}=={Version(installed.version).public}"
        for needed in map(Requirement, installed.requires or ()):
            extras = requirement.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                open_ones.append(needed)
    return sorted(set(seen.values()))


def test_no_dependency_has_a_known_vulnerability(tmp_path: Path) -> None:
    """No package that the app needs, directly or not, is known to be vulnerable in its installed version."""
    (canary,) = audit([CANARY], tmp_path)
    if not canary.get("vulns"):
        reason = canary.get("skip_reason", f"it knows of no vulnerability in {CANARY}")
        pytest.skip(f"not checked: the vulnerability service does not answer: {reason}")
    found = audit(all_requirements(), tmp_path)
    assert {each["name"]: each["vulns"] for each in found if each.get("vulns")} == {}
    assert [each["skip_reason"] for each in found if "skip_reason" in each] == []


def test_all_packages_are_asked_about() -> None:
    """The list has what requirements.txt names, and what only its packages need."""
    names = {line.partition("==")[0] for line in all_requirements()}
    assert {"gradio", "torch", "httpx2", "jinja2", "pydantic-core", "anyio"} <= names
    assert not {"pytest", "ruff", "pip-audit"} & names
