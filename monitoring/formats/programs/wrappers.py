"""Take off what containers, journals and collectors put around a program's line.

A wrapper tells a time, and sometimes a level, which count where the line itself tells none.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from monitoring.formats.values.field_paths import lookup


class Inner(NamedTuple):
    """A program's own line, and what its wrapper tells of it."""

    text: str
    time: object  # None where the wrapper tells none
    level: object
    # Whether the line goes on in the next one of its stream: container runtimes cut long lines.
    is_partial: bool
    wrapper: str
    stream: str = ""


# Colours, as `docker compose` writes them around the name of a service.
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
# The Kubernetes form of containerd and CRI-O: time, stream, P(artial) or F(ull), text.
_CRI = re.compile(rf"({_ISO}) (stdout|stderr) ([PF])(?::[^ ]*)?(?: (.*))?", re.DOTALL)
# `kubectl logs --prefix`, perhaps with `--timestamps`.
_KUBECTL = re.compile(rf"\[pod/[^\]\s]+\]\s+(?:({_ISO}) )?(.*)", re.DOTALL)
# `docker compose logs`, perhaps with `--timestamps`.
_COMPOSE = re.compile(rf"[A-Za-z0-9][\w.-]*\s*\| ?(?:({_ISO})\s+)?(.*)", re.DOTALL)
# `docker logs --timestamps`, `kubectl logs --timestamps`, and whatever else begins with a date and a time.
_STAMPED = re.compile(rf"(?:\[({_ISO})[^\]]{{0,20}}\]|({_ISO}))(?:\s+(.*))?", re.DOTALL)
# journalctl -o short, short-iso, short-precise; and syslog with its priority.
_JOURNAL = re.compile(
    rf"(?:<\d{{1,3}}>(?:\d )?)?({_ISO}|[A-Z][a-z]{{2}} +\d{{1,2}} \d\d:\d\d:\d\d(?:\.\d+)?) \S+ "
    r"[\w./@-]+(?:\[\d+\])?: (.*)",
    re.DOTALL,
)
# What stands in front of a JSON object on a line, where none of the above fits.
_MAX_PREFIX_CHARS = 200


def of_text(text: str) -> Inner | None:
    """Take the wrapper off a line that is no JSON object; None where there is none."""
    text = _COLOURS.sub("", text)
    if (found := _CRI.fullmatch(text)) is not None:
        return Inner(found[4] or "", found[1], None, found[3] == "P", "CRI", found[2])
    if (found := _KUBECTL.fullmatch(text)) is not None:
        return Inner(found[2], found[1], None, False, "kubectl")
    if (found := _COMPOSE.fullmatch(text)) is not None:
        return Inner(found[2], found[1], None, False, "docker compose")
    return None


def of_stamped_text(text: str) -> Inner | None:
    """Take the head of syslog and of journalctl, or a time, off a line; None where it has none.

    Lines of other forms may look like that, so that those are to be tried first.
    """
    if (found := _JOURNAL.fullmatch(text)) is not None:
        return Inner(found[2], found[1], None, False, "journald")
    if (found := _STAMPED.fullmatch(text)) is not None:
        return Inner(found[3] or "", found[1] or found[2], None, False, "text with a time")
    return None


def of_object(fields: Mapping[str, Any]) -> Inner | None:
    """Take the wrapper off a JSON object that holds a line; None where it holds none."""
    return _docker(fields) or _journald(fields) or _collector(fields)


def _docker(fields: Mapping[str, Any]) -> Inner | None:
    """Read Docker's json-file, and fluent-bit, which passes Kubernetes' lines on in the same field."""
    text = fields.get("log")
    if not isinstance(text, str) or "msg" in fields or "message" in fields:
        return None
    time = _first(fields, "time", "@timestamp", "timestamp", "date")
    if time is None and "stream" not in fields:
        return None
    is_docker = "stream" in fields and "kubernetes" not in fields and "logtag" not in fields
    is_partial = fields.get("logtag") == "P" or (is_docker and not text.endswith("\n"))
    wrapper = "docker json-file" if is_docker else "fluent-bit"
    return Inner(text.rstrip("\r\n"), time, None, is_partial, wrapper, str(fields.get("stream", "")))


