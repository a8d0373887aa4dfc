"""A cache of the capacity of each view: estimating it takes as long as a whole refresh."""

from collections import OrderedDict

from monitoring.analysis.limits import Limits
from monitoring.analysis.time_range import TimeRange
from monitoring.capacity.estimate import Capacity, estimate

KEPT_SECONDS = 60.0
MAX_KEPT = 16


class Forecasts:
    """Keep the forecast of each view for a minute; only one thread at a time may ask for a view."""

    def __init__(self, max_active: int) -> None:
        self._max_active = max_active
        self._kept: OrderedDict[object, tuple[float, Capacity]] = OrderedDict()

    def of(self, scope: object, time_range: TimeRange, limits: Limits, now: float) -> Capacity:
        """Return the kept forecast, or a new one; `now` is in s of a monotonic clock."""
        key = (scope, limits)
        made, forecast = self._kept.get(key, (0.0, None))
        if forecast is None or now - made >= KEPT_SECONDS or forecast.reason:
            forecast = estimate(time_range, limits, self._max_active)
            self._kept[key] = (now, forecast)
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return forecast
