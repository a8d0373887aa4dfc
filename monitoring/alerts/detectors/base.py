"""What all rules have in common."""

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import ClassVar, Generic, NamedTuple, TypeVar

from sortedcontainers import SortedList

from monitoring.alerts.observation import Observation
from monitoring.alerts.rules import Rule
from monitoring.alerts.signal import Signal

R = TypeVar("R", bound=Rule)

MOST_RECENT = 2000  # requests of a window: what it takes in memory is bounded, whatever the traffic
EVIDENCE = 5  # newest requests that a signal names


class Detector(Generic[R]):
    """One rule: sees each record of its events, and says what it thinks of a task."""

    name: ClassVar[str]  # as in rules.toml
    events: ClassVar[tuple[str, ...]] = ("task.finished",)
    ages: ClassVar[bool] = False  # whether what it thinks changes with time alone

    def __init__(self, rule: R) -> None:
        self.rule = rule

    def see(self, seen: Observation) -> Iterable[Signal]:
        """Take in a record; return what it thinks now of the tasks that this changes."""
        raise NotImplementedError

    def look(self, now: float) -> Iterable[Signal]:
        """Return what it thinks of each task now, without a record; only where it `ages`."""
        return ()


class Value(NamedTuple):
    """One request's value."""

    time: float
    value: float
    request: str


class Recent:
    """The values of a sliding window, by age and by size."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._values: deque[Value] = deque()
        self._sorted = SortedList()

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value: Value) -> None:
        """Take in a value, the newest one."""
        self._values.append(value)
        self._sorted.add(value.value)
        if len(self._values) > MOST_RECENT:
            self._forget()
        self.expire(value.time)

    def expire(self, now: float) -> None:
        """Forget what is too old, or from before a clock was set back."""
        while self._values and abs(now - self._values[0].time) > self._seconds:
            self._forget()

    @property
    def highest(self) -> float:
        """The highest value; there must be one."""
        return float(self._sorted[-1])

    def percentile(self, share: float) -> float:
        """Return the value below which `share` of them lie, interpolated; there must be one."""
        place = share * (len(self._sorted) - 1)
        low = int(place)
        below = self._sorted[low]
        above = self._sorted[min(low + 1, len(self._sorted) - 1)]
        return float(below + (place - low) * (above - below))

    def above(self, limit: float) -> tuple[str, ...]:
        """Return the newest requests over a limit."""
        above = (value.request for value in reversed(self._values) if value.value > limit and value.request)
        return tuple(islice(above, EVIDENCE))[::-1]

    def _forget(self) -> None:
        self._sorted.remove(self._values.popleft().value)
