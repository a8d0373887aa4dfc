"""Up to where a measure is fine."""

from dataclasses import dataclass

from monitoring.alerts.rules import Rules
from monitoring.machine import Machine


@dataclass(frozen=True, slots=True)
class Limits:
    """What charts show as dashed lines; chats have no limit of their own, as long replies take long."""

    sentiment_ms: float = 2000  # response time
    ttft_ms: float = 2000  # a chat's time to first token
    memory_mb: float = 2048  # resident set, MiB


def limits_of(rules: Rules, machine: Machine) -> Limits:
    """Return the limits that the alert rules set."""
    slow = rules.slow_request
    return Limits(slow.sentiment_ms, slow.chat_ttft_ms, machine.limit_mb(rules.memory_limit.limit_mb))
