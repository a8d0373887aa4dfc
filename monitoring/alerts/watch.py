"""The alert rules over the running log, in a thread that runs whether or not a page is open."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from monitoring.alerts.condition import Change
from monitoring.alerts.engine import SET_BACK_SECONDS, AlertEngine
from monitoring.alerts.observation import Observation, of_frame
from monitoring.alerts.records import record_of
from monitoring.alerts.rules import Rules
from monitoring.alerts.watching.clock_jumps import ClockJumps
from monitoring.alerts.watching.notices import Notices
from monitoring.alerts.watching.rules_on_disk import RulesOnDisk
from monitoring.alerts.watching.told_alerts import EVENTS, ToldAlert, ToldAlerts
from monitoring.alerts.watching.turn import Turn
from monitoring.machine import Machine
from monitoring.periodic_thread import PeriodicThread
from monitoring.reading.log_reader import View
from monitoring.reading.processes import Processes
from monitoring.window.frame import Frame
from settings.toml_file import TomlFileError

TICK_SECONDS = 0.25
# The clock of the rules runs so far behind: within this time a record is written and read.
LAG_SECONDS = 1.0
# A record that is dated so much later than now was made by a wrong clock.
FUTURE_SECONDS = 60.0
# What fired shortly before another process ended, and that one did not tell, is told after it, in s.
CATCH_UP_SECONDS = 15.0
# Records of one tick, which take some 20 ms: the model needs the processor, too.
MAX_RECORDS = 1000


# Takes the record of an alert; it must not wait and must not raise.
Sink = Callable[[dict[str, Any]], None]


class AlertWatch:
    """Follows the log, and gives the sinks a record for each alert that fires or ends.

    Records from before the start only train the rules. The alerts that were active then are taken from their
    own records. Of several processes with the same log, the one whose `turn` it is does that; the others are
    trained meanwhile, know the active alerts by their records, and go on where that process ends.
    """

    def __init__(
        self,
        view: Callable[[], View],
        rules: Rules,
        rules_path: Path | None,
        machine: Machine,
        sinks: Sequence[Sink],
        clock: Callable[[], float] = time.time,
        turn: Turn | None = None,
        jumps: ClockJumps | None = None,
        opened: float | None = None,
    ) -> None:
        """`opened` is when this process opened the log, in s since the epoch; None for now."""
        self._view = view
        self._rules_on_disk = RulesOnDisk(rules_path)
        self._machine = machine
        self._sinks = list(sinks)
        self._listeners: list[Sink] = []
        self._clock = clock
        self._turn = turn or Turn()
        self._jumps = jumps
        self._told = ToldAlerts()
        # Whether alerts were ever told by this process: from then on it knows them without their records.
        self._has_told = False
        self._notices = Notices()
        # The number of the reading of the log that `_next` belongs to; None before the first look.
        self._reading: int | None = None
        # Whether another process had its turn before this one.
        self._has_waited = False
        self._begin(rules)
        if opened is not None:
            self._began = opened
        self._thread = PeriodicThread(self._tick, TICK_SECONDS, "alerts")

    @property
    def rules(self) -> Rules:
        """The current rules: those of the file, or the last valid ones."""
        return self._rules

    @property
    def firing(self) -> set[tuple[str, str]]:
        """The rules and tasks whose alerts are active."""
        return self._engine.firing if self._is_live else self._told.active

    def add_sink(self, sink: Sink) -> None:
        """Give the records of alerts that this process tells to one more sink."""
        self._sinks.append(sink)

    def add_listener(self, listener: Sink) -> None:
        """Give the records of alerts to one more listener, also those that another process tells."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.wake()
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread, and let another process watch."""
        self._thread.stop()
        self._turn.end()

    def poll(self) -> bool:
        """Take in new records, `MAX_RECORDS` at most; tell whether there are more."""
        view = self._view()
        if view.loading:
            return False
        # The view comes first: a jump that its records know is noticed before they are taken in.
        self._notice_jump()
        is_our_turn = self._turn.is_ours()
        if self._is_live and not is_our_turn:
            self._notices.turn_lost()
            self._begin(self._rules)
            self._told, self._has_told = ToldAlerts(), False
        self._has_waited |= not is_our_turn
        new = self._new(view)
        batch = new.head(MAX_RECORDS)
        for seen in of_frame(batch, self._processes):
            try:
                self._on_record(seen)
            except Exception as error:  # The edge of one record: those after it must be seen.
                self._notices.failure("the alert rules passed over a record", error)
        self._next = view.frame.end - len(new) + len(batch)
        if len(batch) < len(new):
            return True
        if is_our_turn:
            self._go_live()
        self._take(self._engine.advance(self._clock() - LAG_SECONDS))
        return False

    def _new(self, view: View) -> Frame:
        """Return the records that were not taken in yet."""
        # The log is read afresh: records that the rules have seen are left out.
        if view.reading != self._reading:
            new = view.frame
            if self._reading is not None:
                latest = self._clock() + FUTURE_SECONDS
                new = new.where(np.logical_and(new.time > self._engine.reached, new.time <= latest))
            self._reading = view.reading
            self._next = view.frame.end - len(new)
        return view.frame.since(self._next)

    def _tick(self) -> None:
        try:
            self._reload()
            self.poll()
        except Exception as error:  # The thread's edge: one bad tick must not end the alerts.
            self._notices.failure("the alert rules failed; starting afresh", error)
            self._begin(self._rules)

    def _begin(self, rules: Rules) -> None:
        self._rules = rules
        self._engine = AlertEngine(rules, self._machine)
        self._processes = Processes()
        self._reading = None
        self._next = 0
        self._began = self._clock()
        # Whether alerts are told; before that, records only train the rules.
        self._is_live: bool = False
        self._has_waited = False
        # What fired, and another process has not told yet, by rule and task.
        self._untold: dict[tuple[str, str], Change] = {}

    def _on_record(self, seen: Observation) -> None:
        is_of_future = seen.time > self._clock() + FUTURE_SECONDS
        if not self._has_waited and seen.time >= self._began and not is_of_future:
            self._go_live()
        if seen.event in EVENTS and not self._has_told:
            self._hear(seen)
        if is_of_future:
            # Before the watch is live, it could be from any time.
            if not self._is_live:
                return
            seen = seen._replace(time=max(self._engine.reached, self._began))
        elif self._is_of_past(seen.time):
            seen = seen._replace(time=self._engine.reached)
        self._take(self._engine.on_record(seen))

    def _is_of_past(self, moment: float) -> bool:
        """Tell whether a record was held for long, or dated by a clock that is not this machine's.

        Where jumps of the clock are noticed, an old record does not show that the clock was set back.
        """
        knows_clock = self._is_live and self._jumps is not None
        return knows_clock and moment < self._engine.reached - SET_BACK_SECONDS

    def _take(self, changes: Iterable[Change]) -> None:
        """Tell changes, or keep in mind what another process should tell."""
        if self._is_live:
            self._emit(changes)
            return
        for change in changes:
            self._untold.pop((change.rule, change.task), None)
            if change.event == "alert.fired":
                self._untold[change.rule, change.task] = change

    def _hear(self, seen: Observation) -> None:
        """Take in an alert's record that another process wrote, or this one before a restart."""
        self._told.add(ToldAlert(seen.event, seen.task_type, seen.time, seen.fields))
        self._untold.pop((str(seen.fields.get("rule")), seen.task_type), None)
        if seen.time >= self._began:
            for listener in self._listeners:
                listener(seen.fields)

    def _go_live(self) -> None:
        if self._is_live:
            return
        self._is_live = self._has_told = True
        if self._turn.is_taken:
            self._notices.turn_taken()
        self._engine.forget(self._clock() - LAG_SECONDS)
        if self._has_waited:
            self._catch_up()
        for told in self._told.newest:
            try:
                ended = self._engine.restore(told)
            except Exception as error:  # The edge of one record: the other alerts must be known.
                self._notices.failure("the alert rules passed over a record", error)
            else:
                self._emit([] if ended is None else [ended])
        self._notices.high_limit(self._rules, self._machine)

    def _catch_up(self) -> None:
        """Tell what the process that ended should have told."""
        active, begin = self._told.active, self._engine.reached - CATCH_UP_SECONDS
        untold = [
            change for key, change in self._untold.items() if key not in active and change.time >= begin
        ]
        self._emit(untold)

    def _emit(self, changes: Iterable[Change]) -> None:
        for change in changes:
            record = record_of(change)
            self._told.add(ToldAlert(change.event, change.task, change.time, record))
            for sink in (*self._sinks, *self._listeners):
                sink(record)

    def _notice_jump(self) -> None:
        jump = self._jumps.look() if self._jumps else None
        if jump is None:
            return
        self._engine.on_jump(jump.seconds)
        if self._is_live:
            self._notices.jump(jump)

    def _reload(self) -> None:
        """Take over a changed file of rules; a wrong one is logged once, and the last valid rules stay."""
        try:
            rules = self._rules_on_disk.look()
        except TomlFileError as error:
            self._notices.wrong_rules(error)
            return
        if rules is not None:
            self._notices.new_rules()
            self._begin(rules)
