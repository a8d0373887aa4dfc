"""What a page gets when it asks: the parts of its view that have changed since it asked last."""

import gzip
import html
import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import msgspec

from drills.runner import Drills
from monitoring.analysis.drill_runs import DrillRun, drill_runs
from monitoring.analysis.incidents import alerts, marks
from monitoring.analysis.limits import Limits
from monitoring.analysis.measures import at_a_glance
from monitoring.analysis.time_range import Stretch
from monitoring.capacity.simulation import MAX_ACTIVE
from monitoring.charts import requests as figures
from monitoring.charts import resources as resource_figures
from monitoring.charts.capacity import capacity
from monitoring.charts.parts import ChartData, Figure
from monitoring.config import MonitoringConfig
from monitoring.reading.sources import LIVE, UPLOAD, Sources
from monitoring.writing.logger import LOGGER_NAME
from ui.dashboard.forecasts import Forecasts
from ui.dashboard.html import controls
from ui.dashboard.html.alerts import alert_panel
from ui.dashboard.html.cards import cards
from ui.dashboard.html.drills import drill_panel
from ui.dashboard.html.health import health, notice, whole_window
from ui.dashboard.html.table import table
from ui.dashboard.interval import resolve
from ui.dashboard.selection import Selection
from ui.dashboard.snapshot import LogState, Snapshot
from ui.dashboard.view_state import State, parse
from ui.texts.words import Words

MOST_SNAPSHOTS = 16
KEPT_SECONDS = 60.0  # that nobody asked for one: it holds on to the window as it was
MOST_MARKS = 50
CHARTS: dict[str, Callable[[ChartData, Words], Figure]] = {
    "latency": figures.latency,
    "histogram": figures.histogram,
    "phases": figures.phases,
    "throughput": figures.throughput,
    "speed": figures.speed,
    "labels": figures.labels,
    "memory": resource_figures.memory,
    "cpu": resource_figures.cpu,
}
CAPACITY = "capacity"  # a chart that is not of one moment

Part = tuple[str, bytes]  # its tag, and it as JSON


