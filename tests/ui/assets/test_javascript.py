"""The unit tests of the browser's modules, run by Node.js.

Playwright's wheel contains Node.js, so that nothing else has to be installed. `small_dom.js` stands in for a
browser; tests/browser loads the same modules in a real one.
"""

import re
import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

FOLDER = Path(__file__).parent
NODE = compute_driver_executable()[0]


@pytest.mark.parametrize("name", sorted(file.name for file in FOLDER.glob("*.test.js")))
def test_a_file_of_javascript_tests_passes(name: str) -> None:
    """Every test of the file is run, and passes."""
    command = [NODE, "--test", "--test-reporter=tap", str(FOLDER / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = {word: int(count) for word, count in re.findall(r"^# (\w+) (\d+)$", done.stdout, re.MULTILINE)}
    # Node.js counts a file without tests as one test that passed.
    assert counts["pass"] == counts["tests"] > 1, done.stdout


@pytest.mark.parametrize(
    "module",
    [
        "address",
        "charts",
        "drop",
        "figure_times",
        "mapping",
        "morph",
        "request",
        "sign_in",
        "ticks",
        "upload",
        "zone",
    ],
)
def test_a_module_with_rules_of_its_own_has_tests(module: str) -> None:
    """The modules that decide something are tested without a browser."""
    assert (FOLDER / f"{module}.test.js").is_file()


def test_the_modules_use_only_what_the_address_exports() -> None:
    """A name that another module reads from `address.js` exists there, under the same name."""
    assets = FOLDER.parents[2] / "ui/assets"
    own = assets / "address.js"
    exported = set(re.findall(r"^export (?:function|const) (\w+)", own.read_text("utf-8"), re.MULTILINE))
    users = [path.read_text("utf-8") for path in assets.glob("*.js") if path != own]
    users = [text for text in users if 'import * as address from "./address.js"' in text]
    used = {name for text in users for name in re.findall(r"(?<![\w./])address\.(\w+)", text)}
    assert users
    assert used <= exported
