"""All rules over one stream of records: what fires, and what is resolved."""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from monitoring.alerts.condition import Change, Condition
from monitoring.alerts.detectors.anomaly import OddDetector
from monitoring.alerts.detectors.base import Detector
from monitoring.alerts.detectors.failures import ErrorRateDetector, FailingTaskDetector, LogDroppedDetector
from monitoring.alerts.detectors.latency import SlowRequestDetector, SlowTaskDetector
from monitoring.alerts.detectors.memory import MemoryGrowthDetector, MemoryLimitDetector
from monitoring.alerts.detectors.no_records import SilentDetector
from monitoring.alerts.detectors.quality import QualityDetector
from monitoring.alerts.detectors.saturation import QueueBackingUpDetector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rules import Rules
from monitoring.alerts.signal import Signal
from monitoring.machine import Machine
from monitoring.record.mapping import number
from monitoring.record.timestamps import moment_of

LOOK_SECONDS = 1.0  # between two looks at what changes with time alone
SET_BACK_SECONDS = 60.0  # a record so much older than the one before: the clock was set, or was wrong before


class AlertEngine:
    """See one record after the other, and time between them; time is that of the records.

    The same records, and the same moments at which time was told, give the same changes.
    """

    def __init__(self, rules: Rules, machine: Machine) -> None:
        self._machine = machine = replace(machine)
        self.silent = SilentDetector(rules.silent)
        detectors: list[Detector[Any]] = [
            SlowRequestDetector(rules.slow_request),
            SlowTaskDetector(rules.slow_task),
            FailingTaskDetector(rules.failing_task),
            ErrorRateDetector(rules.error_rate),
            MemoryLimitDetector(rules.memory_limit, machine),
            MemoryGrowthDetector(rules.memory_growth, rules.memory_limit, machine),
            QueueBackingUpDetector(rules.queue_backing_up, machine),
            OddDetector(rules.odd),
            self.silent,
            QualityDetector(rules.quality),
            LogDroppedDetector(rules.log_dropped),
        ]
        self._detectors = [detector for detector in detectors if detector.rule.enabled]
        self._interested: defaultdict[str, list[Detector[Any]]] = defaultdict(list)
        for detector in self._detectors:
            for event in detector.events:
                self._interested[event].append(detector)
        self._conditions: dict[tuple[str, str], Condition] = {}
        self._active: set[tuple[str, str]] = set()  # which of them are not ok
        self._restless: set[tuple[str, str]] = set()  # and which of those may change with time alone
        self.now = -math.inf  # s since the epoch

    @property
    def conditions(self) -> list[Condition]:
        """The states of all rules and tasks that were ever thought of."""
        return list(self._conditions.values())

    @property
    def firing(self) -> set[tuple[str, str]]:
        """The rules and tasks whose alerts are active."""
        return {(each.name, each.task) for each in self.conditions if each.state == "firing"}

    def see(self, seen: Observation) -> list[Change]:
        """Take in a record; return what it changes, after what the time until then does."""
        if seen.time < self.now - SET_BACK_SECONDS:
            self._set_back(seen.time)
        changes = self.advance(seen.time)
        if seen.event == "alert.silenced":
            self._silence(seen)
        elif seen.event == "app.started":
            cores, memory_mb = (number(seen.fields.get(name)) for name in ("cpu_cores", "memory_total_mb"))
            self._machine.update(cores, memory_mb)
        for detector in self._interested.get(seen.event, ()):
            for signal in detector.see(seen):
                if (signal.is_bad or self._active) and (change := self._update(detector, signal)) is not None:
                    changes.append(change)
        return changes

    def advance(self, now: float) -> list[Change]:
        """Let time go on until `now`, in s since the epoch; a moment that has passed changes nothing."""
        changes: list[Change] = []
        if self.now == -math.inf:
            self.now = now
        if not self._restless and now < self.silent.deadline:  # nothing can change: most records come so
            self.now = max(self.now, now)
            return changes
        while (moment := self._next_look()) <= now:
            self.now = moment
            changes.extend(self._look())
        self.now = max(self.now, now)
        return changes

    def restore(self, seen: Observation) -> None:
        """Take over what an alert's own record tells; for records that were written before a restart."""
        name, task = str(seen.fields.get("rule")), seen.task_type
        detector = next((each for each in self._detectors if each.name == name), None)
        if detector is None:
            return
        condition = self._condition(detector, task)
        since = moment_of(seen.fields.get("since"))
        condition.restore(seen.event == "alert.fired", seen.time if since is None else since, seen.time)
        condition.measure = str(seen.fields.get("measure") or "")
        value, limit = (number(seen.fields.get(name)) for name in ("value", "limit"))
        condition.value = math.nan if value is None else value
        condition.limit = math.nan if limit is None else limit
        requests = seen.fields.get("requests")
        condition.requests = dict.fromkeys(map(str, requests) if isinstance(requests, list) else ())
        self._note(detector, condition)

    def forget(self) -> None:
        """Make all conditions ok, but keep what the rules have seen and who is silenced."""
        for condition in self._conditions.values():
            condition.state = "ok"
        self._active.clear()
        self._restless.clear()

    def _set_back(self, now: float) -> None:
        """Let time go on from an earlier moment, so that alerts do not wait until it has come again."""
        self.now = now
        for condition in self._conditions.values():
            condition.set_back(now)

    def _next_look(self) -> float:
        """Return the next moment at which something may change without a record."""
        look = (math.floor(self.now / LOOK_SECONDS) + 1) * LOOK_SECONDS
        if self._restless:
            return look
        deadline = self.silent.deadline  # looks are at whole moments: how often time is told must not matter
        return max(look, float(math.ceil(deadline))) if math.isfinite(deadline) else math.inf

    def _look(self) -> Iterator[Change]:
        for detector in self._detectors:
            if detector.ages:
                signals = list(detector.look(self.now))
                known = {signal.task for signal in signals}
                active = [task for name, task in self._restless if name == detector.name]
                unknown = [Signal(task, False) for task in sorted(active) if task not in known]  # restored
                for signal in (*signals, *unknown):
                    if (change := self._update(detector, signal)) is not None:
                        yield change

    def _update(self, detector: Detector[Any], signal: Signal) -> Change | None:
        condition = self._condition(detector, signal.task)
        if condition.state == "ok" and not signal.is_bad:
            return None
        change = condition.update(self.now, signal)
        self._note(detector, condition)
        return change

    def _note(self, detector: Detector[Any], condition: Condition) -> None:
        key = (condition.name, condition.task)
        if condition.state == "ok":
            self._active.discard(key)
            self._restless.discard(key)
            return
        self._active.add(key)
        waits_for_record = detector is self.silent and condition.state == "firing"
        if detector.ages and not waits_for_record:
            self._restless.add(key)
        else:
            self._restless.discard(key)

    def _condition(self, detector: Detector[Any], task: str) -> Condition:
        key = (detector.name, task)
        if key not in self._conditions:
            self._conditions[key] = Condition(detector.name, task, detector.rule)
        return self._conditions[key]

    def _silence(self, seen: Observation) -> None:
        until = moment_of(seen.fields.get("until"))
        for detector in self._detectors:
            if detector.name == seen.fields.get("rule") and until is not None:
                self._condition(detector, seen.task_type).silenced_until = until
