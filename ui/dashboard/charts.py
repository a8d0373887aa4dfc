"""The charts of the dashboard: which there are, and their figures for one view."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from monitoring.analysis.incidents import Mark, marks
from monitoring.analysis.limits import Limits
from monitoring.analysis.time_range import TimeRange
from monitoring.charts import answers, latency, requests, resources
from monitoring.charts.capacity import capacity
from monitoring.charts.parts import ChartData
from monitoring.charts.traces import Figure
from ui.dashboard.forecasts import Forecasts
from ui.dashboard.guard import Guard
from ui.dashboard.reader import Reader
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
    "labels": answers.labels,
    "confidence": answers.confidence,
    "memory": resources.memory,
    "cpu": resources.cpu,
}
CAPACITY = "capacity"  # the last chart, which is drawn from a forecast and does not zoom
# Zoomed to one request, these tell what the model thought of its text.
OPERATOR_CHARTS = ("labels", "confidence")


class Charts:
    """Draw the charts of a view; a chart that fails does not affect the others."""

    def __init__(self, limits: Callable[[], Limits], max_active: int, guard: Guard) -> None:
        self._limits = limits
        self._forecasts = Forecasts(max_active)
        self._guard = guard

    def figures(self, state: ViewState, snapshot: Snapshot, reader: Reader) -> dict[str, Figure]:
        """Return a figure for each name in `CHARTS` that the reader may see, and the one of the capacity."""
        limits = self._limits()
        data = self._data(state, snapshot, limits, reader)
        makers = {
            name: partial(draw, data, reader.words)
            for name, draw in CHARTS.items()
            if reader.is_operator or name not in OPERATOR_CHARTS
        }
        makers[CAPACITY] = partial(self._capacity, state, snapshot, limits, reader.words)
        return {name: self._guard.figure(name, make, reader) for name, make in makers.items()}

    def _data(self, state: ViewState, snapshot: Snapshot, limits: Limits, reader: Reader) -> ChartData:
        frame = snapshot.view.frame
        shown = TimeRange(frame, *state.zoom) if state.zoom else snapshot.time_range
        none: list[Mark] = []
        found = self._guard.value("marks", lambda: marks(shown.all.frame, MAX_MARKS), none)
        if not reader.is_operator:
            found = [replace(mark, text=mark.subject) for mark in found]
        return ChartData(shown, found, limits)

    def _capacity(self, state: ViewState, snapshot: Snapshot, limits: Limits, words: Words) -> Figure:
        forecast = self._forecasts.of(state.scope, snapshot.time_range, limits)
        return capacity(forecast, limits, words)
