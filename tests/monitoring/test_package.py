"""The package's face."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import monitoring
from tests.monitoring.helpers import ROOT


@pytest.mark.parametrize("name", monitoring.__all__)
def test_each_public_name_is_there(name: str) -> None:
    """What `__all__` lists can be used."""
    assert callable(getattr(monitoring, name))


def test_another_name_is_an_error() -> None:
    """A wrong name is an AttributeError that tells it."""
    with pytest.raises(AttributeError, match="no attribute 'setup_loger'"):
        _ = monitoring.setup_loger


def test_what_is_not_used_is_not_imported() -> None:
    """The package alone brings neither numpy nor DuckDB nor the settings."""
    program = "import sys, monitoring; print({'numpy', 'duckdb', 'pydantic', 'psutil'} & set(sys.modules))"
    output = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True).stdout
    assert output == b"set()\n"


def test_a_program_that_logs_does_not_load_the_reading_side(tmp_path: Path) -> None:
    """`setup_logger()` brings neither numpy nor anything that reads logs or draws charts."""
    program = "import sys, monitoring; monitoring.setup_logger(); print(*sys.modules)"
    environment = os.environ | {"LOG_DIR": str(tmp_path)}
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, check=True, text=True
    ).stdout.split()
    ours = {".".join(name.split(".")[:2]) for name in loaded if name.startswith("monitoring.")}
    assert ours == {
        "monitoring.config",
        "monitoring.machine",
        "monitoring.periodic_thread",
        "monitoring.record",
        "monitoring.storage",
        "monitoring.writing",
    }
    assert not {"numpy", "duckdb", "plotly", "torch", "gradio"} & set(loaded)
