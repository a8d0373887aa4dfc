"""A cache of the capacity of each view: estimating it takes as long as a whole refresh."""

import threading
import time
from collections.abc import Callable

from cachetools import TTLCache

from monitoring.analysis.limits import Limits
from monitoring.analysis.time_range import TimeRange
from monitoring.capacity.estimate import Capacity, estimate

KEPT_SECONDS = 60.0
MAX_KEPT = 16


class Forecasts:
    """Keep the forecast of each view for a minute; any thread may ask."""

    def __init__(self, max_active: int, timer: Callable[[], float] = time.monotonic) -> None:
        self._max_active = max_active
        self._kept: TTLCache[object, Capacity] = TTLCache(MAX_KEPT, KEPT_SECONDS, timer)
        self._lock = threading.Lock()

    def of(self, scope: object, time_range: TimeRange, limits: Limits) -> Capacity:
        """Return the kept forecast, or a new one; one with too few messages is not kept."""
        key = (scope, limits)
        with self._lock:
            forecast = self._kept.get(key)
        if forecast is None:
            forecast = estimate(time_range, limits, self._max_active)
            if not forecast.reason:
                with self._lock:
                    self._kept[key] = forecast
        return forecast
