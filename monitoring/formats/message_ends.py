"""Read what a message of text tells of a request at its end: known pairs, Serilog's and .NET's sentences."""

import re
from typing import Any, Final

from monitoring.formats.programs.names import DURATIONS, plain, plain_duration, rank_of
from monitoring.formats.values.durations import milliseconds_of

# What a program may tell beside a duration.
_BESIDE: Final = (
    "status",
    "request_id",
    "session_id",
    "model",
    "prompt_tokens",
    "cached_tokens",
    "output_tokens",
)
# The end of a message is as long; no program writes longer pairs there.
MAX_END_CHARS = 2000
_PAIR = re.compile(r'([A-Za-z_][\w.-]{0,100}+)=("[^"]*+"|[^\s"=]++)')
_NUMBER = r"(?P<took>\d{1,15}(?:\.\d{1,15})?)"
# Serilog's request logging: `HTTP POST /chat responded 200 in 49.8598 ms`.
_SERILOG = re.compile(rf"HTTP [A-Z]{{1,20}} .* responded (?P<status>\d{{3}}) in {_NUMBER} ms", re.DOTALL)
# .NET: `Request finished HTTP/1.1 POST http://a/b - 200 - application/json 49.8598ms`, formerly
# `Request finished in 49.8598ms 200 application/json`.
_DOTNET = re.compile(
    rf"Request finished (?:HTTP/[\d.]{{1,5}} .* - (?P<status>\d{{3}}) .*? {_NUMBER}ms"
    rf"|in {_NUMBER.replace('took', 'before')}ms (?P<code>\d{{3}})\b.*)",
    re.DOTALL,
)


def told_at_end(message: str) -> dict[str, Any]:
    """Return the duration at the end of a message, and what is told beside it; {} where no unit is told."""
    end = message[-MAX_END_CHARS:].rstrip()
    if (found := _SERILOG.fullmatch(end)) is not None:
        return {"status": int(found["status"]), "response_time_ms": float(found["took"])}
    if (found := _DOTNET.fullmatch(end)) is not None:
        took, status = found["took"] or found["before"], found["status"] or found["code"]
        return {"status": int(status), "response_time_ms": float(took)}
    return _pairs_at_end(end) if "=" in end else {}


def _pairs_at_end(end: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for word in reversed(end.split()):
        if (pair := _PAIR.fullmatch(word.rstrip(",;"))) is None:
            break
        name, value = pair[1], pair[2].strip('"')
        if (field := _duration_of(name)) is not None:
            took = milliseconds_of(value, plain_duration(name)[1])
            if took is not None:
                fields.setdefault(field, took)
        elif (
            field := next((each for each in _BESIDE if rank_of(each, plain(name)) is not None), None)
        ) is not None:
            fields.setdefault(field, value)
    return fields if not fields.keys().isdisjoint(DURATIONS) else {}


def _duration_of(name: str) -> str | None:
    form = plain_duration(name)[0]
    return next((field for field in DURATIONS if field == name or rank_of(field, form) is not None), None)
