"""What the values of another program's record mean as fields of ours."""

import re
from collections.abc import Mapping
from typing import Any

from monitoring.formats.programs.names import DURATIONS
from monitoring.formats.programs.plans import Plan, Source
from monitoring.formats.values.durations import milliseconds_of
from monitoring.formats.values.outcomes import FAILED_LEVELS, is_level, level_of, outcome_of
from monitoring.record.mapping import number
from monitoring.record.schema import TYPES
from monitoring.record.vocabulary import EVENTS, FINISHED, OK, STATUSES, UNKNOWN_TASK

# The event of a record that is a message, and no request.
MESSAGE = "log"
# A name of an event, not a sentence.
_EVENT_NAME = re.compile(r"[\w.:-]{1,64}")
# Texts that programs write as numbers, too.
_NUMBERED_TEXTS = frozenset({"request_id", "session_id", "task_type", "label", "model"})


def converted(field: str, source: Source, value: Any, plan: Plan) -> Any:
    """Return a value as our field has it; None where it is none."""
    if field in DURATIONS:
        return milliseconds_of(value, source.unit or ("ms" if source.is_mapped else None))
    if field == "level":
        is_python = source.path == "levelno" or bool(plan.program and plan.program.has_python_levels)
        return level_of(value, is_python)
    if field == "status":
        return outcome_of(value)
    kind = TYPES[field]
    if kind is str:
        if isinstance(value, str):
            return value
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return str(value) if is_number and field in _NUMBERED_TEXTS else None
    if kind is bool:
        return value if isinstance(value, bool) else None
    read = number(value)
    return int(read) if read is not None and kind is int and read == int(read) else read


def others(fields: Mapping[str, Any], used: set[str], found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that stand for none of ours; an object of the name of ours keeps its fields only."""
    others: dict[str, Any] = {}
    for name, value in fields.items():
        if name not in TYPES:
            if name not in used and name not in found:
                others[name] = value
        elif isinstance(value, dict):
            others.update({f"{name}.{inner}": each for inner, each in value.items()})
    return others


def settle(found: dict[str, Any], fields: Mapping[str, Any]) -> None:
    """Decide whether a record is a request and how it ended, from what it tells."""
    if isinstance(status := found.get("status"), str) and is_level(status) and status not in STATUSES:
        found.setdefault("level", level_of(found.pop("status")))
    found.setdefault("task_type", UNKNOWN_TASK)
    event = found.get("event")
    if event in EVENTS:
        is_request = event == FINISHED
    else:
        is_request = "response_time_ms" in found
        _settle_event(found, event, is_request)
    if is_request and "status" not in found:
        found["status"] = "error" if found.get("level") in FAILED_LEVELS else OK


def _settle_event(found: dict[str, Any], event: str | None, is_request: bool) -> None:
    """Give a record an event of ours; what it told as its event is its message, or stays beside it."""
    if event is not None and "message" not in found:
        found["message"] = event
    elif event is not None and not is_request and _EVENT_NAME.fullmatch(event):
        return
    elif event:
        found["event_name"] = event
    found["event"] = FINISHED if is_request else MESSAGE
