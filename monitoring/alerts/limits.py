"""The limits that charts show, out of the alert rules."""

from monitoring.alerts.rules import Rules
from monitoring.analysis.limits import Limits
from monitoring.machine import Machine


def limits_of(rules: Rules, machine: Machine) -> Limits:
    """Return the limits that the alert rules set."""
    slow = rules.slow_request
    return Limits(slow.sentiment_ms, slow.chat_ttft_ms, machine.limit_mb(rules.memory_limit.limit_mb))
