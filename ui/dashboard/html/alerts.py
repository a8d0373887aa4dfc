"""The active alerts and those that ended, as HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup, escape

from monitoring.alerts.records import text_of
from monitoring.analysis.incidents import Alert
from monitoring.record.mapping import number
from monitoring.record.visible import visible
from ui.dashboard.html.format import MAX_TEXT_CHARS, and_more, moment, shortened
from ui.texts.words import MAX_NAME_CHARS, Words
from ui.view.interval import Interval

MAX_ACTIVE = 50  # the newest active alerts
MAX_ENDED = 5  # the newest alerts that ended within the shown time
MAX_REQUESTS = 20  # of one alert
MAX_ID_CHARS = 64


@dataclass(frozen=True, slots=True)
class AlertPanel:
    """The alerts of a log at the moment `now`, in s since the epoch.

    The operator sees the alerts' own messages, and which alerts are silenced; a visitor sees their numbers.
    """

    now: float
    for_operator: bool
    may_silence: bool
    words: Words

    def html(self, alerts: Sequence[Alert], interval: Interval) -> Markup:
        """Return the active alerts, then the newest that ended in the shown time; "" where there is none."""
        active = [alert for alert in alerts if alert.is_active]
        ended = [alert for alert in alerts if interval.since <= alert.until <= interval.until]
        shown = [*active[-MAX_ACTIVE:], *reversed(ended[-MAX_ENDED:])]
        if not shown:
            return Markup()
        rows = Markup().join(self._row(alert) for alert in shown)
        if more := and_more(len(active) - MAX_ACTIVE, self.words):
            rows += Markup("<li>{}</li>").format(more)
        return Markup("<ul class='alerts' aria-label='{}'>{}</ul>").format(self.words["alerts"], rows)

    def _row(self, alert: Alert) -> Markup:
        state = self._state(alert)
        button = self._button(alert) if self.may_silence and state == "firing" else ""
        return Markup("<li class='{}'><b>{}</b> {} <small>{}</small> {} {}</li>").format(
            state,
            self.words[f"alert_{state}_name"],
            self._text(alert),
            self._times(alert, state),
            self._evidence(alert),
            button,
        )

    def _state(self, alert: Alert) -> str:
        if not alert.is_active:
            return "withdrawn" if alert.is_withdrawn else "ended"
        return "silenced" if self.for_operator and alert.silenced_until > self.now else "firing"

    def _text(self, alert: Alert) -> str:
        """Return what is wrong: for a visitor made of the rule, the task and two numbers."""
        if self.for_operator:
            return shortened(text_of(alert.fields) or alert.name, MAX_TEXT_CHARS)
        rule, task = (
            shortened(str(alert.fields.get(name)), MAX_NAME_CHARS) for name in ("rule", "task_type")
        )
        value, limit = (number(alert.fields.get(name)) for name in ("value", "limit"))
        if value is None or limit is None:
            return f"{rule} ({task})"
        return f"{rule} ({task}): {value:,.4g}, {self.words['limit']} {limit:,.4g}"

    def _times(self, alert: Alert, state: str) -> Markup:
        since = moment(alert.since)
        if not alert.is_active:
            return escape(self.words["alert_ended"]).format(since=since, until=moment(alert.until))
        times = escape(self.words["alert_since"]).format(since=since)
        if state == "silenced":
            times += escape(self.words["alert_silenced"]).format(until=moment(alert.silenced_until))
        return times

    def _evidence(self, alert: Alert) -> Markup:
        """Return links to the requests that the alert names."""
        named = alert.fields.get("requests")
        requests = [name for name in named if isinstance(name, str)] if isinstance(named, list) else []
        link = Markup("<a href='?{}' data-request='{}'>{}</a>")
        shown = [name[:MAX_ID_CHARS] for name in requests[:MAX_REQUESTS]]
        links = [link.format(urlencode({"request": name}), name, visible(name[:8])) for name in shown]
        return Markup(" ").join([*links, and_more(len(requests) - MAX_REQUESTS, self.words)])

    def _button(self, alert: Alert) -> Markup:
        rule, task = (str(alert.fields.get(name))[:MAX_NAME_CHARS] for name in ("rule", "task_type"))
        return Markup("<button type='button' data-silence='{}'>{}</button>").format(
            urlencode({"rule": rule, "task": task}), self.words["silence"]
        )
