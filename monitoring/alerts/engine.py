"""All rules evaluated over one stream of records: alerts that fire, and alerts that are resolved."""

import logging
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from monitoring.alerts.condition import Change, Condition
from monitoring.alerts.detectors.base import Detector
from monitoring.alerts.detectors.no_records import SilentDetector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rule import Rule
from monitoring.alerts.rules import Rules, detectors_of
from monitoring.alerts.signal import MAX_REQUESTS, Signal
from monitoring.alerts.steady_time import SteadyTime
from monitoring.alerts.watching.told_alerts import ACTIVE, ToldAlert
from monitoring.machine import Machine
from monitoring.record.mapping import number
from monitoring.record.timestamps import moment_of
from monitoring.record.vocabulary import FINISHED
from monitoring.writing.logger import LOGGER_NAME

# Time between two ticks, which find what changes without a record.
TICK_SECONDS = 1.0
# A record that is older by so much than the one before shows that the clock was set back.
SET_BACK_SECONDS = 60.0
# The longest time between two records that counts as a time of records: who asks once an hour is not busy.
MAX_GAP_SECONDS = 60.0
# By how much less a time counts in which there is no request.
IDLE_FACTOR = 24.0


class AlertEngine:
    """Takes in one record after the other; its clock is the time of the records.

    The same records and the same calls of `advance()` give the same changes. A rule that fails on a record
    passes over it, and is logged once.
    """

    def __init__(self, rules: Rules, machine: Machine) -> None:
        self._machine = machine = replace(machine)
        detectors = detectors_of(rules, machine)
        self._silent = next(each for each in detectors if isinstance(each, SilentDetector))
        self._detectors = [detector for detector in detectors if detector.rule.enabled]
        self._interested: defaultdict[str, list[Detector[Any]]] = defaultdict(list)
        for detector in self._detectors:
            for event in detector.events:
                self._interested[event].append(detector)
        self._conditions: dict[tuple[str, str], Condition] = {}
        # Conditions that are not ok, and those among them that can change without a record.
        self._active: set[tuple[str, str]] = set()
        self._timed: set[tuple[str, str]] = set()
        # The names of rules that failed.
        self._failed: set[str] = set()
        # Seconds since the epoch; the wall clock until it jumps, see `SteadyTime`.
        self.now = -math.inf
        self._steady = SteadyTime()
        self._counted_until = math.inf

    @property
    def conditions(self) -> list[Condition]:
        """The states of all rules and tasks of which there ever was a signal."""
        return list(self._conditions.values())

    @property
    def reached(self) -> float:
        """The moment that the rules have reached, by the wall clock, in s since the epoch."""
        return self.now + self._steady.ahead

    @property
    def firing(self) -> set[tuple[str, str]]:
        """The rules and tasks whose alerts are active."""
        return {(each.name, each.task) for each in self.conditions if each.state == "firing"}

    def on_record(self, seen: Observation) -> list[Change]:
        """Take in a record; return what changed until its time, and then by it."""
        if self._steady.ahead:
            seen = seen._replace(time=self._steady.of(seen.time, self.now))
        if seen.time < self.now - SET_BACK_SECONDS:
            self._set_back(seen.time)
        changes = self._advance(seen.time)
        if seen.event == "alert.silenced":
            self._silence(seen)
        elif seen.event == "app.started":
            cores, memory_mb = (number(seen.fields.get(name)) for name in ("cpu_cores", "memory_total_mb"))
            self._machine.update(cores, memory_mb)
        for detector in self._interested.get(seen.event, ()):
            try:
                for signal in detector.on_record(seen):
                    if signal.is_bad or self._active:
                        changes.extend(self._update(detector, signal))
            except Exception as error:  # The edge of one rule: the others must go on.
                self._report(detector, error)
        if self._active:
            changes.extend(self._withdraw_unseen(seen))
        return self._by_wall_clock(changes)

    def advance(self, now: float) -> list[Change]:
        """Move the clock on to `now`, in s since the epoch; an earlier moment changes nothing."""
        return self._by_wall_clock(self._advance(now - self._steady.ahead))

    def on_jump(self, seconds: float) -> None:
        """Take in that the wall clock has jumped, or time has passed in which nothing ran."""
        self._steady.on_jump(seconds, self.now)

    def _advance(self, now: float) -> list[Change]:
        changes: list[Change] = []
        if self.now == -math.inf:
            self.now = now
        # The usual case: nothing can change without a record.
        if not self._timed and now < self._silent.deadline:
            self.now = max(self.now, now)
            return changes
        while (moment := self._next_tick()) <= now:
            self.now = moment
            changes.extend(self._tick())
        self.now = max(self.now, now)
        return changes

    def restore(self, told: ToldAlert) -> Change | None:
        """Take over an alert from its own record, written before a restart or by another process.

        Return its end where it is active, and its rule is off or there is no such rule any more.
        """
        name, task = str(told.fields.get("rule")), told.task_type
        detector = next((each for each in self._detectors if each.name == name), None)
        condition = Condition(name, task, Rule()) if detector is None else self._condition(detector, task)
        # What was told by a clock that was ahead is of now.
        latest = self.now if math.isfinite(self.now) else math.inf
        time = min(told.time - self._steady.ahead, latest)
        since = moment_of(told.fields.get("since"))
        is_active = told.event in ACTIVE
        condition.restore(is_active, time if since is None else min(since - self._steady.ahead, time), time)
        condition.measure = str(told.fields.get("measure") or "")
        value, limit = (number(told.fields.get(name)) for name in ("value", "limit"))
        condition.value = math.nan if value is None else value
        condition.limit = math.nan if limit is None else limit
        requests = told.fields.get("requests")
        named = requests[:MAX_REQUESTS] if isinstance(requests, list) else ()
        condition.requests = dict.fromkeys(map(str, named))
        if detector is not None:
            self._note(detector, condition)
        elif is_active:
            return self._by_wall_clock([condition.withdraw(max(self.now, time))])[0]
        return None

    def forget(self, now: float = -math.inf) -> None:
        """Make all conditions ok, but keep what the detectors have learned and which alerts are silenced.

        The clock goes on to `now`, in s since the epoch, and records are awaited from then on.
        """
        for condition in self._conditions.values():
            condition.state = "ok"
        self._active.clear()
        self._timed.clear()
        self.now = max(self.now, now - self._steady.ahead)
        self._silent.begin_anew(self.now)

    def _set_back(self, now: float) -> None:
        """Set the clock back to an earlier moment, so that alerts do not wait until it has passed again."""
        self.now = now
        for condition in self._conditions.values():
            condition.set_back(now)

    def _next_tick(self) -> float:
        """Return the next moment at which something can change without a record."""
        # Tick on whole seconds, so that the result does not depend on how often `advance()` is called.
        tick = (math.floor(self.now / TICK_SECONDS) + 1) * TICK_SECONDS
        if self._timed:
            return tick
        deadline = self._silent.deadline
        return max(tick, float(math.ceil(deadline))) if math.isfinite(deadline) else math.inf

    def _tick(self) -> Iterator[Change]:
        for detector in self._detectors:
            if detector.changes_with_time:
                try:
                    yield from self._changes_with_time(detector)
                except Exception as error:  # The edge of one rule: the others must go on.
                    self._report(detector, error)

    def _changes_with_time(self, detector: Detector[Any]) -> Iterator[Change]:
        signals = list(detector.tick(self.now))
        known = {signal.task for signal in signals}
        active = [task for name, task in self._timed if name == detector.name]
        # A restored alert may be of a task that the detector has not seen since.
        unknown = [Signal(task, False) for task in sorted(active) if task not in known]
        for signal in (*signals, *unknown):
            yield from self._update(detector, signal)

    def _report(self, detector: Detector[Any], error: Exception) -> None:
        if detector.name not in self._failed:
            self._failed.add(detector.name)
            text = "the alert rule %s failed on a record"
            logging.getLogger(LOGGER_NAME).error(text, detector.name, exc_info=error)

    def _update(self, detector: Detector[Any], signal: Signal) -> Iterator[Change]:
        condition = self._condition(detector, signal.task)
        condition.unseen_seconds = 0
        if condition.state == "ok" and not signal.is_bad:
            return
        change = condition.update(self.now, signal)
        self._note(detector, condition)
        if change is not None:
            yield change

    def _withdraw_unseen(self, seen: Observation) -> Iterator[Change]:
        """Withdraw alerts whose task does not come any more, although other records do."""
        gap = min(max(self.now - self._counted_until, 0.0), MAX_GAP_SECONDS)
        self._counted_until = self.now
        if seen.event != FINISHED:
            gap /= IDLE_FACTOR
        for key in sorted(self._active - self._timed):
            condition = self._conditions[key]
            allowed = condition.rule.withdraw_seconds
            # An alert that tells of missing records waits for them, however long it takes.
            if condition.state != "firing" or condition.name == self._silent.name or not allowed:
                continue
            is_seen = seen.task_type == condition.task
            condition.unseen_seconds = 0 if is_seen else condition.unseen_seconds + gap
            if condition.unseen_seconds >= allowed:
                self._active.discard(key)
                yield condition.withdraw(self.now)

    def _by_wall_clock(self, changes: list[Change]) -> list[Change]:
        if not (ahead := self._steady.ahead):
            return changes
        return [replace(each, time=each.time + ahead, since=each.since + ahead) for each in changes]

    def _note(self, detector: Detector[Any], condition: Condition) -> None:
        key = (condition.name, condition.task)
        if condition.state == "ok":
            self._active.discard(key)
            self._timed.discard(key)
            return
        self._active.add(key)
        waits_for_record = detector is self._silent and condition.state == "firing"
        if detector.changes_with_time and not waits_for_record:
            self._timed.add(key)
        else:
            self._timed.discard(key)

    def _condition(self, detector: Detector[Any], task: str) -> Condition:
        key = (detector.name, task)
        if key not in self._conditions:
            self._conditions[key] = Condition(detector.name, task, detector.rule)
        return self._conditions[key]

    def _silence(self, seen: Observation) -> None:
        until = moment_of(seen.fields.get("until"))
        for detector in self._detectors:
            if detector.name == seen.fields.get("rule") and until is not None:
                self._condition(detector, seen.task_type).silenced_until = until - self._steady.ahead
