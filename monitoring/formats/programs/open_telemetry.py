"""Read a line of OpenTelemetry's collector: log records or spans in the JSON form of OTLP."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

# What the resource, whose logs they are, tells of each record, under the names that records have for it.
_OF_RESOURCE: Final = {
    "service.name": "service",
    "k8s.pod.name": "pod",
    "k8s.container.name": "container",
    "container.name": "container",
}
# Longer names of a resource or a scope are cut, since each of their records gets them.
MAX_NAME_CHARS: Final = 200
# What a record tells beside its attributes.
_OF_RECORD: Final = {"spanId": "span_id", "eventName": "event"}
# What a span tells beside them, and its status where it failed.
_OF_SPAN: Final = {"traceId": "request_id", "spanId": "span_id", "parentSpanId": "parent_span_id"}
_FAILED: Final = (2, "STATUS_CODE_ERROR")
_LEVELS: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


def records_of_resources(groups: list[Any]) -> Iterator[dict[str, Any]]:
    """Yield the records of `resourceLogs` or `resourceSpans`, each with what its resource and scope tell."""
    return (record for group in groups if isinstance(group, dict) for record in _of_resource(group))


def _of_resource(group: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    told = _attributes(_object(group.get("resource")).get("attributes"))
    names = {ours: told.get(name) for name, ours in _OF_RESOURCE.items()}
    resource = {ours: name[:MAX_NAME_CHARS] for ours, name in names.items() if isinstance(name, str)}
    for scope in _objects(group.get("scopeLogs") or group.get("instrumentationLibraryLogs")):
        named = _object(scope.get("scope") or scope.get("instrumentationLibrary")).get("name")
        logger = {"logger": named[:MAX_NAME_CHARS]} if isinstance(named, str) and named else {}
        for record in _objects(scope.get("logRecords")):
            yield {**resource, **logger, **_plain(record)}
    for scope in _objects(group.get("scopeSpans") or group.get("instrumentationLibrarySpans")):
        for span in _objects(scope.get("spans")):
            yield {**resource, **_of_span(span)}


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record's attributes and its other fields under usual names."""
    fields = _attributes(record.get("attributes"))
    time = record.get("timeUnixNano")
    if time is None or not str(time)[:20].strip("0"):  # A time of 0 is an unknown one.
        time = record.get("observedTimeUnixNano")
    body = _any_value(record.get("body"))
    fields |= {"timestamp": time, "level": record.get("severityText") or _level(record.get("severityNumber"))}
    fields |= {"message": body} if isinstance(body, str) else body if isinstance(body, dict) else {}
    for name, ours in _OF_RECORD.items():
        if record.get(name):
            fields.setdefault(ours, record[name])
    if record.get("traceId"):
        fields["trace_id" if "request_id" in fields else "request_id"] = record["traceId"]
    return fields


def _of_span(span: Mapping[str, Any]) -> dict[str, Any]:
    """Return a span's attributes, and when it ended, how long it took and how it ended, under usual names."""
    fields = _attributes(span.get("attributes"))
    started, ended = (_nanoseconds(span.get(f"{name}TimeUnixNano")) for name in ("start", "end"))
    fields |= {"timestamp": ended or started, "message": span.get("name")}
    if started and ended and ended >= started:
        fields["response_time_ms"] = (ended - started) / 1e6
    status = _object(span.get("status"))
    if status.get("code") in _FAILED:
        fields["level"] = "ERROR"  # A status of HTTP, if there is one, tells more.
        if status.get("message"):
            fields.setdefault("error_message", status["message"])
    for name, ours in _OF_SPAN.items():
        if span.get(name):
            fields.setdefault(ours, span[name])
    return fields


def _nanoseconds(value: object) -> int | None:
    """Return a moment in ns since the epoch; None where it is none, or unknown."""
    text = str(value)[:20]
    return int(text) or None if text.isascii() and text.isdecimal() else None


def _attributes(attributes: object) -> dict[str, Any]:
    return {
        each["key"]: _any_value(each.get("value"))
        for each in _objects(attributes)
        if isinstance(each.get("key"), str)
    }


def _any_value(value: object) -> Any:
    """Return a value of OTLP's AnyValue; whole numbers are texts in its JSON form."""
    if not isinstance(value, dict) or not value:
        return value if isinstance(value, str | int | float) else None
    kind, inner = next(iter(value.items()))
    match kind:
        case "intValue":
            try:
                return int(inner)
            except (OverflowError, TypeError, ValueError):
                return None
        case "kvlistValue":
            return _attributes(_object(inner).get("values"))
        case "arrayValue":
            values = _object(inner).get("values")
            return [_any_value(each) for each in values] if isinstance(values, list) else []
    return inner


def _level(number: object) -> str | None:
    """Return the level of OpenTelemetry's severity number: 1 to 4 is TRACE, 5 to 8 DEBUG, and so on."""
    if isinstance(number, str):
        return number.rstrip("234")  # The name of a number, such as SEVERITY_NUMBER_WARN2.
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 24:
        return None
    return _LEVELS[(number - 1) // 4]


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(values: object) -> Iterator[Mapping[str, Any]]:
    return (each for each in values if isinstance(each, dict)) if isinstance(values, list) else iter(())
