"""The alert rules over the running log, in a thread that runs whether or not a page is open."""

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
from monitoring.record.reasons import reason_of
from monitoring.writing.logger import LOGGER_NAME

TICK_SECONDS = 0.25
# The clock of the rules runs so far behind: within this time a record is written and read.
LAG_SECONDS = 1.0
# Records of one tick, which take some 20 ms: the model needs the processor, too.
MAX_RECORDS = 1000
ALERTS = ("alert.fired", "alert.resolved")


# Takes the record of an alert; it must not wait and must not raise.
Sink = Callable[[dict[str, Any]], None]


class AlertWatch:
    """Follows the log, and gives the sinks a record for each alert that fires or is resolved.

    Records from before the start only train the rules. The alerts that were active then are taken from their
    own records.
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
        # The failures that were logged.
        self._reported: set[tuple[str, type[Exception]]] = set()
        self._begin(rules)
        self._thread = PeriodicThread(self._tick, TICK_SECONDS, "alerts")

    @property
    def rules(self) -> Rules:
        """The current rules: those of the file, or the last valid ones."""
        return self._rules

    @property
    def firing(self) -> set[tuple[str, str]]:
        """The rules and tasks whose alerts are active."""
        return self._engine.firing

    def add_sink(self, sink: Sink) -> None:
        """Give the records of alerts to one more sink."""
        self._sinks.append(sink)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.wake()
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread."""
        self._thread.stop()

    def poll(self) -> bool:
        """Take in new records, `MAX_RECORDS` at most; tell whether there are more."""
        view = self._view()
        if view.loading:
            return False
        # The log is read afresh: records that the rules have seen are left out.
        if view.reading != self._reading:
            is_first = self._reading is None
            new = view.frame if is_first else view.frame.where(view.frame.time > self._engine.now)
            self._reading = view.reading
            self._next = view.frame.end - len(new)
        new = view.frame.since(self._next)
        batch = new.head(MAX_RECORDS)
        for seen in of_frame(batch):
            try:
                self._on_record(seen)
            except Exception as error:  # The edge of one record: those after it must be seen.
                self._report("the alert rules passed over a record", error)
        self._next = view.frame.end - len(new) + len(batch)
        if len(batch) < len(new):
            return True
        self._go_live()
        for change in self._engine.advance(self._clock() - LAG_SECONDS):
            self._emit(record_of(change))
        return False

    def _tick(self) -> None:
        try:
            self._reload()
            self.poll()
        except Exception as error:  # The thread's edge: one bad tick must not end the alerts.
            self._report("the alert rules failed; starting afresh", error)
            self._begin(self._rules)

    def _report(self, what: str, error: Exception) -> None:
        """Log each kind of failure once: the same record may come again and again."""
        if (what, type(error)) not in self._reported:
            self._reported.add((what, type(error)))
            logging.getLogger(LOGGER_NAME).error(what, exc_info=error)

    def _begin(self, rules: Rules) -> None:
        self._rules = rules
        self._engine = AlertEngine(rules, self._machine)
        self._reading = None
        self._began = self._clock()
        # Records of alerts from before the start; `None` once live.
        self._past: list[Observation] | None = []

    def _on_record(self, seen: Observation) -> None:
        if self._past is not None and seen.time < self._began:
            self._engine.on_record(seen)
            if seen.event in ALERTS:
                self._past.append(seen)
            return
        self._go_live()
        for change in self._engine.on_record(seen):
            self._emit(record_of(change))

    def _go_live(self) -> None:
        if self._past is not None:
            past, self._past = self._past, None
            self._engine.forget()
            for seen in past:
                try:
                    self._engine.restore(seen)
                except Exception as error:  # The edge of one record: the other alerts must be known.
                    self._report("the alert rules passed over a record", error)

    def _emit(self, record: dict[str, Any]) -> None:
        for sink in self._sinks:
            sink(record)

    def _reload(self) -> None:
        """Take over a changed file of rules; a wrong one is logged once, and the last valid rules stay."""
        state = _state(self._rules_path)
        if state == self._rules_state:
            return
        self._rules_state = state
        log = logging.getLogger(LOGGER_NAME)
        try:
            rules = load_rules(self._rules_path)
        except RulesError as error:
            log.error(
                "告警规则有误，沿用之前的规则 / wrong alert rules, the last good ones stay: %s",
                reason_of(error),
            )
        else:
            log.info("告警规则已更新 / alert rules taken over")
            self._begin(rules)


def _state(path: Path | None) -> tuple[int, int] | None:
    """Return a value that changes when a file does; `None` if there is no file."""
    try:
        status = path.stat() if path else None
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size) if status else None
