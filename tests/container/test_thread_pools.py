"""Tests of `container.thread_pools`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from container.groups import ControlGroups
from container.thread_pools import POOLS, limit_thread_pools

ROOT = Path(__file__).parents[2]
# What the libraries make of the variables: the threads of torch, of numba, and of this process after
# each has computed something.
PROGRAM = """
import json, os
from container.thread_pools import limit_thread_pools
limit_thread_pools()
import numba, numpy, torch

@numba.njit(parallel=True)
def total(values):
    result = 0.0
    for i in numba.prange(len(values)):
        result += values[i]
    return result

square = torch.rand(512, 512)
square @ square
square.numpy() @ square.numpy()
total(numpy.ones(1000))
names = [open(f"/proc/self/task/{task}/comm").read() for task in os.listdir("/proc/self/task")]
print(json.dumps([torch.get_num_threads(), numba.get_num_threads(), len(names)]))
"""


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ControlGroups:
    """The control groups of a process that may use three of 64 cores."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    (tmp_path / "cpu.max").write_text("350000 100000")
    return ControlGroups(tmp_path, tmp_path / "membership")


@pytest.mark.parametrize(
    ("threads", "expected"),
    [("", "3"), ("0", "3"), ("-1", "3"), ("many", "3"), ("5", "5"), (" 2 ", "2")],
)
def test_the_setting_wins_over_the_cores(groups: ControlGroups, threads: str, expected: str) -> None:
    """All pools are as large as THREADS says, else as the container's quota allows."""
    environ = {"THREADS": threads}
    limit_thread_pools(environ, groups)
    assert {environ[name] for name in POOLS} == {expected}


def test_what_is_set_stays(groups: ControlGroups) -> None:
    """A variable of a library that somebody set is left as it is."""
    environ = {"OMP_NUM_THREADS": "7"}
    limit_thread_pools(environ, groups)
    assert (environ["OMP_NUM_THREADS"], environ["NUMBA_NUM_THREADS"]) == ("7", "3")


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_the_libraries_start_no_more_threads() -> None:
    """With one core torch, numba and numpy compute in the main thread alone."""
    assert threads_with(CPU_CORES="1") == [1, 1, 1]


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_numba_starts_as_many_threads_as_are_set() -> None:
    """THREADS=3 gives numba, whose pool never grows, three threads on any machine."""
    assert threads_with(CPU_CORES="1", THREADS="3")[1] == 3


def threads_with(**settings: str) -> list[int]:
    """Run the program above with these settings; return its three numbers."""
    kept = {name: value for name, value in os.environ.items() if name not in {*POOLS, "CPU_CORES", "THREADS"}}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**kept, **settings},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    numbers: list[int] = json.loads(done.stdout)
    return numbers
