"""Read the access logs of web servers and frameworks that are lines of text."""

import re
from itertools import islice
from typing import Any, Final

from monitoring.formats.programs.names import EXTRA
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
# The same, or a text in quotes, which is passed over.
_WITH_UNIT_OUTSIDE_OF_QUOTES = re.compile(rf"({_QUOTED.pattern})|{_WITH_UNIT.pattern}", re.DOTALL)
# What the words of a status are, as uvicorn writes them: `500 Internal Server Error`.
_STATUS_WORDS = re.compile(r"\A(?:\s++[A-Za-z][A-Za-z'-]*+(?!\S))*+")
# A value behind the status, perhaps in quotes and with a name.
_VALUE = re.compile(
    r'(?:(?P<name>[A-Za-z_][\w.-]{0,60}+)=)?(?:"(?P<quoted>(?:[^"\\]|\\.)*+)"?|(?P<bare>[^\s"]++))', re.DOTALL
)
_NUMBER = re.compile(r"\d{1,18}(?:\.\d{1,18})?")
# So many values behind the status are kept.
MAX_VALUES: Final = 30

_FORMS: Final = (
    ("ollama", _GIN),
    ("uvicorn", _UVICORN),
    ("access log", _COMMON),
    ("access log", _BRIEF),
    ("Tornado", _TORNADO),
    ("access log", _CHI),
)
# The names of those whose lines these are.
ACCESS_PROGRAMS: Final = frozenset(name for name, _ in _FORMS)


def read_access(text: str) -> tuple[str, dict[str, Any]] | None:
    """Return whose line of an access log a text is, and its fields; None where it is none."""
    for name, pattern in _FORMS:
        if (found := pattern.fullmatch(text)) is not None:
            told = {key: value for key, value in found.groupdict().items() if value is not None}
            return name, _fields(told)
    return None


def _fields(told: dict[str, str]) -> dict[str, Any]:
    request, rest = told.pop("request", ""), told.pop("rest", "")
    has_bytes = "clients" in told
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
    behind = _behind(rest, has_bytes)
    return fields | {name: value for name, value in behind.items() if name not in fields}


def _duration(rest: str) -> float | None:
    """Return the duration in ms that stands behind a status, if its unit is told there."""
    if (named := _SECONDS.search(rest)) is not None:
        return float(named[2]) * 1000
    found = _WITH_UNIT.search(_QUOTED.sub('""', rest))
    return milliseconds_of(found[0]) if found is not None else None


def _behind(rest: str, has_bytes: bool) -> dict[str, Any]:
    """Return what stands behind a status: values under their names, others by their places.

    In the common and the combined log format, which have the size of the answer, that is the first one; the
    page that led here and the browser are the next ones, in quotes.
    """
    rest = _WITH_UNIT_OUTSIDE_OF_QUOTES.sub(lambda found: found[1] or "", _SECONDS.sub("", rest))
    fields: dict[str, Any] = {}
    usual = ["bytes", "referer", "user_agent"] if has_bytes else []
    extras = 0
    for found in islice(_VALUE.finditer(_STATUS_WORDS.sub("", rest, count=1)), MAX_VALUES):
        name, quoted = found["name"], found["quoted"]
        if name is None and usual and (usual[0] == "bytes") == (quoted is None):
            name = usual.pop(0)
        elif name is None:
            usual = []
            extras += 1
            name = f"{EXTRA}{extras}"
        value = found["bare"] if quoted is None else quoted
        if value not in ("", "-"):
            fields.setdefault(name, _number_or_text(value))
    return fields


def _number_or_text(value: str) -> int | float | str:
    if _NUMBER.fullmatch(value) is None:
        return value
    return float(value) if "." in value else int(value)


def _with_century(time: str) -> str:
    """Return a time whose date may be six digits, such as `260121 16:00:00`, with the whole year."""
    return f"20{time[:2]}-{time[2:4]}-{time[4:]}" if time[:6].isdecimal() else time
