"""Read the access logs of web servers and frameworks that are lines of text."""

import re
from typing import Any, Final

from monitoring.formats.programs.patterns import GAP, ISO, LEVEL
from monitoring.formats.values.durations import milliseconds_of

_REQUEST = r'"(?P<request>(?:[^"\\]|\\.)*+)" (?P<status>\d{3})(?!\S)(?P<rest>.*)'
# uvicorn, as it comes and with a time, names and a level in front.
_UVICORN = re.compile(
    rf"(?:\([^)]*+\) )?+(?:\[?(?P<time>{ISO})[^\]\s]{{0,20}}\]?{GAP})?+"
    rf"(?P<names>(?:(?:\[[^\]\s]{{1,80}}\]|[\w.]{{1,80}}+){GAP}){{0,5}}?)"
    rf"(?P<client>[\w.:\[\]-]{{1,80}}:\d{{1,5}}) - {_REQUEST}",
    re.DOTALL,
)
_LEVEL = re.compile(rf"\b(?:{LEVEL})\b")
# The common and the combined log format: Apache, nginx, gunicorn, Django, Flask, aiohttp, Traefik, morgan.
_COMMON = re.compile(
    rf"(?P<clients>(?:[^\s\[]\S*+ ){{0,4}}+)\[(?P<time>\d[^\]]{{1,60}})\] {_REQUEST}", re.DOTALL
)
# gin, with which ollama serves.
_GIN = re.compile(
    r"\[GIN\] (?P<time>\d{4}/\d\d/\d\d - \d\d:\d\d:\d\d) \| *+(?P<status>\d{3}) \| *+(?P<took>\S++) \| *+"
    r'(?P<client>\S++) \| *+(?P<method>[A-Z]++) ++"(?P<path>[^"]*+)".*',
    re.DOTALL,
)
_UNIT = r"(?:ns|us|µs|μs|ms|s|sec|seconds|milliseconds|microseconds)"
_METHOD = r"(?P<method>GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS|CONNECT|TRACE)"
# morgan's tiny, dev and short forms, and those of koa and Hono: a method, a path, a status, a duration.
_BRIEF = re.compile(
    rf"(?:(?P<client>\S++) \S++ )?(?:--> )?{_METHOD} (?P<path>\S++)(?: HTTP/[\d.]++)? (?P<status>\d{{3}}|-)"
    rf"(?: (?:\d++|-) -)? (?P<took>(?:[\d.]++|-) ?{_UNIT})(?!\S).*",
    re.DOTALL,
)
# Tornado and Jupyter: status, method, path, client and duration.
_TORNADO = re.compile(
    rf"\[(?P<level>[DIWEC]) (?P<time>\d{{6}} \d\d:\d\d:\d\d|{ISO}) [^\]\s]++\] (?P<status>\d{{3}}) {_METHOD} "
    r"(?P<path>\S++) \((?P<client>[^)\s]*+)\) (?P<took>[\d.]++ms)(?!\S).*",
    re.DOTALL,
)
# chi: `"GET http://a/b HTTP/1.1" from 1.2.3.4:5 - 200 15B in 1.2ms`.
_CHI = re.compile(
    rf'(?:(?P<time>{ISO}) )?(?:\[\S++\] )?"{_METHOD} (?P<path>\S++) HTTP/[\d.]++" from (?P<client>\S++) - '
    rf"(?P<status>\d{{3}}) \S++ in (?P<took>[\d.]++{_UNIT})",
)
_REQUEST_LINE = re.compile(r"(?P<method>[A-Z]{2,20}) (?P<path>\S++)(?: (?P<protocol>(?:HTTP/)?[\d.]++))?")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
# A time in seconds by the names that nginx's configurations give it; a number whose unit stands behind it.
_SECONDS = re.compile(r'(?<!\S)(?:rt|request_time)=("?)(\d++(?:\.\d++)?)\1(?![\w.])')
_WITH_UNIT = re.compile(rf"(?<!\S)\d++(?:\.\d++)? ?{_UNIT}(?!\S)")

_FORMS: Final = (
    ("ollama", _GIN),
    ("uvicorn", _UVICORN),
    ("access log", _COMMON),
    ("access log", _BRIEF),
    ("Tornado", _TORNADO),
    ("access log", _CHI),
)


def read_access(text: str) -> tuple[str, dict[str, Any]] | None:
    """Return whose line of an access log a text is, and its fields; None where it is none."""
    for name, pattern in _FORMS:
        if (found := pattern.fullmatch(text)) is not None:
            told = {key: value for key, value in found.groupdict().items() if value is not None}
            return name, _fields(told)
    return None


def _fields(told: dict[str, str]) -> dict[str, Any]:
    request, rest = told.pop("request", ""), told.pop("rest", "")
    clients = told.pop("clients", "").split()
    level = _LEVEL.search(told.pop("names", ""))
    fields: dict[str, Any] = told | ({"level": level[0]} if level is not None else {})
    if clients:  # A virtual host may stand before, the names of users behind.
        fields["client"] = clients[-3] if len(clients) > 2 else clients[0]
    if (line := _REQUEST_LINE.fullmatch(request)) is not None:
        fields |= {key: value for key, value in line.groupdict().items() if value is not None}
    fields["message"] = f"{fields['method']} {fields['path']}" if "method" in fields else request
    took = milliseconds_of(fields.pop("took")) if "took" in fields else _duration(rest)
    if took is not None:
        fields["response_time_ms"] = took
    if "time" in fields:
        fields["timestamp"] = _with_century(fields.pop("time"))
    if fields["status"] == "-":  # The client went away before there was an answer.
        del fields["status"]
    else:
        fields["status"] = int(fields["status"])
    return fields


def _duration(rest: str) -> float | None:
    """Return the duration in ms that stands behind a status, if its unit is told there."""
    if (named := _SECONDS.search(rest)) is not None:
        return float(named[2]) * 1000
    found = _WITH_UNIT.search(_QUOTED.sub('""', rest))
    return milliseconds_of(found[0]) if found is not None else None


def _with_century(time: str) -> str:
    """Return a time whose date may be six digits, such as `260121 16:00:00`, with the whole year."""
    return f"20{time[:2]}-{time[2:4]}-{time[4:]}" if time[:6].isdecimal() else time
