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

FIRE_SECONDS = 10.0  # the alert must fire within this time
MAX_SECONDS = 20.0  # the wait for a late alert ends after this time
SLACK_SECONDS = 10.0  # the alert must be resolved within `resolve_seconds` and this time
CHECK_SECONDS = 0.05  # between two checks for an alert
MAX_HEARD = 1000  # newest alert records that are kept


class DrillError(Exception):
    """The drill cannot begin now; the text says why."""


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
    why_not: Callable[[], str] = lambda: ""  # returns why it cannot start now; "" if it can


class Recorder(Protocol):
    """Who writes the records of a drill."""

    def event(self, event: str, message: str, level: int = logging.INFO, **fields: object) -> None:
        """Write one."""


class Drills:
    """The drills of an app: runs one at a time, and receives the alerts."""

    def __init__(
        self,
        drills: Mapping[str, Drill],
        recover: Callable[[], None],
        recorder: Recorder,
        rules: Callable[[], Rules],
        firing: Callable[[], set[tuple[str, str]]],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.names = tuple(drills)
        self._drills = drills
        self._recover = recover
        self._recorder = recorder
        self._rules = rules
        self._firing = firing
        self._close = close
        self._heard: deque[tuple[float, dict[str, Any]]] = deque(maxlen=MAX_HEARD)  # s, monotonic; record
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def on_alert(self, record: dict[str, Any]) -> None:
        """Note the record of an alert that fired or was resolved."""
        self._heard.append((time.monotonic(), record))

    def start(self, name: str) -> str:
        """Start a drill; return the id of its records.

        Raises:
            DrillError: there is none of this name, another one runs, or it could show nothing now.
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
            if reason := drill.why_not():
                raise DrillError(reason)
            run = uuid.uuid4().hex
            self._thread = threading.Thread(target=self._run, args=(run, name), name="drill", daemon=True)
            self._thread.start()
        return run

    def close(self) -> None:
        """End the drill that runs, and its requests; wait until its fault is gone."""
        self._closing.set()
        self._close()
        if self._thread is not None:
            self._thread.join()

    def _run(self, run: str, name: str) -> None:
        drill = self._drills[name]
        told: dict[str, Any] = {"drill": name, "run": run, "rule": drill.rule}
        self._recorder.event("drill.started", f"演练开始: {name}", task_type=drill.task, **told)
        problem, fired = self._guarded(drill.prepare), None
        self._heard.clear()
        begun = time.monotonic()
        if not problem:
            problem, fired = self._until_fired(drill)
        ended = time.monotonic()
        resolved = None
        window = getattr(self._rules(), drill.rule).resolve_seconds
        if not self._closing.is_set():
            problem = problem or self._guarded(self._recover)
        if fired is not None:
            resolved = self._wait("alert.resolved", drill, window + SLACK_SECONDS)
        others = {record["rule"] for _, record in self._heard if record["event"] == "alert.fired"}
        others.discard(drill.rule)
        unrelated = sorted(others.difference(drill.follows))
        if self._closing.is_set():
            problem = problem or "the app stopped"
        is_soon = fired is not None and fired - begun <= FIRE_SECONDS
        passed = is_soon and resolved is not None and not problem and not unrelated
        self._recorder.event(
            "drill.ended",
            f"演练{'通过' if passed else '未通过'}: {name}",
            logging.INFO if passed else logging.WARNING,
            task_type=drill.task,
            **told,
            passed=passed,
            fired_after_s=_seconds(begun, fired),
            resolved_after_s=_seconds(ended, resolved),
            resolve_seconds=window,
            followed=sorted(others.intersection(drill.follows)),
            unrelated=unrelated,
            problem=problem or None,
        )

    def _until_fired(self, drill: Drill) -> tuple[str, float | None]:
        """Make the fault until its alert fires, or for too long; return the problem, and when it fired."""
        stop = threading.Event()
        problems: list[str] = []
        fault = threading.Thread(
            target=lambda: problems.append(self._guarded(lambda: drill.fault(stop))), name="drill-fault"
        )
        fault.start()
        fired = self._wait("alert.fired", drill, MAX_SECONDS, lambda: any(problems))
        stop.set()
        fault.join()
        return problems[0], fired

    def _wait(
        self, event: str, drill: Drill, seconds: float, has_failed: Callable[[], bool] = lambda: False
    ) -> float | None:
        """Wait for an alert's record; return when it came, in s of a monotonic clock."""
        deadline = time.monotonic() + seconds
        wanted = (event, drill.rule, drill.task)
        while True:
            for moment, record in tuple(self._heard):
                if (record["event"], record["rule"], record["task_type"]) == wanted:
                    return moment
            if has_failed() or time.monotonic() >= deadline or self._closing.wait(CHECK_SECONDS):
                return None

    def _guarded(self, act: Callable[[], None]) -> str:
        """Do something; return what went wrong."""
        try:
            act()
        except Exception as error:  # the thread's edge: the drill's last record holds it
            logging.getLogger(LOGGER_NAME).error("a drill failed", exc_info=error)
            return f"{type(error).__name__}: {error}"
        return ""


def _seconds(since: float, moment: float | None) -> float | None:
    return None if moment is None else round(moment - since, 2)
