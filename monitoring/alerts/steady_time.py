"""The time of the rules, which goes on evenly where the wall clock jumps."""

import math

# Records that were written just before a jump are read within this time after it, in s.
TRANSIT_SECONDS = 10.0


class SteadyTime:
    """Turns moments of the wall clock into moments that no jump of it moves, and back.

    Both are in s since the epoch, and the same until the first jump.
    """

    def __init__(self) -> None:
        # By how many seconds the wall clock is ahead of the steady time.
        self.ahead = 0.0
        self._jump = 0.0
        self._transit_ends = -math.inf

    def on_jump(self, seconds: float, now: float) -> None:
        """Take in that the wall clock jumped by so many seconds at the steady moment `now`."""
        self.ahead += seconds
        self._jump, self._transit_ends = seconds, now + TRANSIT_SECONDS

    def of(self, moment: float, now: float) -> float:
        """Return the steady moment of a record that was dated by the wall clock, and is read at `now`."""
        steady = moment - self.ahead
        before_jump = steady + self._jump
        if now < self._transit_ends and abs(before_jump - now) < abs(steady - now):
            return before_jump
        return steady
