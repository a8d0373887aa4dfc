"""The active alerts and those that ended, as HTML."""

from collections.abc import Sequence
from urllib.parse import urlencode

from markupsafe import Markup

from monitoring.alerts.records import text_of
from monitoring.analysis.incidents import Alert
from ui.dashboard.html.format import moment
from ui.texts.words import Words
from ui.view.interval import Interval

MAX_ENDED = 5  # the newest alerts that ended within the shown time


def alert_panel(
    alerts: Sequence[Alert], interval: Interval, now: float, may_silence: bool, words: Words
) -> Markup:
    """Return the active alerts, then the newest that ended in the shown time; "" where there is none."""
    active = [alert for alert in alerts if alert.until > now]
    ended = [alert for alert in alerts if interval.since <= alert.until <= min(now, interval.until)]
    shown = [*active, *reversed(ended[-MAX_ENDED:])]
    if not shown:
        return Markup()
    rows = Markup().join(_row(alert, now, may_silence, words) for alert in shown)
    return Markup("<ul class='alerts' aria-label='{}'>{}</ul>").format(words["alerts"], rows)


def _row(alert: Alert, now: float, may_silence: bool, words: Words) -> Markup:
    is_active, is_silenced = alert.until > now, alert.silenced_until > now
    state = "ended" if not is_active else "silenced" if is_silenced else "firing"
    text = text_of(alert.fields) or alert.name
    button = _button(alert, words) if may_silence and state == "firing" else ""
    return Markup("<li class='{}'><b>{}</b> {} <small>{}</small> {} {}</li>").format(
        state, words[f"alert_{state}_name"], text, _times(alert, state, words), _evidence(alert), button
    )


def _times(alert: Alert, state: str, words: Words) -> str:
    since = moment(alert.since)
    if state == "ended":
        return words["alert_ended"].format(since=since, until=moment(alert.until))
    times = words["alert_since"].format(since=since)
    if state == "silenced":
        times += words["alert_silenced"].format(until=moment(alert.silenced_until))
    return times


def _evidence(alert: Alert) -> Markup:
    """Return links to the requests that the alert names."""
    named = alert.fields.get("requests")
    requests = [name for name in named if isinstance(name, str)] if isinstance(named, list) else []
    link = Markup("<a href='?{}' data-request='{}'>{}</a>")
    return Markup(" ").join(link.format(urlencode({"request": name}), name, name[:8]) for name in requests)


def _button(alert: Alert, words: Words) -> Markup:
    query = urlencode({"rule": str(alert.fields.get("rule")), "task": str(alert.fields.get("task_type"))})
    return Markup("<button type='button' data-silence='{}'>{}</button>").format(query, words["silence"])
