"""Where the limits of this process stand: trees as systemd, Docker, Kubernetes and LXC make them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from container.groups import ControlGroups
from container.limits import memory_limit, usable_cores

GIB = 2**30
NO_LIMIT_V1 = str(2**63 - 4096)
POD = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice"
UNIFIED = "30 23 0:26 / {root} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"
V1 = "3{number} 30 0:3{number} {group} {root}/{place} ro master:1{number} - cgroup cgroup rw,{controllers}"


def v1(group: str) -> list[str]:
    """Return the mounts of version 1 that show a group, the processor's under two names."""
    return [
        V1.format(number=1, group=group, root="{root}", place="cpu,cpuacct", controllers="cpu,cpuacct"),
        V1.format(number=2, group=group, root="{root}", place="memory", controllers="memory"),
    ]


@dataclass(frozen=True)
class Layout:
    """A machine, or a container, as a process in it sees it."""

    membership: str
    files: Mapping[str, str]
    expected: tuple[float, float]  # cores and GiB
    mounts: list[str] = field(default_factory=lambda: [UNIFIED])


LIMITED = {"memory.max": str(GIB), "cpu.max": "50000 100000"}


def limited(group: str, files: Mapping[str, str] = LIMITED) -> dict[str, str]:
    """Return the files of a group with limits."""
    return {f"{group}/{name}": text for name, text in files.items()}


V1_LIMITED = {
    "cpu,cpuacct/cpu.cfs_quota_us": "50000",
    "cpu,cpuacct/cpu.cfs_period_us": "100000",
    "memory/memory.limit_in_bytes": str(GIB),
}
LAYOUTS = {
    "a service of systemd": Layout(
        "0::/system.slice/app.service\n",
        {**limited("system.slice/app.service"), "system.slice/memory.max": "max"},
        (0.5, 1),
    ),
    "a scope of systemd-run --user": Layout(
        "0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope\n",
        limited("user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope"),
        (0.5, 1),
    ),
    "a slice with a limit around a service without one": Layout(
        "0::/apps.slice/apps-web.slice/app.service\n",
        {**limited("apps.slice"), "apps.slice/apps-web.slice/app.service/memory.max": "max"},
        (0.5, 1),
    ),
    "MemoryHigh alone": Layout(
        "0::/system.slice/app.service\n",
        limited("system.slice/app.service", {"memory.high": str(GIB), "memory.max": "max"}),
        (64, 1),
    ),
    "Docker with a private namespace": Layout("0::/\n", LIMITED, (0.5, 1)),
    "Docker with --cgroupns=host": Layout(
        "0::/system.slice/docker-abc.scope\n", limited("system.slice/docker-abc.scope"), (0.5, 1)
    ),
    "Docker with the container's group alone mounted": Layout(
        "0::/system.slice/docker-abc.scope\n",
        LIMITED,
        (0.5, 1),
        ["30 23 0:26 /system.slice/docker-abc.scope {root} ro shared:4 - cgroup2 cgroup2 rw"],
    ),
    "a group inside of that one": Layout(
        "0::/system.slice/docker-abc.scope/worker\n",
        {**limited("worker"), "memory.max": str(4 * GIB), "cpu.max": "400000 100000"},
        (0.5, 1),
        ["30 23 0:26 /system.slice/docker-abc.scope {root} ro shared:4 - cgroup2 cgroup2 rw"],
    ),
    "Docker with version 1": Layout(
        "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n", V1_LIMITED, (0.5, 1), v1("/docker/abc")
    ),
    "a group inside of that": Layout(
        "4:memory:/docker/abc/worker\n3:cpuacct,cpu:/docker/abc/worker\n",
        {
            "cpu,cpuacct/worker/cpu.cfs_quota_us": "50000",
            "cpu,cpuacct/worker/cpu.cfs_period_us": "100000",
            "memory/worker/memory.limit_in_bytes": str(GIB),
            "memory/memory.limit_in_bytes": NO_LIMIT_V1,
        },
        (0.5, 1),
        v1("/docker/abc"),
    ),
    "a pod's limit around a container of version 1": Layout(
        f"4:memory:{POD}/cri-abc.scope\n3:cpu,cpuacct:{POD}/cri-abc.scope\n",
        {
            "memory/memory.limit_in_bytes": NO_LIMIT_V1,
            "memory/memory.stat": f"cache 0\nhierarchical_memory_limit {GIB}\nhierarchical_memsw_limit 0\n",
        },
        (64, 1),
        v1(f"{POD}/cri-abc.scope"),
    ),
    "Kubernetes with version 2": Layout("0::/\n", LIMITED, (0.5, 1)),
    "Kubernetes with the node's namespace": Layout(f"0::{POD}/cri-abc.scope\n", limited(POD[1:]), (0.5, 1)),
    "LXC with systemd inside": Layout(
        "0::/system.slice/app.service\n", {**LIMITED, "system.slice/app.service/memory.max": "max"}, (0.5, 1)
    ),
    "both versions, limits of version 1": Layout(
        "4:memory:/app\n3:cpu,cpuacct:/app\n1:name=systemd:/app\n0::/app\n",
        {
            "cpu,cpuacct/app/cpu.cfs_quota_us": "50000",
            "cpu,cpuacct/app/cpu.cfs_period_us": "100000",
            "memory/app/memory.limit_in_bytes": str(GIB),
        },
        (0.5, 1),
        [*v1("/"), "42 30 0:42 / {root}/unified rw - cgroup2 cgroup2 rw,nsdelegate"],
    ),
    "a membership outside of the container": Layout("0::/../other\n", LIMITED, (0.5, 1)),
    "a mount from outside of the namespace": Layout(
        "0::/\n", LIMITED, (0.5, 1), ["30 23 0:26 /.. {root} ro - cgroup2 cgroup2 rw"]
    ),
    "another container's group, mounted first": Layout(
        "0::/mine\n",
        {**limited("all/mine"), "other/memory.max": str(GIB // 8)},
        (0.5, 1),
        [
            "29 23 0:26 /other {root}/other rw - cgroup2 cgroup2 rw",
            "30 23 0:26 / {root}/all rw - cgroup2 cgroup2 rw",
        ],
    ),
    "a mount with a space": Layout(
        "0::/app\n", limited("a b/app"), (0.5, 1), ["30 23 0:26 / {root}/a\\040b rw - cgroup2 none rw"]
    ),
    "lines that nobody understands": Layout("\nnonsense\n0::/\n", LIMITED, (0.5, 1), ["", "1 2 -", UNIFIED]),
    "no mounts that are told": Layout("0::/app\n", limited("app"), (0.5, 1), []),
    "no limit at all": Layout("0::/\n", {}, (64, float("inf"))),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_limits_of_a_layout_are_found(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a core and one GiB, where they are set, whichever way the groups are shown."""
    layout = LAYOUTS[name]
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    root = tmp_path / "cgroup"
    for file, text in layout.files.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text)
    groups = ControlGroups(root, tmp_path / "membership", tmp_path / "mountinfo")
    groups.membership.write_text(layout.membership)
    mounts = [line.replace("{root}", str(root)) for line in layout.mounts]
    (tmp_path / "mountinfo").write_text("\n".join(["23 1 8:1 / / rw - ext4 /dev/sda1 rw", *mounts, ""]))
    assert (usable_cores(groups, {}), memory_limit(groups) / GIB) == layout.expected


def test_without_control_groups_there_is_no_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other systems have no such files."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    groups = ControlGroups(tmp_path / "none", tmp_path / "nothing", tmp_path / "no-mounts")
    assert (usable_cores(groups, {}), memory_limit(groups)) == (8, float("inf"))
