"""The resident set: over its limit."""

import math
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from monitoring.alerts.detectors.base import Detector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rule import Rule
from monitoring.alerts.signal import FINE, Signal
from monitoring.machine import Machine
from monitoring.record.vocabulary import FINISHED, SAMPLED


class MemoryLimit(Rule):
    """The resident set is over its limit."""

    limit_mb: Annotated[float, Field(gt=0, allow_inf_nan=False)] | Literal["auto"]


class MemoryLimitDetector(Detector[MemoryLimit]):
    """Compare the resident set with its limit, in MiB."""

    name = "memory_limit"
    events = (FINISHED, SAMPLED)

    def __init__(self, rule: MemoryLimit, machine: Machine) -> None:
        super().__init__(rule)
        self._machine = machine

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        value, limit = seen.memory_usage_mb, self._machine.limit_mb(self.rule.limit_mb)
        if math.isnan(value):
            return ()
        if value <= limit * self.rule.clear_share:
            return FINE
        return (Signal("system", value > limit, "memory, MiB", value, limit, clears=False),)
