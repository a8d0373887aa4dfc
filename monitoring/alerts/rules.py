"""The list of alert rules: the settings of each, and the detector that evaluates it."""

from typing import Any

from monitoring.alerts.detectors.anomaly import Odd, OddDetector
from monitoring.alerts.detectors.base import Detector
from monitoring.alerts.detectors.by_process import ByProcess
from monitoring.alerts.detectors.failures import (
    ErrorRate,
    ErrorRateDetector,
    FailingTask,
    FailingTaskDetector,
    LogDropped,
    LogDroppedDetector,
)
from monitoring.alerts.detectors.latency import SlowRequest, SlowRequestDetector, SlowTask, SlowTaskDetector
from monitoring.alerts.detectors.memory import MemoryLimit, MemoryLimitDetector
from monitoring.alerts.detectors.memory_growth import MemoryGrowth, MemoryGrowthDetector
from monitoring.alerts.detectors.model_loading import ModelNotLoaded, ModelNotLoadedDetector
from monitoring.alerts.detectors.no_records import Silent, SilentDetector
from monitoring.alerts.detectors.quality import Quality, QualityDetector
from monitoring.alerts.detectors.saturation import QueueBackingUp, QueueBackingUpDetector
from monitoring.alerts.detectors.unexpected_end import UnexpectedEnd, UnexpectedEndDetector
from monitoring.alerts.rule import Section
from monitoring.machine import Machine


class Rules(Section):
    """The settings of all rules; a field's name is its table in a file of rules."""

    slow_request: SlowRequest
    slow_task: SlowTask
    failing_task: FailingTask
    error_rate: ErrorRate
    memory_limit: MemoryLimit
    memory_growth: MemoryGrowth
    queue_backing_up: QueueBackingUp
    odd: Odd
    silent: Silent
    quality: Quality
    unexpected_end: UnexpectedEnd
    model_not_loaded: ModelNotLoaded
    log_dropped: LogDropped


def detectors_of(rules: Rules, machine: Machine) -> list[Detector[Any]]:
    """Return a new detector for each rule, also for those that are not enabled."""
    return [
        SlowRequestDetector(rules.slow_request),
        SlowTaskDetector(rules.slow_task),
        ByProcess(lambda: FailingTaskDetector(rules.failing_task)),
        ErrorRateDetector(rules.error_rate),
        ByProcess(lambda: MemoryLimitDetector(rules.memory_limit, machine)),
        ByProcess(lambda: MemoryGrowthDetector(rules.memory_growth, rules.memory_limit, machine)),
        ByProcess(lambda: QueueBackingUpDetector(rules.queue_backing_up, machine)),
        OddDetector(rules.odd),
        SilentDetector(rules.silent),
        QualityDetector(rules.quality),
        UnexpectedEndDetector(rules.unexpected_end),
        ByProcess(lambda: ModelNotLoadedDetector(rules.model_not_loaded)),
        LogDroppedDetector(rules.log_dropped),
    ]
