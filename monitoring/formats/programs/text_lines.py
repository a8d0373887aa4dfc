"""Read lines of text that well-known programs write: access logs, vLLM, llama-server, ollama, logfmt.

Each becomes the fields that a JSON log would have, under our names or usual ones.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple


class TextRecord(NamedTuple):
    """A line of text as fields; a line without a time happened at that of the line before."""

    fields: dict[str, Any]
    program: str


_ISO = r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?[+-]\d\d:?\d\d|Z)?"
_LEVEL = r"TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL"
_REQUEST = r'"(?P<method>[A-Z]{3,7}) (?P<path>\S+) (?P<protocol>HTTP/[\d.]+)" (?P<status>\d{3})\b'

# uvicorn's access log, as it comes and with the usual additions in front; and its other lines.
_UVICORN = re.compile(
    rf"(?:\([^)]*\) )?(?:\[?(?P<time>{_ISO})[^\]\s]*\]?[\s:|-]*)?(?:\[?(?P<level>{_LEVEL})\]?[\s:|-]+)?"
    rf"(?:[\w.]+[\s:|-]+)?(?P<client>[\w.:\[\]-]+:\d+) - {_REQUEST}.*",
    re.DOTALL,
)
_UVICORN_PLAIN = re.compile(rf"(?:\([^)]*\) )?(?P<level>{_LEVEL}):\s{{2,}}(?P<message>\S.*)", re.DOTALL)
# The common and the combined log format of Apache, nginx, gunicorn, Django and Flask; a time in s may follow.
_COMMON = re.compile(
    rf"(?:(?P<client>\S+) \S+ \S+ )?\[(?P<time>\d[^\]]+)\] {_REQUEST}"
    r"(?:.*?\b(?:rt|request_time)=(?P<seconds>[\d.]+))?.*",
    re.DOTALL,
)
# gin, with which ollama serves.
_GIN = re.compile(
    r"\[GIN\] (?P<time>\d{4}/\d\d/\d\d - \d\d:\d\d:\d\d) \| *(?P<status>\d{3}) \| *(?P<duration>\S+) \| *"
    r'(?P<client>\S+) \| *(?P<method>[A-Z]+) +"(?P<path>[^"]*)".*',
    re.DOTALL,
)
# vLLM: `INFO 01-21 16:00:00 [core.py:71] ...`, formerly `INFO 01-21 16:00:00 core.py:71] ...`.
_VLLM = re.compile(
    rf"(?:\([^)]*\) )*(?P<level>{_LEVEL}) (?P<time>\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) "
    r"\[?(?P<place>[\w./-]+:\d+)\] (?P<message>.*)",
    re.DOTALL,
)
# llama-server: perhaps the time since its start and a level; the total time of a request; any other line.
_LLAMA_PREFIX = re.compile(r"\d+\.\d+\.\d+\.\d+ (?P<level>[DIWE]) (?P<message>.*)", re.DOTALL)
_LLAMA_TOTAL = re.compile(
    r".*\btotal time = +(?P<ms>[\d.]+) ms(?: / +(?P<tokens>\d+) (?:tokens|runs))?.*", re.DOTALL
)
_LLAMA_LINE = re.compile(r"\s*(?:(?:srv|slot|main|que|res)\b|prompt eval time =|eval time =).*", re.DOTALL)
# Its former text: `INFO [ print_timings] total time = 3 ms | tid="1" timestamp=1769011209 t_total=3.0`.
_LLAMA_OLD = re.compile(
    rf"(?P<level>{_LEVEL}|VERB) \[ *(?P<function>\w+)\] +(?P<message>.*?) \| (?P<pairs>.*)", re.DOTALL
)
# Python's logging and its like: a time, perhaps names and numbers, a level, a text; or the level first.
_PLAIN = re.compile(
    rf"\[?(?P<time>{_ISO})\]?[\s,|:-]+(?:\[?[\w.]+\]?[\s|:-]+){{0,3}}?\[?(?P<level>{_LEVEL})\]?[\s|:\]-]+"
    r"(?P<message>.*)",
    re.DOTALL,
)
_LEVEL_FIRST = re.compile(
    rf"\[?(?P<level>{_LEVEL})\]?[\s|:-]+\[?(?P<time>{_ISO})\]?[\s|:-]*(?P<message>.*)", re.DOTALL
)
# The fields of a span, which Rust's tracing (TGI) writes in braces before the message.
_SPAN = re.compile(r"\{([^{}]*)\}: ?")

# logfmt: key=value, where a value in quotes may hold spaces.
_PAIR = re.compile(r'([A-Za-z_@][\w.@/-]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?:\s+|$)')
_LOGFMT_TIMES = frozenset({"time", "ts", "timestamp", "t"})


def read_text(text: str) -> TextRecord | None:
    """Return a line as fields; None where no known program writes such lines."""
    if "HTTP/" in text or "[GIN]" in text:
        for name, pattern in _ACCESS:
            if (found := pattern.fullmatch(text)) is not None:
                return TextRecord(_access(found), name)
    for name, read in _READERS:
        if (fields := read(text)) is not None:
            return TextRecord(fields, name)
    return None


def _access(found: "re.Match[str]") -> dict[str, Any]:
    fields = _known(found)
    fields["message"] = f"{fields['method']} {fields['path']}"
    fields["status"] = int(fields["status"])
    if seconds := fields.pop("seconds", None):
        fields["response_time_ms"] = float(seconds) * 1000
    return fields


def _vllm(text: str) -> dict[str, Any] | None:
    found = _VLLM.fullmatch(text)
    return _known(found) if found else None


def _uvicorn(text: str) -> dict[str, Any] | None:
    found = _UVICORN_PLAIN.fullmatch(text)
    return _known(found) if found else None


def _llama_server(text: str) -> dict[str, Any] | None:
    fields: dict[str, Any] = {"message": text.strip()}
    if (old := _LLAMA_OLD.fullmatch(text)) is not None:
        pairs = dict(_pairs(old["pairs"]))
        return pairs | _known(old) | {"pairs": None, "response_time_ms": pairs.get("t_total")}
    if (prefix := _LLAMA_PREFIX.fullmatch(text)) is not None:
        fields = _known(prefix)
        text = fields["message"]
    elif not (_LLAMA_LINE.fullmatch(text) or _LLAMA_TOTAL.fullmatch(text)):
        return None
    if (total := _LLAMA_TOTAL.fullmatch(text)) is not None:
        fields["response_time_ms"] = float(total["ms"])
        fields |= {"total_tokens": int(total["tokens"])} if total["tokens"] else {}
    return fields


def _logfmt(text: str) -> dict[str, Any] | None:
    pairs = dict(_pairs(text))
    has_time = not _LOGFMT_TIMES.isdisjoint(pairs)
    return pairs if has_time and not {"level", "lvl", "msg"}.isdisjoint(pairs) else None


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while (found := _PAIR.match(text, place)) is not None:
        value = found[2]
        if value[:1] == '"':
            value = re.sub(r"\\(.)", _unescaped, value[1:-1])
        yield found[1], value
        place = found.end()


def _unescaped(found: "re.Match[str]") -> str:
    return {"n": "\n", "t": "\t"}.get(found[1], found[1])


def _plain(text: str) -> dict[str, Any] | None:
    found = _PLAIN.fullmatch(text) or _LEVEL_FIRST.fullmatch(text)
    if found is None:
        return None
    fields = _known(found)
    if (span := _SPAN.search(fields["message"])) is not None:
        fields = dict(_pairs(span[1])) | fields
    return fields


def _known(found: "re.Match[str]") -> dict[str, Any]:
    """Return the named groups that were found; a time is under our name."""
    fields = {name: value for name, value in found.groupdict().items() if value is not None}
    if "time" in fields:
        fields["timestamp"] = fields.pop("time")
    return fields


Reader = Callable[[str], dict[str, Any] | None]
_ACCESS: Final = (("ollama", _GIN), ("uvicorn", _UVICORN), ("access log", _COMMON))
_READERS: Final[tuple[tuple[str, Reader], ...]] = (
    ("vLLM", _vllm),
    ("uvicorn", _uvicorn),
    ("llama-server", _llama_server),
    ("logfmt", _logfmt),
    ("text with a level", _plain),
)
