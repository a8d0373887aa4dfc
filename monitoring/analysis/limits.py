"""Up to where a measure is fine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What charts show as dashed lines; chats have no limit of their own, as long replies take long."""

    sentiment_ms: float = 2000  # response time
    ttft_ms: float = 2000  # a chat's time to first token
    memory_mb: float = 2048  # resident set, MiB
