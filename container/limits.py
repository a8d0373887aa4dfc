"""The cores and the memory that this process may use: the machine's, or less where a control group says so.

A control group (cgroup) has a folder of files, and so has each group around it; the smallest limit counts.
Version 2 has one tree of groups, version 1 one for each controller.
"""

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ControlGroups:
    """Where the kernel tells of control groups; tests have a tree of their own."""

    root: Path = Path("/sys/fs/cgroup")
    membership: Path = Path("/proc/self/cgroup")

    def folders(self, controller: str) -> Iterator[Path]:
        """Yield the folders of this process's groups, from its own up to the root of each tree.

        In a container the membership often names the group as the host sees it, which is not there: then
        the root is the container's own group.
        """
        trees = (
            (self.root, self._path_of("")),
            (self.root / "unified", self._path_of("")),
            (self.root / controller, self._path_of(controller)),
        )
        for tree, path in trees:
            # The kernel writes a group outside of this process's view with "..".
            own = tree if ".." in path else tree / path.strip("/")
            yield own
            yield from (folder for folder in own.parents if folder.is_relative_to(tree))

    def _path_of(self, controller: str) -> str:
        """Return this process's path in the tree of a controller of version 1, or of version 2 if empty."""
        try:
            lines = self.membership.read_text().splitlines()
        except OSError:
            return ""
        for line in lines:
            _, controllers, path = line.split(":", 2)  # such as 4:cpu,cpuacct:/docker/abc
            if controller in controllers.split(","):
                return path
        return ""


HERE = ControlGroups()


def usable_cores(groups: ControlGroups = HERE, environ: Mapping[str, str] = os.environ) -> float:
    """Return how many cores this process may use, in parts of a core where a quota says so.

    It is the least of the affinity, the quotas, and `CPU_CORES`, which a Hugging Face Space sets.
    """
    cores = [float(_processors())]
    for folder in groups.folders("cpu"):
        quota = _numbers(folder / "cpu.max") or [
            *_numbers(folder / "cpu.cfs_quota_us"),
            *_numbers(folder / "cpu.cfs_period_us"),
        ]
        # A quota of -1 or "max" is no limit.
        if len(quota) == 2 and min(quota) > 0:
            cores.append(quota[0] / quota[1])
    cores += [number for number in _words(environ.get("CPU_CORES", "")) if number > 0]
    return min(cores)


def whole_cores(groups: ControlGroups = HERE, environ: Mapping[str, str] = os.environ) -> int:
    """Return how many threads can compute at once: the usable cores, rounded down, and at least one."""
    return max(1, int(usable_cores(groups, environ)))


def memory_limit(groups: ControlGroups = HERE) -> float:
    """Return how many bytes of memory the control groups allow, infinity where none has a limit."""
    limits = [
        number
        for folder in groups.folders("memory")
        for name in ("memory.max", "memory.limit_in_bytes")
        for number in _numbers(folder / name)[:1]
    ]
    return min(limits, default=math.inf)


def _processors() -> int:
    """Return how many processors the system schedules this process on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # systems without affinity


def _numbers(file: Path) -> list[float]:
    """Return the numbers in one of the kernel's files, none where there is no such file."""
    try:
        return _words(file.read_text())
    except OSError:
        return []


def _words(text: str) -> list[float]:
    """Return the numbers of a text, none if one of its words is neither a number nor "max"."""
    try:
        numbers = [float(word) for word in text.split() if word != "max"]
    except ValueError:
        return []
    return numbers if all(map(math.isfinite, numbers)) else []
