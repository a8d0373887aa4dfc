"""The limits that charts show, taken from the alert rules."""

from monitoring.alerts.detectors.base import limit_of
from monitoring.alerts.rules import Rules
from monitoring.analysis.limits import Limits, TaskLimits
from monitoring.machine import Machine


def limits_of(rules: Rules, machine: Machine) -> Limits:
    """Return the limits of `[slow_request]` and `[memory_limit]`."""
    slow = rules.slow_request
    tasks = (
        TaskLimits(task, limit_of(slow, task, "response_ms"), limit_of(slow, task, "ttft_ms"))
        for task in slow.tasks
    )
    memory_mb = machine.limit_mb(rules.memory_limit.limit_mb)
    return Limits(slow.response_ms, slow.ttft_ms, memory_mb, tuple(tasks))
