"""The capacity of each view, worked out again once a minute: that takes as long as a whole refresh."""

from collections import OrderedDict

from monitoring.analysis.limits import Limits
from monitoring.analysis.time_range import Stretch
from monitoring.capacity.estimate import Capacity, estimate

KEPT_SECONDS = 60.0
MOST_KEPT = 16


class Forecasts:
    """Hold the newest forecast of each view; one caller at a time for each view."""

    def __init__(self, most_active: int) -> None:
        self._most_active = most_active
        self._kept: OrderedDict[object, tuple[float, Capacity]] = OrderedDict()

    def of(self, view: object, stretch: Stretch, limits: Limits, moment: float) -> Capacity:
        """Return a view's forecast: the one of the last minute, or a new one; `moment` is in s, monotonic."""
        key = (view, limits)
        made, found = self._kept.get(key, (0.0, None))
        if found is None or moment - made >= KEPT_SECONDS or found.reason:
            found = estimate(stretch, limits, self._most_active)
            self._kept[key] = (moment, found)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found
