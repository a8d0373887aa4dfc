"""The limit of open files, which a process may raise for itself; each test asks a process of its own."""

import math
import subprocess
import sys

import pytest

from container.open_files import WANTED, open_files

PROGRAM = """
import resource, sys
from container.open_files import open_files, raise_open_files
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
raise_open_files()
print(open_files(), resource.getrlimit(resource.RLIMIT_NOFILE)[1])
"""


@pytest.mark.parametrize(("soft", "hard"), [(100, 200), (200, 200)])
def test_as_many_files_as_the_system_allows(soft: int, hard: int) -> None:
    """The limit that holds becomes the one that may not be passed, which stays."""
    command = [sys.executable, "-c", PROGRAM, str(soft), str(hard)]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout == f"{hard} {hard}\n"


def test_a_process_has_some_files() -> None:
    """On this machine there is a limit, or none."""
    assert 0 < open_files() <= math.inf
    assert WANTED > 1024
