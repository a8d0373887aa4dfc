"""The package's face."""

import subprocess
import sys

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
