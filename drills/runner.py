"""Run one drill at a time; check that its alert fires and is resolved."""

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from monitoring.alerts.rules import Rules
from monitoring.writing.logger import LOGGER_NAME

MAX_ALERT_RECORDS = 1000  # the newest ones are kept


class DrillError(Exception):
    """The drill cannot start now; the text says why."""


def nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Drill:
    """A fault, and the alert that it must trigger."""

    rule: str
    task: str
    fault: Callable[[threading.Event], None]  # causes the fault until the event is set
    prepare: Callable[[], None] = nothing  # runs before the fault
    follows: tuple[str, ...] = ()  # other rules that the fault may trigger
    obstacle: Callable[[], str | None] = nothing  # returns why the drill cannot start now, or None


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of a drill, in seconds."""

    fire: float = 10.0  # a drill passes if its alert fires within this time
    give_up: float = 20.0  # the fault ends after this time, even if no alert has fired
    slack: float = 10.0  # the alert must be resolved within `resolve_seconds` plus this time
    check: float = 0.05  # between two checks for an alert


class Recorder(Protocol):
    """The writer of a drill's records."""

    def event(self, event: str, message: str, level: int = logging.INFO, **fields: object) -> None:
        """Write a record."""


class Drills:
    """The drills of an app; it runs one at a time, and receives the records of alerts."""

    def __init__(
        self,
        drills: Mapping[str, Drill],
        recover: Callable[[], None],
        recorder: Recorder,
        rules: Callable[[], Rules],
        firing: Callable[[], set[tuple[str, str]]],
        close: Callable[[], None] = nothing,
        timing: Timing = Timing(),
    ) -> None:
        self.names = tuple(drills)
        self._drills = drills
        self._recover = recover
        self._recorder = recorder
        self._rules = rules
        self._firing = firing
        self._close = close
        self._timing = timing
        # Pairs of a time (s, monotonic) and an alert's record.
        self._alerts: deque[tuple[float, dict[str, Any]]] = deque(maxlen=MAX_ALERT_RECORDS)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def on_alert(self, record: dict[str, Any]) -> None:
        """Keep the record of an alert that fired or was resolved."""
        self._alerts.append((time.monotonic(), record))

    def start(self, name: str) -> str:
        """Start a drill; return the id of its records.

        Raises:
            DrillError: there is no drill of this name, another one runs, or this one cannot start now.
        """
        drill = self._drills.get(name)
        if drill is None:
            raise DrillError(f"drill={name}: allowed are {', '.join(self.names)}")
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                raise DrillError("another drill runs; wait for its end")
            if (drill.rule, drill.task) in self._firing():
                raise DrillError(f"{drill.rule} ({drill.task}) is firing already")
            if not getattr(self._rules(), drill.rule).enabled:
                raise DrillError(f"the rule {drill.rule} is off")
            if obstacle := drill.obstacle():
                raise DrillError(obstacle)
            run = uuid.uuid4().hex
            self._thread = threading.Thread(target=self._run, args=(run, name), name="drill", daemon=True)
            self._thread.start()
        return run

    def close(self) -> None:
        """End the running drill and its requests; wait until its fault has ended."""
        self._closing.set()
        self._close()
        if self._thread is not None:
            self._thread.join()

    def _run(self, run: str, name: str) -> None:
        drill = self._drills[name]
        common: dict[str, Any] = {"drill": name, "run": run, "rule": drill.rule}
        self._recorder.event("drill.started", f"演练开始: {name}", task_type=drill.task, **common)
        problem, fired = _problem_of(drill.prepare), None
        self._alerts.clear()
        began = time.monotonic()
        if problem is None:
            problem, fired = self._until_fired(drill)
        ended = time.monotonic()
        resolved = None
        resolve_seconds = getattr(self._rules(), drill.rule).resolve_seconds
        if problem is None and not self._closing.is_set():
            problem = _problem_of(self._recover)
        if fired is not None:
            resolved = self._wait("alert.resolved", drill, resolve_seconds + self._timing.slack)
        if problem is None and self._closing.is_set():
            problem = "the app stopped"
        others = self._other_rules(drill)
        unrelated = sorted(others.difference(drill.follows))
        is_soon = fired is not None and fired - began <= self._timing.fire
        passed = is_soon and resolved is not None and problem is None and not unrelated
        self._recorder.event(
            "drill.ended",
            f"演练{'通过' if passed else '未通过'}: {name}",
            logging.INFO if passed else logging.WARNING,
            task_type=drill.task,
            **common,
            passed=passed,
            fired_after_s=_seconds(began, fired),
            resolved_after_s=_seconds(ended, resolved),
            resolve_seconds=resolve_seconds,
            followed=sorted(others.intersection(drill.follows)),
            unrelated=unrelated,
            problem=problem,
        )

    def _until_fired(self, drill: Drill) -> tuple[str | None, float | None]:
        """Cause the fault until its alert fires, or give up; return the problem, and the time it fired."""
        stop = threading.Event()
        problems: list[str | None] = []
        fault = threading.Thread(
            target=lambda: problems.append(_problem_of(lambda: drill.fault(stop))), name="drill-fault"
        )
        fault.start()
        fired = self._wait("alert.fired", drill, self._timing.give_up, lambda: any(problems))
        stop.set()
        fault.join()
        return problems[0], fired

    def _wait(
        self, event: str, drill: Drill, seconds: float, has_failed: Callable[[], bool] = lambda: False
    ) -> float | None:
        """Wait for an alert's record; return its time in s of a monotonic clock, or None if there is none."""
        deadline = time.monotonic() + seconds
        wanted = (event, drill.rule, drill.task)
        while True:
            for moment, record in tuple(self._alerts):
                if (record["event"], record["rule"], record["task_type"]) == wanted:
                    return moment
            if has_failed() or time.monotonic() >= deadline or self._closing.wait(self._timing.check):
                return None

    def _other_rules(self, drill: Drill) -> set[str]:
        """Return the rules that fired during the drill, except its own."""
        fired = {record["rule"] for _, record in self._alerts if record["event"] == "alert.fired"}
        return fired - {drill.rule}


def _problem_of(act: Callable[[], None]) -> str | None:
    """Call a function; return its error as a text, or None if it succeeded."""
    try:
        act()
    except Exception as error:  # the thread's edge: the drill's last record names the error
        logging.getLogger(LOGGER_NAME).error("a drill failed", exc_info=error)
        return f"{type(error).__name__}: {error}"
    return None


def _seconds(since: float, moment: float | None) -> float | None:
    return None if moment is None else round(moment - since, 2)
