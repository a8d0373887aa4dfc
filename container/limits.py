"""The cores and the memory that this process may use: the machine's, or less where a control group says so.

The smallest limit of this process's groups and of those around them counts.
"""

import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from container.groups import ControlGroups

HERE = ControlGroups(mounts=Path("/proc/self/mountinfo"))


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
    """Return how many bytes of memory the control groups allow, infinity where none has a limit.

    Beyond `memory.high` the kernel slows a process down until it hardly moves: that is a limit as well.
    """
    limits = (limit for folder in groups.folders("memory") for limit in _memory_limits(folder))
    return min((limit for limit in limits if limit > 0), default=math.inf)


def _memory_limits(folder: Path) -> Iterator[float]:
    for name in ("memory.max", "memory.high", "memory.limit_in_bytes"):
        yield from _numbers(folder / name)[:1]
    # Version 1 tells the limit of the groups around a container, too, which cannot be seen from inside.
    for line in _text(folder / "memory.stat").splitlines():
        if line.startswith("hierarchical_memory_limit "):
            yield from _words(line.partition(" ")[2])


def _processors() -> int:
    """Return how many processors the system schedules this process on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # systems without affinity


def _numbers(file: Path) -> list[float]:
    """Return the numbers in one of the kernel's files, none where there is no such file."""
    return _words(_text(file))


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def _words(text: str) -> list[float]:
    """Return the numbers of a text, none if one of its words is neither a number nor "max"."""
    try:
        numbers = [float(word) for word in text.split() if word != "max"]
    except ValueError:
        return []
    return numbers if all(map(math.isfinite, numbers)) else []
