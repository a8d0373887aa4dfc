"""Take off the objects that containers, journals and collectors put around a program's line.

A wrapper tells a time, and sometimes a level, which count where the line itself tells none.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from monitoring.formats.programs.open_telemetry import records_of_resources
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
    # What the wrapper tells of where the line comes from: `service`, `pod`, `container`, `pid`.
    fields: Mapping[str, Any] = MappingProxyType({})


# The message of an entry whose message journalctl leaves out.
NO_MESSAGE = (
    "(the message was too long for journalctl, which leaves such ones out unless it is asked with --all)"
)
# What the journal tells of a line's program, under the names that records have for it.
_JOURNALS = {"SYSLOG_IDENTIFIER": "service", "_SYSTEMD_UNIT": "systemd_unit"}
# What a collector's record may tell of where its line comes from.
_PLACES = ("service", "pod", "container")


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
    if fields.get("__REALTIME_TIMESTAMP") is None:
        return None
    text = fields.get("MESSAGE", "(an entry without a message)")
    if text is None:
        text = NO_MESSAGE
    elif isinstance(text, list):  # A message that is no UTF-8, or is long, comes as its bytes.
        try:
            text = bytes(text).decode(errors="replace")
        except (TypeError, ValueError):
            return None
    if not isinstance(text, str):
        return None
    time = _first(fields, "_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP")
    told = {ours: fields[name] for name, ours in _JOURNALS.items() if isinstance(fields.get(name), str)}
    if (pid := str(fields.get("_PID", ""))[:20]).isdecimal():
        told["pid"] = int(pid)
    return Inner(text, time, fields.get("PRIORITY"), False, "journald", fields=told)


def _collector(fields: Mapping[str, Any]) -> Inner | None:
    """Read a collector's record (logstash, Filebeat, Vector, CloudWatch) whose message is a line of JSON."""
    if "task_type" in fields:  # It is a record itself, whose text happens to be JSON.
        return None
    for name in ("message", "event.original", "textPayload", "line", "_raw"):
        text = lookup(fields, name)
        if isinstance(text, str) and text.lstrip()[:1] == "{" and text.rstrip()[-1:] == "}":
            time = _first(fields, "@timestamp", "timestamp", "time", "ts")
            level = _first(fields, "level", "severity")
            told = {name: fields[name] for name in _PLACES if isinstance(fields.get(name), str)}
            return Inner(text, time, level, False, "collector", fields=told)
    return None


class Batch(NamedTuple):
    """What holds several records on one line; they are read one by one."""

    name: str
    records: Iterator[dict[str, Any]]


def batch_of(fields: Mapping[str, Any]) -> Batch | None:
    """Return the records of a line that holds several: OpenTelemetry's, CloudWatch's; None for others."""
    if isinstance(groups := fields.get("resourceLogs", fields.get("resourceSpans")), list):
        return Batch("OpenTelemetry", records_of_resources(groups))
    events = fields.get("logEvents", fields.get("events"))
    if isinstance(events, list) and all(isinstance(event, dict) and "message" in event for event in events):
        told = ({"timestamp": event.get("timestamp"), "message": event.get("message")} for event in events)
        return Batch("CloudWatch", told)
    return None


def _first(fields: Mapping[str, Any], *names: str) -> Any:
    return next((fields[name] for name in names if fields.get(name) is not None), None)
