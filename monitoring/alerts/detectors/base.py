"""The base of all detectors; a detector evaluates one rule."""

from collections import deque
from collections.abc import Callable, ItemsView, Iterable
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar

from sortedcontainers import SortedList

from monitoring.alerts.observation import Observation
from monitoring.alerts.rule import Rule
from monitoring.alerts.signal import Signal
from monitoring.percentiles import percentile
from monitoring.record.vocabulary import FINISHED

R = TypeVar("R", bound=Rule)
S = TypeVar("S")

# Requests in a sliding window: bounds its memory, whatever the traffic.
MAX_RECENT = 2000
# Tasks that a rule watches: the first ones of a log with endless task names.
MAX_TASKS = 100
# Newest requests that a signal names.
MAX_EVIDENCE = 5


class Detector(Generic[R]):
    """Evaluates one rule: receives each record of its events and returns signals about tasks."""

    # The rule's name in a file of rules.
    name: str
    # The events whose records it receives.
    events: tuple[str, ...] = (FINISHED,)
    # Whether its signals can change without a record.
    changes_with_time: bool = False

    def __init__(self, rule: R) -> None:
        self.rule = rule

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        """Take in a record; return a signal for each task that it changes."""
        raise NotImplementedError

    def tick(self, now: float) -> Iterable[Signal]:
        """Return a signal for each task, without a record; called only where `changes_with_time`."""
        return ()


def limit_of(rule: Any, task: str, name: str) -> float:
    """Return a rule's limit for a task: the one of `[<rule>.tasks.<task>]`, else the one for any task."""
    own = getattr(rule.tasks.get(task), name, None)
    return float(getattr(rule, name) if own is None else own)


class ByTask(Generic[S]):
    """The state of each task in a detector, made when the task is first seen; `MAX_TASKS` at most."""

    def __init__(self, make: Callable[[], S]) -> None:
        self._make = make
        self._states: dict[str, S] = {}

    def get(self, task: str) -> S | None:
        """Return the state of a task; `None` if there are too many tasks."""
        if task not in self._states and len(self._states) < MAX_TASKS:
            self._states[task] = self._make()
        return self._states.get(task)

    def items(self) -> ItemsView[str, S]:
        """Return the tasks that were seen, with their states."""
        return self._states.items()


class Value(NamedTuple):
    """One request's value."""

    time: float
    value: float
    request: str


class Recent:
    """The values of a sliding window, in order of time and of size."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._values: deque[Value] = deque()
        self._sorted = SortedList()

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value: Value) -> None:
        """Add a value, which is the newest one."""
        self._values.append(value)
        self._sorted.add(value.value)
        if len(self._values) > MAX_RECENT:
            self._drop_oldest()
        self.expire(value.time)

    def expire(self, now: float) -> None:
        """Drop values that are too old, or stand in the future after the clock was set back."""
        while self._values and abs(now - self._values[0].time) > self._seconds:
            self._drop_oldest()

    @property
    def highest(self) -> float:
        """The highest value of a window that is not empty."""
        return float(self._sorted[-1])

    def percentile(self, percent: float) -> float:
        """Return a percentile of the values; NaN where there are none."""
        return percentile(self._sorted, percent)

    def above(self, limit: float) -> tuple[str, ...]:
        """Return the ids of the newest requests over a limit."""
        above = (value.request for value in reversed(self._values) if value.value > limit and value.request)
        return tuple(islice(above, MAX_EVIDENCE))[::-1]

    def _drop_oldest(self) -> None:
        self._sorted.remove(self._values.popleft().value)
