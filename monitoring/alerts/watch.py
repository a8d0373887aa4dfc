"""The rules over the running log, in a thread of their own, whether or not a page is open."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from monitoring.alerts.engine import AlertEngine
from monitoring.alerts.observation import Observation, of_frame
from monitoring.alerts.records import record_of
from monitoring.alerts.rules import Rules
from monitoring.alerts.rules_file import RulesError, load_rules
from monitoring.machine import Machine
from monitoring.periodic_thread import PeriodicThread
from monitoring.reading.log_reader import View
from monitoring.writing.logger import LOGGER_NAME

LOOK_SECONDS = 0.25
LAG_SECONDS = 1.0  # after which a record is in the log and was read: time goes on behind it
MOST_AT_ONCE = 1000  # records, some 20 ms: the model needs the processor, too
ALERTS = ("alert.fired", "alert.resolved")


Sink = Callable[[dict[str, Any]], None]  # takes an alert's record; never waits, never raises


class AlertWatch:
    """Follow the log, and tell the sinks what fires and what is resolved.

    What stands in the log from before the start only warms the rules up: which alerts were active then is
    taken from their own records.
    """

    def __init__(
        self,
        view: Callable[[], View],
        rules: Rules,
        rules_path: Path | None,
        machine: Machine,
        sinks: Sequence[Sink],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._view = view
        self._rules_path = rules_path
        self._rules_state = _state(rules_path)
        self._machine = machine
        self._sinks = list(sinks)
        self._clock = clock
        # The number of the reading of the log that `_next` belongs to; None before the first look.
        self._reading: int | None = None
        self._next = 0
        self._begin(rules)
        self._thread = PeriodicThread(self._tick, LOOK_SECONDS, "alerts")

    @property
    def rules(self) -> Rules:
        """The rules of now: the file's, or the last good ones."""
        return self._rules

    @property
    def firing(self) -> set[tuple[str, str]]:
        """The rules and tasks whose alerts are active."""
        return self._engine.firing

    def add_sink(self, sink: Sink) -> None:
        """Hand the records of alerts to one more sink."""
        self._sinks.append(sink)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.wake()
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread."""
        self._thread.stop()

    def look(self) -> bool:
        """Take in what has come since the last look; tell whether there is more."""
        view = self._view()
        if view.loading:
            return False
        if view.reading != self._reading:  # The log is read afresh: records that were seen are left out.
            is_first = self._reading is None
            new = view.frame if is_first else view.frame.where(view.frame.time > self._engine.now)
            self._reading = view.reading
            self._next = view.frame.end - len(new)
        new = view.frame.since(self._next)
        part = new.head(MOST_AT_ONCE)
        for seen in of_frame(part):
            self._see(seen)
        self._next = view.frame.end - len(new) + len(part)
        if len(part) < len(new):
            return True
        self._go_live()
        for change in self._engine.advance(self._clock() - LAG_SECONDS):
            self._tell(record_of(change))
        return False

    def _tick(self) -> None:
        try:
            self._reload()
            self.look()
        except Exception as error:  # the thread's edge: alerts must go on whatever one look meets
            logging.getLogger(LOGGER_NAME).error("the alert rules failed; starting afresh", exc_info=error)
            self._begin(self._rules)

    def _begin(self, rules: Rules) -> None:
        self._rules = rules
        self._engine = AlertEngine(rules, self._machine)
        self._reading = None
        self._began = self._clock()
        self._past: list[Observation] | None = []  # records of alerts from before; None once live

    def _see(self, seen: Observation) -> None:
        if self._past is not None and seen.time < self._began:
            self._engine.on_record(seen)
            if seen.event in ALERTS:
                self._past.append(seen)
            return
        self._go_live()
        for change in self._engine.on_record(seen):
            self._tell(record_of(change))

    def _go_live(self) -> None:
        if self._past is not None:
            self._engine.forget()
            for seen in self._past:
                self._engine.restore(seen)
            self._past = None

    def _tell(self, record: dict[str, Any]) -> None:
        for sink in self._sinks:
            sink(record)

    def _reload(self) -> None:
        """Take over changed rules; where they are wrong, say so once and go on with the last good ones."""
        state = _state(self._rules_path)
        if state == self._rules_state:
            return
        self._rules_state = state
        log = logging.getLogger(LOGGER_NAME)
        try:
            rules = load_rules(self._rules_path)
        except RulesError as error:
            log.error("告警规则有误，沿用之前的规则 / wrong alert rules, the last good ones stay: %s", error)
        else:
            log.info("告警规则已更新 / alert rules taken over")
            self._begin(rules)


def _state(path: Path | None) -> tuple[int, int] | None:
    """Return what changes when a file does; None where it is not there."""
    try:
        status = path.stat() if path else None
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size) if status else None
