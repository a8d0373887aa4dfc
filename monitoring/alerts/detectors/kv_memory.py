"""What the model's KV caches explain of a growth of the memory.

An engine keeps keys and values of the tokens that it has read, within a budget. So a process grows until the
caches are full, and that is no leak. Records tell the MiB that the caches take, or have reserved, and the
budget (docs/log-record.md); where they do not, nothing is explained.
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from monitoring.alerts.observation import Observation

# The share of a growth that the caches must have grown by, to be taken for its cause.
CAUSE_SHARE = 0.25
# The memory of a cache, as a multiple of its keys and values: the allocator and Python keep some beside them.
OVERHEAD = 1.25
# Memory that is reserved is written to within this time: until then the resident set grows behind.
FILL_SECONDS = 120.0
MAX_LOOKS = 256


class Look(NamedTuple):
    """What a record tells of the memory at one moment."""

    # Seconds since the epoch.
    time: float
    # The resident set in MiB.
    memory_mb: float
    # What the caches take or have reserved in MiB.
    kv_mb: float


class KVMemory:
    """The newest looks at the memory of the KV caches."""

    def __init__(self) -> None:
        self._budget_mb = math.nan
        self._looks: deque[Look] = deque(maxlen=MAX_LOOKS)

    def add(self, seen: Observation) -> None:
        """Take in a record, which may tell the caches' memory."""
        if not math.isnan(seen.kv_mb + seen.memory_usage_mb):
            self._looks.append(Look(seen.time, seen.memory_usage_mb, seen.kv_mb))
        if not math.isnan(seen.kv_budget_mb):
            self._budget_mb = seen.kv_budget_mb

    def explained(self, begin_mb: Sequence[float], all_mb: Sequence[float], growth_mb: float) -> float:
        """Return the MiB of a growth that the caches explain.

        `begin_mb` are looks at the caches at the begin of the growth, `all_mb` until its end; NaN is no look.
        As long as the caches grow, they may go on until their budget, so all that is left of it is explained;
        when they have stopped, only what they have grown by.
        """
        levels = _known(all_mb)
        if not levels:
            return 0.0
        level, highest = max(_known(begin_mb), default=0.0), max(levels)
        if highest - level >= CAUSE_SHARE * growth_mb and self._budget_mb > highest:
            highest = self._budget_mb
        return max(0.0, highest - level) * OVERHEAD

    def explained_lately(self, begin: float, begin_mb: float, growth_mb: float) -> float:
        """Return the MiB that the caches explain of a growth until now.

        It began at `begin`, in s since the epoch, with a resident set of `begin_mb`. Reserved memory is
        filled later, so the growth may belong to what was reserved shortly before.
        """
        if not self._looks:
            return 0.0
        filled = [look for look in self._looks if look.time < begin - FILL_SECONDS]
        before = [look.kv_mb for look in self._looks if begin - FILL_SECONDS <= look.time <= begin]
        during = [look.kv_mb for look in self._looks if look.time > begin]
        if not during:
            # Nobody has looked since: the caches may have grown to their budget.
            room = self._budget_mb - self._looks[-1].kv_mb
            return room * OVERHEAD if room > 0 else 0.0
        lately = [*before, *during]
        explained = self.explained([min(before, default=during[0])], lately, growth_mb)
        if not filled:
            return explained
        # Up to the highest resident set so far, memory that was given back comes back. Beyond it, growth is
        # explained only where the caches, too, take more than they ever did.
        again = max(0.0, max(look.memory_mb for look in filled) - begin_mb)
        return min(explained, again + self.explained([max(look.kv_mb for look in filled)], lately, growth_mb))


def _known(values: Iterable[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]
