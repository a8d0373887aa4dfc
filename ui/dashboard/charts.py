"""The charts of the dashboard: which there are, and their figures for one view."""

from collections.abc import Callable
from functools import partial

from monitoring.analysis.incidents import marks
from monitoring.analysis.limits import Limits
from monitoring.analysis.time_range import TimeRange
from monitoring.charts import latency, requests, resources
from monitoring.charts.capacity import capacity
from monitoring.charts.parts import ChartData
from monitoring.charts.traces import Figure
from ui.dashboard.forecasts import Forecasts
from ui.dashboard.guard import Guard
from ui.dashboard.snapshot import Snapshot
from ui.texts.words import Words
from ui.view.state import ViewState

MAX_MARKS = 50  # alerts and restarts in one chart
# Every chart, in the order of the page.
# A new chart needs its function in monitoring/charts, its texts, and a line here.
CHARTS: dict[str, Callable[[ChartData, Words], Figure]] = {
    "latency": latency.latency,
    "histogram": latency.histogram,
    "phases": latency.phases,
    "throughput": requests.throughput,
    "speed": requests.speed,
    "labels": requests.labels,
    "memory": resources.memory,
    "cpu": resources.cpu,
}
CAPACITY = "capacity"  # the last chart, which is drawn from a forecast and does not zoom


class Charts:
    """Draw the charts of a view; a chart that fails does not affect the others."""

    def __init__(self, limits: Callable[[], Limits], max_active: int, guard: Guard) -> None:
        self._limits = limits
        self._forecasts = Forecasts(max_active)
        self._guard = guard

    def figures(self, state: ViewState, snapshot: Snapshot, words: Words) -> dict[str, Figure]:
        """Return a figure for each name in `CHARTS`, and the one of the capacity."""
        limits = self._limits()
        data = self._data(state, snapshot, limits)
        makers = {name: partial(draw, data, words) for name, draw in CHARTS.items()}
        makers[CAPACITY] = partial(self._capacity, state, snapshot, limits, words)
        return {name: self._guard.figure(name, make, words) for name, make in makers.items()}

    def _data(self, state: ViewState, snapshot: Snapshot, limits: Limits) -> ChartData:
        frame = snapshot.view.frame
        shown = TimeRange(frame, *state.zoom) if state.zoom else snapshot.time_range
        return ChartData(shown, marks(shown.all.frame, MAX_MARKS), limits)

    def _capacity(self, state: ViewState, snapshot: Snapshot, limits: Limits, words: Words) -> Figure:
        forecast = self._forecasts.of(state.scope, snapshot.time_range, limits)
        return capacity(forecast, limits, words)
