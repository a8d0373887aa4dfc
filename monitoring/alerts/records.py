"""An alert as a record, and as a line for people."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from monitoring.alerts.condition import Change
from monitoring.alerts.signal import MAX_REQUESTS
from monitoring.alerts.watching.told_alerts import ACTIVE
from monitoring.record.timestamps import timestamp
from monitoring.record.visible import visible

# The most characters of a message, and of the name of a task or a request, which may be any program's.
MAX_MESSAGE_CHARS = 500
MAX_NAME_CHARS = 200
# The message of a record begins with one of these, so that the log can be read without this program.
_BEGINNINGS = {
    "alert.fired": "告警: ",
    "alert.updated": "告警更新: ",
    "alert.resolved": "告警解除: ",
    "alert.withdrawn": "告警撤回: ",
}


def record_of(change: Change) -> dict[str, Any]:
    """Return the fields of the record for a change."""
    return {
        "level": change.level if change.event in ACTIVE else "INFO",
        "message": f"{_BEGINNINGS[change.event]}{describe(change)}"[:MAX_MESSAGE_CHARS],
        "task_type": change.task[:MAX_NAME_CHARS],
        "event": change.event,
        "rule": change.rule,
        "measure": change.measure,
        "value": round(change.value, 4),
        "limit": round(change.limit, 4),
        "since": timestamp(change.since),
        "decided": timestamp(change.time),
        "requests": _names(change),
        "silenced": change.is_silenced,
    }


def text_of(record: Mapping[str, Any]) -> str:
    """Return what an alert's record says is wrong, as `describe` wrote it; "" where it says nothing."""
    text = str(record.get("message") or "")
    beginning = next((each for each in _BEGINNINGS.values() if text.startswith(each)), "")
    return text.removeprefix(beginning)


def describe(change: Change) -> str:
    """Describe a change in one line, of which all can be seen."""
    task = visible(change.task[:MAX_NAME_CHARS])
    return f"{change.rule} ({task}): {change.measure}: {change.value:,.4g}, limit {change.limit:,.4g}"


def line_of(change: Change) -> str:
    """Return one line of a report, with time, change and requests."""
    moment = datetime.fromtimestamp(change.time, UTC)
    requests = f"  requests {visible(', '.join(_names(change)))}" if change.requests else ""
    return f"{moment:%Y-%m-%d %H:%M:%S} {change.event.removeprefix('alert.'):8} {describe(change)}{requests}"


def _names(change: Change) -> list[str]:
    return [request[:MAX_NAME_CHARS] for request in change.requests[-MAX_REQUESTS:]]