def _journald(fields: Mapping[str, Any]) -> Inner | None:
    if "__REALTIME_TIMESTAMP" not in fields or "MESSAGE" not in fields:
        return None
    text = fields["MESSAGE"]
    if isinstance(text, list):  # A message that is no UTF-8, or is long, comes as its bytes.
        try:
            text = bytes(text).decode(errors="replace")
        except (TypeError, ValueError):
            return None
    if not isinstance(text, str):
        return None
    time = _first(fields, "_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP")
    return Inner(text, time, fields.get("PRIORITY"), False, "journald")


def _collector(fields: Mapping[str, Any]) -> Inner | None:
    """Read a collector's record (logstash, Filebeat, Vector, CloudWatch) whose message is a line of JSON."""
    if "task_type" in fields:  # It is a record itself, whose text happens to be JSON.
        return None
    for name in ("message", "event.original", "textPayload", "line", "_raw"):
        text = lookup(fields, name)
        if isinstance(text, str) and text.lstrip()[:1] == "{" and text.rstrip()[-1:] == "}":
            time = _first(fields, "@timestamp", "timestamp", "time", "ts")
            level = _first(fields, "level", "severity")
            return Inner(text, time, level, False, "collector")
    return None


def records_of_batch(fields: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the records of a line that holds several: OpenTelemetry's, CloudWatch's; None for others."""
    if isinstance(groups := fields.get("resourceLogs"), list):
        return [record for group in groups for record in _of_open_telemetry(group)]
    events = fields.get("logEvents", fields.get("events"))
    if isinstance(events, list) and all(isinstance(event, dict) and "message" in event for event in events):
        return [{"timestamp": event.get("timestamp"), "message": event.get("message")} for event in events]
    return None


def _of_open_telemetry(group: object) -> list[dict[str, Any]]:
    """Read one entry of `resourceLogs`, in the JSON form of OTLP."""
    if not isinstance(group, dict):
        return []
    scopes = group.get("scopeLogs") or group.get("instrumentationLibraryLogs") or []
    records = (
        record
        for scope in scopes
        if isinstance(scope, dict)
        for record in scope.get("logRecords") or []
        if isinstance(record, dict)
    )
    return [_plain_otlp(record) for record in records]


def _plain_otlp(record: Mapping[str, Any]) -> dict[str, Any]:
    fields = _attributes(record.get("attributes"))
    time = _first(record, "timeUnixNano", "observedTimeUnixNano")
    if isinstance(time, str) and not time.strip("0"):  # A time of 0 is an unknown one.
        time = record.get("observedTimeUnixNano")
    body = _any_value(record.get("body"))
    severity = record.get("severityText") or _severity(record.get("severityNumber"))
    fields |= {"timestamp": time, "level": severity}
    fields |= {"message": body} if isinstance(body, str) else body if isinstance(body, dict) else {}
    if record.get("traceId") and "request_id" not in fields:
        fields["request_id"] = record["traceId"]
    return fields


def _attributes(attributes: object) -> dict[str, Any]:
    if not isinstance(attributes, list):
        return {}
    return {
        each["key"]: _any_value(each.get("value"))
        for each in attributes
        if isinstance(each, dict) and isinstance(each.get("key"), str)
    }


def _any_value(value: object) -> Any:
    """Return a value of OTLP's AnyValue; whole numbers are texts in its JSON form."""
    if not isinstance(value, dict) or not value:
        return value if isinstance(value, str | int | float) else None
    kind, inner = next(iter(value.items()))
    if kind == "intValue":
        try:
            return int(inner)
        except (TypeError, ValueError):
            return None
    if kind == "kvlistValue":
        return _attributes(inner.get("values")) if isinstance(inner, dict) else {}
    if kind == "arrayValue":
        values = inner.get("values") if isinstance(inner, dict) else None
        return [_any_value(each) for each in values] if isinstance(values, list) else []
    return inner


def _severity(number: object) -> str | None:
    """Return the level of OpenTelemetry's severity number: 1 to 4 is TRACE, 5 to 8 DEBUG, and so on."""
    if isinstance(number, str):
        return number.rstrip("234")  # The name of a number, such as SEVERITY_NUMBER_WARN2.
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 24:
        return None
    return ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")[(number - 1) // 4]


def prefixed_object(text: str) -> str | None:
    """Return the JSON object at the end of a line whose beginning is something else; None where none is."""
    start = text.find("{", 0, _MAX_PREFIX_CHARS)
    return text[start:] if start > 0 and text.rstrip()[-1:] == "}" else None


def _first(fields: Mapping[str, Any], *names: str) -> Any:
    return next((fields[name] for name in names if fields.get(name) is not None), None)
