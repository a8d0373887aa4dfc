"""The API by its own description: schemathesis makes calls of all kinds from it, also wrong ones."""

import os
import subprocess
import sys
from pathlib import Path

from tests.fakes import FakeModel
from tests.ui.api.served_api import served_api

ROOT = Path(__file__).parents[3]
EXAMPLES = 15  # of each operation and kind


def test_no_call_makes_the_server_fail(tmp_path: Path) -> None:
    """Whatever the description allows or forbids, no answer is a server error; most calls mean something."""
    with served_api(FakeModel("hello")) as api:
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{api.url}/v1/openapi.json"),
            *("--checks", "not_a_server_error", "--max-examples", str(EXAMPLES)),
            *("--seed", "1", "--generation-database", "none", "--mode", "all", "--request-timeout", "60"),
        ]
        hooks = {"PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.ui.api.schema_hooks"}
        run = subprocess.run(
            command, cwd=tmp_path, env=os.environ | hooks, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stdout + run.stderr
        assert "Tested: 6" in run.stdout
        assert "Warnings" not in run.stdout, run.stdout
