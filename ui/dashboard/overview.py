"""The part of a view between its two forms: the log's state, alerts, drills, cards, charts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from monitoring.analysis.drill_runs import drill_runs
from monitoring.analysis.incidents import Alert, alerts
from monitoring.analysis.measures import at_a_glance
from monitoring.analysis.time_range import TimeRange
from monitoring.reading.sources import LIVE
from ui.dashboard.charts import Charts
from ui.dashboard.guard import Guard
from ui.dashboard.html.alerts import alert_panel
from ui.dashboard.html.cards import cards
from ui.dashboard.html.controls import source_name
from ui.dashboard.html.drills import drill_panel
from ui.dashboard.html.health import health, notice, whole_window
from ui.dashboard.snapshot import Snapshot
from ui.texts.words import Words
from ui.view.state import ViewState


@dataclass(frozen=True, slots=True)
class Actions:
    """The actions that the reader of a view may take."""

    may_silence: bool
    drills: Sequence[str]  # names of those that may be started


class Overview:
    """Make the content of the overview; a piece that fails is replaced by its reason."""

    def __init__(self, charts: Charts, guard: Guard, clock: Callable[[], float]) -> None:
        self._charts = charts
        self._guard = guard
        self._clock = clock

    def content(self, state: ViewState, snapshot: Snapshot, actions: Actions, words: Words) -> dict[str, Any]:
        """Return the pieces by the names that the page's script knows."""
        interval, view, log = snapshot.interval, snapshot.view, snapshot.log
        found = alerts(view.frame)

        def alerts_html() -> Markup:
            return alert_panel(found, interval, self._clock(), actions.may_silence, words)

        def drills_html() -> Markup:
            return drill_panel(actions.drills, drill_runs(view.frame), interval, words)

        source = source_name(state.source, words)
        return {
            "range": interval.range,
            "interval": [interval.since * 1000, interval.until * 1000],
            "health": health(view, source, interval, log.dropped, log.error, words),
            "notice": notice(view, interval, len(snapshot.time_range.requests), state.source == LIVE, words),
            "alerts": self._guard.html("alerts", alerts_html, words),
            "drills": self._guard.html("drills", drills_html, words),
            "cards": self._guard.html("cards", lambda: _cards(snapshot, found, words), words),
            "window": whole_window(view, words),
            "figures": self._charts.figures(state, snapshot, words),
        }


def _cards(snapshot: Snapshot, found: Sequence[Alert], words: Words) -> Markup:
    """Return the measures of the interval, compared with the interval of the same length before it."""
    interval, view = snapshot.interval, snapshot.view
    before = TimeRange(view.frame, 2 * interval.since - interval.until, interval.since)
    return cards(at_a_glance(snapshot.time_range, before, found, view.broken_at), words)
