"""A watchdog for records that do not come."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from monitoring.alerts.detectors.base import Detector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rule import Rule, Seconds
from monitoring.alerts.signal import Signal
from monitoring.record.vocabulary import FINISHED, SAMPLED, UNEXPECTED_END

# Processes that are watched; of more, those that started first are no longer.
MAX_PROCESSES = 64
REQUESTS, SAMPLES = "requests", "system"
# In the place of a process: the whole log, whoever writes to it.
ANYBODY = ""


class Silent(Rule):
    """No record came for too long; 0 s is off."""

    requests_seconds: Seconds
    samples_seconds: Seconds


class _Source(NamedTuple):
    """Where records are awaited from."""

    task: str
    process: str


class SilentDetector(Detector[Silent]):
    """Wait for requests and for samples of the machine; a first one arms it, a stop of the app disarms it.

    Both are awaited from anybody who writes to the log. Samples are awaited from single processes, too: from
    those whose start is told with an `instance`, because the end of such a process is told as well.
    """

    name = "silent"
    events = (FINISHED, SAMPLED, "app.started", "app.stopped", UNEXPECTED_END)
    changes_with_time = True

    def __init__(self, rule: Silent) -> None:
        super().__init__(rule)
        limits = {REQUESTS: rule.requests_seconds, SAMPLES: rule.samples_seconds}
        self._limits = {task: limit for task, limit in limits.items() if limit}
        # The processes that started and have not ended, in the order of their starts.
        self._running: dict[str, None] = {}
        # When the last record came, in s since the epoch.
        self._last: dict[_Source, float] = {}
        # The sources for which it fired.
        self._missing: set[_Source] = set()
        # When the next record is overdue, in s since the epoch.
        self.deadline = math.inf

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        match seen.event:
            case "app.started":
                return self._start(seen)
            case "app.stopped":
                return self._end(seen.process, seen.time, *(_Source(task, ANYBODY) for task in self._limits))
            case "unexpected_end":
                return self._end(str(seen.fields.get("ended_instance")), seen.time)
        task = SAMPLES if seen.event == SAMPLED else REQUESTS
        if task not in self._limits:
            return ()
        # The last bad signal tells how long records were missing in the end.
        signals = [self._worst(task, seen.time)] if self._missing else []
        self._note(_Source(task, ANYBODY), seen.time)
        if task == SAMPLES and seen.process in self._running:
            self._note(_Source(task, seen.process), seen.time)
        return [*signals, self._worst(task, seen.time)]

    def tick(self, now: float) -> Iterable[Signal]:
        self._missing.update(
            source for source, last in self._last.items() if now - last >= self._limits[source.task]
        )
        self._set_deadline()
        return [self._worst(task, now) for task in dict.fromkeys(source.task for source in self._last)]

    def begin_anew(self, now: float) -> None:
        """Await records from now on, whenever the last ones came."""
        self._missing.clear()
        self._last = dict.fromkeys(self._last, now)
        self._set_deadline()

    def _start(self, seen: Observation) -> Iterable[Signal]:
        if seen.fields.get("instance"):
            self._running[seen.process] = None
            if len(self._running) > MAX_PROCESSES:
                self._end(next(iter(self._running)), seen.time)
        return ()

    def _end(self, process: str, now: float, *others: _Source) -> Iterable[Signal]:
        """Await nothing more from a process, nor from the other sources."""
        self._running.pop(process, None)
        for source in (_Source(SAMPLES, process), *others):
            self._last.pop(source, None)
            self._missing.discard(source)
        self._set_deadline()
        return [self._worst(task, now) for task in self._limits]

    def _note(self, source: _Source, now: float) -> None:
        is_late = self._last.get(source, math.inf) > now
        self._last[source] = now
        # Otherwise the old deadline is early, which only costs an empty tick.
        if is_late or source in self._missing:
            self._missing.discard(source)
            self._set_deadline()

    def _worst(self, task: str, now: float) -> Signal:
        """Return the signal of a task's source that has been silent for the longest time."""
        limit = self._limits[task]
        seconds = max((now - last for source, last in self._last.items() if source.task == task), default=0.0)
        return Signal(task, seconds >= limit, "silence, s", seconds, limit)

    def _set_deadline(self) -> None:
        waits = (
            last + self._limits[source.task]
            for source, last in self._last.items()
            if source not in self._missing
        )
        self.deadline = min(waits, default=math.inf)
