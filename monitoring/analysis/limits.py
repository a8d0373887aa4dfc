"""Limits that charts show, and within which requests are in time."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TaskLimits:
    """The limits of one task's latency, in ms."""

    task: str
    response_ms: float
    ttft_ms: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of latency and memory."""

    # Response time of a request that tells no first token, ms.
    response_ms: float = 2000
    # Time to first token of a streamed reply, ms.
    ttft_ms: float = 2000
    # Resident set, MiB.
    memory_mb: float = 2048
    # Tasks that have limits of their own.
    tasks: tuple[TaskLimits, ...] = ()

    def of(self, task: str) -> TaskLimits:
        """Return the limits of a task."""
        for limits in self.tasks:
            if limits.task == task:
                return limits
        return TaskLimits(task, self.response_ms, self.ttft_ms)

    def response_of(self, tasks: Iterable[str]) -> dict[float, list[str]]:
        """Return each response time that is a limit of some of the tasks, in ms, with these tasks."""
        return _grouped((self.of(task).response_ms, task) for task in tasks)

    def ttft_of(self, tasks: Iterable[str]) -> dict[float, list[str]]:
        """Return each time to first token that is a limit of some of the tasks, in ms, with these tasks."""
        return _grouped((self.of(task).ttft_ms, task) for task in tasks)


def _grouped(limits: Iterable[tuple[float, str]]) -> dict[float, list[str]]:
    groups: dict[float, list[str]] = {}
    for limit, task in limits:
        groups.setdefault(limit, []).append(task)
    return groups
