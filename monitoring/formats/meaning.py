"""What the values of another program's record mean as fields of ours."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from monitoring.formats.programs.names import DURATIONS, EXTRA
from monitoring.formats.programs.plans import Plan, Source
from monitoring.formats.values.durations import milliseconds_of, unit_of_name
from monitoring.formats.values.field_paths import lookup
from monitoring.formats.values.objects import plain_value
from monitoring.formats.values.outcomes import FAILED_LEVELS, is_level, level_of, outcome_of
from monitoring.record.mapping import number
from monitoring.record.schema import TYPES
from monitoring.record.vocabulary import EVENTS, FINISHED, OK, STATUSES, UNKNOWN_TASK

# A longer name of a field is cut where it is told.
MAX_NAME_CHARS = 100
# Nothing that a program logs takes less.
LEAST_NANOSECONDS = 1000
# The event of a record that is a message, and no request.
MESSAGE = "log"
# A name of an event, not a sentence.
_EVENT_NAME = re.compile(r"[\w.:-]{1,64}")
# Texts that programs write as numbers, too.
_NUMBERED_TEXTS = frozenset({"request_id", "session_id", "task_type", "label", "model"})


def converted(field: str, source: Source, value: Any, plan: Plan) -> Any:
    """Return a value as our field has it; None where it is none."""
    value = plain_value(value)
    if field in DURATIONS:
        return milliseconds_of(value, _unit(source, value, plan))
    if field == "level":
        is_python = source.path == "levelno" or bool(plan.program and plan.program.has_python_levels)
        return level_of(value, is_python)
    if field == "status":
        return outcome_of(value)
    if field == "finish_reason" and isinstance(value, list) and len(value) == 1:
        value = value[0]  # OpenTelemetry tells one for each choice.
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


def _unit(source: Source, value: Any, plan: Plan) -> str | None:
    """Return the unit of a number; None where nobody knows it."""
    if source.is_mapped:
        return source.unit or "ms"
    if source.unit == "ns" and unit_of_name(source.path) is None and _is_no_count_of_go(value):
        return None
    return source.unit


def _is_no_count_of_go(value: Any) -> bool:
    """Tell whether a number is none of whole nanoseconds, so that its program only looks like one of Go."""
    told = number(value)
    return told is not None and (told % 1 != 0 or 0 < abs(told) < LEAST_NANOSECONDS)


def unitless_durations(plan: Plan, fields: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    """Yield for each of our durations that was not found the mapping that would name its number's unit."""
    for field in plan.durations:
        if field not in found:
            for source in plan.sources[field]:
                if number(lookup(fields, source.path)) is not None:
                    yield _unit_wanted(source.path, field)
                    break
    if "response_time_ms" not in found and (name := _number_at_the_end(fields)) is not None:
        read = {source.path for sources in plan.sources.values() for source in sources}
        if name not in read:
            yield _unit_wanted(name, "response_time_ms")


def _number_at_the_end(fields: Mapping[str, Any]) -> str | None:
    """Return the name of the number with which a line of an access log ends; None where it ends otherwise."""
    name = next(reversed([*fields]), "") if "status" in fields else ""
    return name if name.startswith(EXTRA) and number(fields[name]) is not None else None


def _unit_wanted(path: str, field: str) -> str:
    """Return the mapping that would name a number's unit."""
    return f"{path[:MAX_NAME_CHARS]}:UNIT={field}"


def others(fields: Mapping[str, Any], used: set[str], found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that stand for none of ours; an object of the name of ours keeps its fields only."""
    others: dict[str, Any] = {}
    for name, value in fields.items():
        if name not in TYPES:
            if name not in used and name not in found:
                others[name] = value
        elif isinstance(value, dict) and name not in used:
            others.update({f"{name}.{inner}": each for inner, each in value.items()})
    return others


def settle(found: dict[str, Any], fields: Mapping[str, Any]) -> None:
    """Decide whether a record is a request and how it ended, from what it tells."""
    if isinstance(status := found.get("status"), str) and is_level(status) and status not in STATUSES:
        found.setdefault("level", level_of(found.pop("status")))
    if "message" not in found and isinstance(request := fields.get("httpRequest"), dict):
        found["message"] = _message_of_google(request)
    found.setdefault("task_type", UNKNOWN_TASK)
    event = found.get("event")
    if event in EVENTS:
        is_request = event == FINISHED
    else:
        is_request = "response_time_ms" in found
        _settle_event(found, event, is_request)
    if is_request and "status" not in found:
        found["status"] = "error" if found.get("level") in FAILED_LEVELS else OK


def _message_of_google(request: Mapping[str, Any]) -> str:
    """Return what Google Cloud's record of a request says, such as `POST /chat 200`."""
    method, url, status = (request.get(name) for name in ("requestMethod", "requestUrl", "status"))
    path = urlsplit(url).path if isinstance(url, str) else None
    return " ".join(str(part)[:MAX_NAME_CHARS] for part in (method, path or url, status) if part is not None)


def _settle_event(found: dict[str, Any], event: str | None, is_request: bool) -> None:
    """Give a record an event of ours; what it told as its event is its message, or stays beside it."""
    if event is not None and "message" not in found:
        found["message"] = event
    elif event is not None and not is_request and _EVENT_NAME.fullmatch(event):
        return
    elif event:
        found["event_name"] = event
    found["event"] = FINISHED if is_request else MESSAGE
