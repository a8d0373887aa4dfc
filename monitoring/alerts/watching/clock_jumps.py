"""Notice that the wall clock jumped, or that the machine was suspended."""

import time
from collections.abc import Callable
from dataclasses import dataclass

# Smaller jumps change no alert; clocks that run a little fast or slow are set right by less.
LEAST_SECONDS = 5.0
# The clocks are read anew where somebody held up the reading for longer than this.
MAX_READING_SECONDS = 0.5

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Jump:
    """What happened between two looks at the clocks, in s."""

    # How much longer the time was by the wall clock than by a clock that runs while the machine does.
    seconds: float
    # How long the machine was suspended.
    suspended: float

    @property
    def message(self) -> str:
        """One line for people, in Chinese and English."""
        if self.suspended < LEAST_SECONDS:
            return _clock_message(self.seconds)
        seconds = f"{self.suspended:,.0f}"
        slept = f"机器休眠 {seconds} 秒 / the machine was suspended for {seconds} s"
        moved = self.seconds - self.suspended
        return f"{slept}; {_clock_message(moved)}" if abs(moved) >= LEAST_SECONDS else slept


class ClockJumps:
    """Compares the wall clock with one that never jumps.

    `steady` stands still while the machine is suspended, as Linux's CLOCK_MONOTONIC does. `awake_or_not` goes
    on meanwhile; where a system has no such clock, it is `steady`, and a time of sleep is told as a jump.
    """

    def __init__(
        self, wall: Clock = time.time, steady: Clock = time.monotonic, awake_or_not: Clock | None = None
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._awake_or_not = awake_or_not or _boot_time(steady)
        self._last = self._read()

    def look(self) -> Jump | None:
        """Return what happened since the last look; None where the clocks went on alike."""
        before, now = self._last, self._read()
        self._last = now
        wall, steady, awake_or_not = (new - old for new, old in zip(now, before, strict=True))
        if abs(wall - steady) < LEAST_SECONDS:
            return None
        return Jump(wall - steady, max(0.0, awake_or_not - steady))

    def _read(self) -> tuple[float, float, float]:
        """Read all clocks at the same moment."""
        while True:
            steady = self._steady()
            found = (self._wall(), steady, self._awake_or_not())
            if self._steady() - steady < MAX_READING_SECONDS:
                return found


def _boot_time(otherwise: Clock) -> Clock:
    """Return the clock that goes on while the machine is suspended, where the system has one."""
    number = getattr(time, "CLOCK_BOOTTIME", None)
    return otherwise if number is None else lambda: time.clock_gettime(number)


def _clock_message(seconds: float) -> str:
    return f"系统时钟跳变 {seconds:+,.0f} 秒 / the clock jumped by {seconds:+,.0f} s"
