"""Tests of `container.limits`."""

import math
import os
from pathlib import Path

import pytest

from container.groups import ControlGroups
from container.limits import memory_limit, usable_cores, whole_cores

GIB = 2**30
QUOTA, PERIOD = "cpu.cfs_quota_us", "cpu.cfs_period_us"


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ControlGroups:
    """The control groups of a process on a machine of 64 cores, without any limit yet."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    return ControlGroups(tmp_path / "cgroup", tmp_path / "membership")


def write(groups: ControlGroups, files: dict[str, str], membership: str = "") -> None:
    """Write the files of the control groups, and in which groups this process is."""
    for name, text in files.items():
        file = groups.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    groups.membership.write_text(membership)


def limits(groups: ControlGroups) -> tuple[float, float]:
    """Return the usable cores and the limit of the memory in GiB."""
    return usable_cores(groups, {}), memory_limit(groups) / GIB


def test_without_groups_there_are_all_processors(groups: ControlGroups) -> None:
    """Where no file tells a limit, all cores that the process is scheduled on may be used."""
    assert limits(groups) == (64, math.inf)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"memory.max": f"{4 * GIB}\n", "cpu.max": "150000 100000\n"}, (1.5, 4)),
        ({"memory.max": "max\n", "cpu.max": "max 100000\n"}, (64, math.inf)),
        ({"cpu.max": "6500000 100000"}, (64, math.inf)),
        ({"memory/memory.limit_in_bytes": f"{GIB}\n"}, (64, 1)),
        ({f"cpu/{QUOTA}": "50000\n", f"cpu/{PERIOD}": "100000\n"}, (0.5, math.inf)),
        ({f"cpu/{QUOTA}": "-1\n", f"cpu/{PERIOD}": "100000\n"}, (64, math.inf)),
        ({"unified/cpu.max": "200000 100000"}, (2, math.inf)),
        ({"memory.max": "", "cpu.max": ""}, (64, math.inf)),
        ({"memory.max": "much", "cpu.max": "100000"}, (64, math.inf)),
        ({"memory.max": "nan", "cpu.max": "nan 100000"}, (64, math.inf)),
        ({"cpu.max": "100000 0"}, (64, math.inf)),
        ({f"cpu/{QUOTA}": "50000"}, (64, math.inf)),
    ],
)
def test_both_versions_are_read(
    groups: ControlGroups, files: dict[str, str], expected: tuple[float, float]
) -> None:
    """Version 1 and 2 are read; no limit, one above the machine's, and nonsense change nothing."""
    write(groups, files)
    assert limits(groups) == expected


@pytest.mark.parametrize("limited", ["", "system.slice/", "system.slice/app.service/"])
def test_the_smallest_limit_on_the_way_up_counts(groups: ControlGroups, limited: str) -> None:
    """A quota of an outer group binds the inner ones, and one of a neighbour does not."""
    files = {
        "system.slice/cpu.max": "max 100000",
        "system.slice/app.service/cpu.max": "800000 100000",
        "system.slice/other.service/cpu.max": "10000 100000",
        f"{limited}cpu.max": "300000 100000",
        f"{limited}memory.max": str(2 * GIB),
    }
    write(groups, files, "0::/system.slice/app.service\n")
    assert limits(groups) == (3, 2)


def test_version_1_has_a_tree_for_each_controller(groups: ControlGroups) -> None:
    """The group is looked up for each controller, also where controllers share a tree."""
    files = {
        f"cpu/docker/abc/{QUOTA}": "250000",
        f"cpu/docker/abc/{PERIOD}": "100000",
        "memory/docker/memory.limit_in_bytes": str(3 * GIB),
    }
    write(groups, files, "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/x\n")
    assert limits(groups) == (2.5, 3)


def test_a_group_that_only_the_host_sees_is_the_root(groups: ControlGroups) -> None:
    """Inside of a container the root of the tree is its own group, whatever the membership names."""
    write(groups, {"cpu.max": "200000 100000"}, "0::/kubepods/pod1/abc\n")
    assert limits(groups)[0] == 2


def test_a_membership_cannot_leave_the_tree(groups: ControlGroups) -> None:
    """A group outside of a container's own view, which the kernel writes with `..`, is not followed."""
    write(groups, {"cpu.max": "200000 100000", "../other/cpu.max": "10000 100000"}, "0::/../other\n")
    assert limits(groups)[0] == 2


@pytest.mark.parametrize(
    ("cpu_cores", "expected"), [("2", 2), ("0.5", 0.5), ("", 64), ("many", 64), ("0", 64), ("128", 64)]
)
def test_a_space_says_its_cores(groups: ControlGroups, cpu_cores: str, expected: float) -> None:
    """CPU_CORES bounds the cores, unless it is no positive number."""
    assert usable_cores(groups, {"CPU_CORES": cpu_cores}) == expected


@pytest.mark.parametrize(("quota", "expected"), [(250_000, 2), (200_000, 2), (50_000, 1)])
def test_threads_are_whole_cores(groups: ControlGroups, quota: int, expected: int) -> None:
    """A quota is rounded down, so that no thread waits for one that is held back; one is left."""
    write(groups, {"cpu.max": f"{quota} 100000"})
    assert whole_cores(groups, {}) == expected


def test_this_machine_has_cores() -> None:
    """On the machine of the tests there is some of a core, and no more than it has."""
    assert 0 < usable_cores() <= (os.cpu_count() or 1)
