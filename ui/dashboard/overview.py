"""The part of a view between its two forms: the log's state, alerts, drills, cards, charts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from markupsafe import Markup

from monitoring.analysis.drill_runs import drill_runs
from monitoring.analysis.incidents import Alert, alerts
from monitoring.analysis.measures import Measure, at_a_glance
from monitoring.analysis.time_range import TimeRange
from monitoring.reading.log_reader import View
from monitoring.reading.sources import LIVE
from monitoring.window.masks import is_of_others
from ui.dashboard.charts import Charts
from ui.dashboard.guard import Guard
from ui.dashboard.html.alerts import AlertPanel
from ui.dashboard.html.cards import cards
from ui.dashboard.html.controls import source_name
from ui.dashboard.html.drills import drill_panel
from ui.dashboard.html.health import Health, notice, whole_window
from ui.dashboard.html.how_read import how_read
from ui.dashboard.html.mapping_form import mapping_form
from ui.dashboard.html.old_files import old_files
from ui.dashboard.reader import Reader
from ui.dashboard.snapshot import LogState, Snapshot
from ui.texts.words import Words
from ui.view.state import ViewState

# The measures of records that only this app writes.
NEVER_TOLD = frozenset({"alerts", "dropped"})


@dataclass(frozen=True, slots=True)
class Actions:
    """The actions that the reader of a view may take."""

    may_silence: bool
    drills: Sequence[str]  # names of those that may be started
    may_remove: bool  # old files of the log


class Overview:
    """Make the content of the overview; a piece that fails is replaced by its reason."""

    def __init__(
        self, charts: Charts, guard: Guard, clock: Callable[[], float], default_mapping: str = ""
    ) -> None:
        """`default_mapping` holds where an address has no mapping of its own."""
        self._charts = charts
        self._guard = guard
        self._clock = clock
        self._default_mapping = default_mapping

    def content(
        self, state: ViewState, snapshot: Snapshot, actions: Actions, reader: Reader
    ) -> dict[str, Any]:
        """Return the pieces by the names that the page's script knows."""
        interval, view, words = snapshot.interval, snapshot.view, reader.words
        found = cache(lambda: alerts(view.frame))
        panel = AlertPanel(self._clock(), reader.is_operator, actions.may_silence, words)

        def drills_html() -> Markup:
            # A run tells what broke, in the words of the error: that is the operator's.
            runs = drill_runs(view.frame) if reader.is_operator else []
            return drill_panel(actions.drills, runs, interval, words)

        source = source_name(state.source, view.title, words)
        log = snapshot.log
        health = Health(view, log.dropped, log.error, reader.is_operator, log.left_alone)
        return {
            "range": interval.range,
            "interval": [interval.since * 1000, interval.until * 1000],
            "health": health.html(source, interval, words) + self._old_files(log, actions, words),
            "notice": notice(view, len(snapshot.time_range.counted), state.source == LIVE, words),
            **self._of_file(state, view, reader),
            "alerts": self._guard.html("alerts", lambda: panel.html(found(), interval), reader),
            "drills": self._guard.html("drills", drills_html, reader),
            "window": whole_window(view, words),
            **self._numbers(state, snapshot, found, reader),
        }

    def _old_files(self, log: LogState, actions: Actions, words: Words) -> Markup:
        """Return the button that removes old files; none where there is nothing to agree to."""
        if log.left_alone is None or not actions.may_remove:
            return Markup()
        return old_files(log.left_alone, words)

    def _numbers(
        self, state: ViewState, snapshot: Snapshot, found: Callable[[], list[Alert]], reader: Reader
    ) -> dict[str, Any]:
        """Return cards and charts; none while there are no records in a file, or none yet."""
        is_empty_file = state.source != LIVE and not len(snapshot.view.frame)
        if is_empty_file or snapshot.is_unknown:
            return {"cards": Markup(), "figures": {}}
        return {
            "cards": self._guard.html("cards", lambda: _cards(snapshot, found(), reader.words), reader),
            "figures": self._charts.figures(state, snapshot, reader),
        }

    def _of_file(self, state: ViewState, view: View, reader: Reader) -> dict[str, Markup]:
        """Return how the source was read, and the form for its fields; they tell words of the log."""
        if not reader.is_operator:
            return {"reading": Markup(), "mapping": Markup()}

        def form() -> Markup:
            if state.source == LIVE:  # LOG_MAP tells the names of the live log, for everybody.
                return Markup()
            return mapping_form(view, state.source, state.mapping, self._default_mapping, reader.words)

        return {
            "reading": self._guard.html("reading", lambda: how_read(view, reader.words), reader),
            "mapping": self._guard.html("mapping", form, reader),
        }


def _cards(snapshot: Snapshot, found: Sequence[Alert], words: Words) -> Markup:
    """Return the measures of the interval, compared with the interval of the same length before it."""
    interval, view = snapshot.interval, snapshot.view
    before = TimeRange(view.frame, 2 * interval.since - interval.until, interval.since)
    measures = at_a_glance(snapshot.time_range, before, found, view.broken_at)
    if is_of_others(view.frame):
        # Another program writes neither alerts nor lost records: none of them is no 0.
        measures = [
            _unknown(each) if each.name in NEVER_TOLD and not each.value else each for each in measures
        ]
    return cards(measures, words)


def _unknown(measure: Measure) -> Measure:
    """Return a measure of which the log tells nothing."""
    return replace(
        measure, value=None, before=None, series=np.full(len(measure.series), np.nan), alarming=False
    )
