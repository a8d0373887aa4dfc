"""Which alerts are active and which were, as HTML."""

import html
from collections.abc import Sequence
from urllib.parse import urlencode

from monitoring.alerts.records import FIRED
from monitoring.analysis.incidents import Alert
from ui.dashboard.html.format import moment
from ui.texts.words import Words
from ui.view.interval import Interval

MOST_ENDED = 5  # newest ones within the shown time


def alert_panel(
    alerts: Sequence[Alert], interval: Interval, now: float, may_silence: bool, words: Words
) -> str:
    """Return the active alerts, then the newest that ended in the shown time; nothing where there is none."""
    active = [alert for alert in alerts if alert.until > now]
    ended = [alert for alert in alerts if interval.since <= alert.until <= min(now, interval.until)]
    shown = [*active, *reversed(ended[-MOST_ENDED:])]
    if not shown:
        return ""
    rows = "".join(_row(alert, now, may_silence, words) for alert in shown)
    return f"<ul class='alerts' aria-label='{html.escape(words['alerts'])}'>{rows}</ul>"


def _row(alert: Alert, now: float, may_silence: bool, words: Words) -> str:
    is_active, is_silenced = alert.until > now, alert.silenced_until > now
    state = "ended" if not is_active else "silenced" if is_silenced else "firing"
    times = words["alert_since"].format(since=moment(alert.since))
    if not is_active:
        times = words["alert_ended"].format(since=moment(alert.since), until=moment(alert.until))
    elif is_silenced:
        times += words["alert_silenced"].format(until=moment(alert.silenced_until))
    text = str(alert.fields.get("message") or alert.name).removeprefix(FIRED)
    button = _button(alert, words) if may_silence and state == "firing" else ""
    return (
        f"<li class='{state}'><b>{html.escape(words[f'alert_{state}_name'])}</b> {html.escape(text)} "
        f"<small>{html.escape(times)}</small> {_evidence(alert)} {button}</li>"
    )


def _evidence(alert: Alert) -> str:
    """Return links to the requests that the alert names."""
    named = alert.fields.get("requests")
    requests = [name for name in named if isinstance(name, str)] if isinstance(named, list) else []
    links = (
        f"<a href='?{html.escape(urlencode({'request': name}))}' data-request='{html.escape(name)}'>"
        f"{html.escape(name[:8])}</a>"
        for name in requests
    )
    return " ".join(links)


def _button(alert: Alert, words: Words) -> str:
    what = urlencode({"rule": str(alert.fields.get("rule")), "task": str(alert.fields.get("task_type"))})
    return (
        f"<button type='button' data-silence='{html.escape(what)}'>{html.escape(words['silence'])}</button>"
    )