class Dashboard:
    """Answer any number of pages; whoever looks at the same gets the same bytes."""

    def __init__(
        self,
        sources: Sources,
        config: MonitoringConfig,
        log_state: Callable[[], LogState],
        clock: Callable[[], float] = time.time,
        limits: Callable[[], Limits] = Limits,
        silence: Callable[[str, str, float], None] | None = None,
        drills: Drills | None = None,
        most_active: int = MAX_ACTIVE,
    ) -> None:
        self.sources = sources
        self._config = config
        self._log_state = log_state
        self._clock = clock
        self._limits = limits
        self.silence = silence  # told a rule, a task, and until when (s since the epoch); None: nobody may
        self.drills = drills  # None: none may be started
        self._forecasts = Forecasts(most_active)
        self._process = secrets.token_hex(4)  # tags of another process are no tags of this one
        self._snapshots: OrderedDict[object, Snapshot] = OrderedDict()  # who was asked for last is last
        self._asked: dict[object, float] = {}  # when, in s of a monotonic clock
        self._serial = 0
        self._lock = threading.Lock()
        self._reported: set[tuple[str, type[Exception]]] = set()

    def answer(self, query: str, have: frozenset[str], words: Words) -> bytes | None:
        """Return the parts of a view whose tags are not in `have`, as gzipped JSON; None where all are.

        Raises:
            StateError: the query is no view.
            UnknownSourceError: its source is not there (any more).
        """
        state = _parsed(query)
        snapshot = self.snapshot(state)
        language = words["language"]
        keys = {
            "view": ("view", state.source, language),
            "filter": ("filter", state.source, language),
            "overview": ("overview", state.source, state.zoom, language),
            "table": ("table", state.filter, state.sort, state.is_descending, state.page, language),
        }
        makers: dict[str, Callable[[], dict[str, Any]]] = {
            "view": lambda: self._view_form(state, words),
            "filter": lambda: self._filter_form(state, snapshot, words),
            "overview": lambda: self._overview(state, snapshot, words),
            "table": lambda: self._table(state, snapshot, words),
        }
        tags = {name: f"{self._process}.{snapshot.serial}.{hash(key):x}" for name, key in keys.items()}
        wanted = [name for name, tag in tags.items() if tag not in have]
        if not wanted:
            return None

        def part(name: str) -> bytes:
            return snapshot.once(
                keys[name], lambda: msgspec.json.encode({"tag": tags[name], **makers[name]()})
            )

        parts = {name: part(name) for name in wanted}
        body = b",".join(b'"%s":%s' % (name.encode(), content) for name, content in parts.items())
        return snapshot.once(
            ("body", *(keys[name] for name in wanted)), lambda: gzip.compress(b"{%s}" % body, 1)
        )

    def snapshot(self, state: State) -> Snapshot:
        """Look at a source, or return the last look where it is fresh or nothing is new."""
        key = (state.source, state.range, state.since, state.until)
        with self._lock:
            moment = time.monotonic()
            self._forget(moment - KEPT_SECONDS)
            old = self._snapshots.get(key)
            if old is not None:
                self._note(key, moment)
            if old is not None and old.is_fresh(moment):
                return old
            view, log = self.sources.view(state.source), self._log_state()
            interval = resolve(state, view, self._clock())
            if old is not None and not old.is_news(view, interval, log):
                return old
            self._serial += 1
            self._snapshots[key] = Snapshot.take(self._serial, moment, view, interval, log)
            self._note(key, moment)
            return self._snapshots[key]

    def _note(self, key: object, moment: float) -> None:
        self._snapshots.move_to_end(key)
        self._asked[key] = moment

    def _forget(self, since: float) -> None:
        """Give up what nobody has asked for since then, and what is too much."""
        while self._snapshots:
            oldest = next(iter(self._snapshots))
            if self._asked[oldest] >= since and len(self._snapshots) < MOST_SNAPSHOTS:
                break
            del self._snapshots[oldest], self._asked[oldest]

    def degraded(self) -> bool:
        """Tell whether the model fails again and again, as the live log's alerts say."""
        active = (alert for alert in alerts(self.sources.view(LIVE).frame) if alert.until > self._clock())
        return any(alert.fields.get("rule") == "failing_task" for alert in active)

    def drill_runs(self) -> list[DrillRun]:
        """Return the newest drills, as the live log tells, oldest first."""
        return drill_runs(self.sources.view(LIVE).frame)

    def selection(self, state: State, snapshot: Snapshot) -> Selection:
        """Return which records the table shows."""
        return Selection(state, snapshot, self._config, self.hides_texts(state))

    def hides_texts(self, state: State) -> bool:
        """Tell whether messages' texts are not to be shown; who uploads a file may see what is in it."""
        return self._config.log_content == "none" and not state.source.startswith(UPLOAD)

    def _view_form(self, state: State, words: Words) -> dict[str, Any]:
        names = self.sources.names()
        if state.source not in names:
            names.append(state.source)
        return {"html": controls.view_form(names, words)}

    def _filter_form(self, state: State, snapshot: Snapshot, words: Words) -> dict[str, Any]:
        note = words["texts_hidden"] if self.hides_texts(state) else ""
        return {"html": controls.filter_form(snapshot.view.frame, note, words)}

    def _overview(self, state: State, snapshot: Snapshot, words: Words) -> dict[str, Any]:
        interval, view, log = snapshot.interval, snapshot.view, snapshot.log
        name = controls.source_name(state.source, words)

        found = alerts(view.frame)

        def shown_cards() -> str:
            past = Stretch(view.frame, 2 * interval.since - interval.until, interval.since)
            measures = at_a_glance(snapshot.stretch, past, found, view.broken_at)
            return cards(measures, words)

        def shown_alerts() -> str:
            may_silence = self.silence is not None and state.source == LIVE
            return alert_panel(found, interval, self._clock(), may_silence, words)

        def shown_drills() -> str:
            names = self.drills.names if self.drills is not None and state.source == LIVE else ()
            return drill_panel(names, drill_runs(view.frame), interval, words)

        return {
            "range": interval.range,
            "interval": [interval.since * 1000, interval.until * 1000],
            "health": health(view, name, interval, log.dropped, log.error, words),
            "notice": notice(view, interval, len(snapshot.stretch.requests), words),
            "alerts": self._guarded("alerts", shown_alerts, words),
            "drills": self._guarded("drills", shown_drills, words),
            "cards": self._guarded("cards", shown_cards, words),
            "window": whole_window(view, words),
            "figures": self._figures(state, snapshot, words),
        }

    def _figures(self, state: State, snapshot: Snapshot, words: Words) -> dict[str, Figure]:
        stretch = Stretch(snapshot.view.frame, *state.zoom) if state.zoom else snapshot.stretch
        limits = self._limits()
        data = ChartData(stretch, marks(stretch.all.frame, MOST_MARKS), limits)

        def forecast() -> Figure:  # of the whole time, whatever part of it is looked at
            view = (state.source, state.range, state.since, state.until)
            found = self._forecasts.of(view, snapshot.stretch, limits, time.monotonic())
            return capacity(found, limits, words)

        makers = {name: partial(draw, data, words) for name, draw in CHARTS.items()} | {CAPACITY: forecast}
        drawn = {}
        for name, make in makers.items():
            try:
                drawn[name] = make()
            except Exception as error:  # one chart that fails must not take the others with it
                drawn[name] = {"error": self._failed(name, error, words)}
        return drawn

    def _table(self, state: State, snapshot: Snapshot, words: Words) -> dict[str, Any]:
        def shown() -> str:
            selection = self.selection(state, snapshot)
            return table(selection.frame(), state, selection.tools(), words)

        return {"html": self._guarded("table", shown, words)}

    def _guarded(self, name: str, make: Callable[[], str], words: Words) -> str:
        """Make a piece of HTML; where that fails, the piece says so."""
        try:
            return make()
        except Exception as error:  # one piece that fails must not take the page with it
            return f"<div class='notice' role='alert'>{html.escape(self._failed(name, error, words))}</div>"

    def _failed(self, name: str, error: Exception, words: Words) -> str:
        if (name, type(error)) not in self._reported:
            self._reported.add((name, type(error)))
            logging.getLogger(LOGGER_NAME).error("the dashboard's %s failed", name, exc_info=error)
        return words["part_failed"].format(error=f"{type(error).__name__}: {error}")


@lru_cache(maxsize=256)
def _parsed(query: str) -> State:
    return parse(query)
