"""Levels and outcomes in other programs' words and numbers, turned into ours."""

import re
from typing import Final

from monitoring.record.vocabulary import LEVELS, STATUSES

# The levels at which a request has failed, unless it says how it ended.
FAILED_LEVELS = frozenset({"ERROR", "CRITICAL"})

_LEVEL_WORDS: Final = {
    **{level.lower(): level for level in LEVELS},
    "trace": "DEBUG",
    "trce": "DEBUG",
    "verbose": "DEBUG",
    "verb": "DEBUG",
    "vrb": "DEBUG",
    "dbug": "DEBUG",
    "dbg": "DEBUG",
    "fine": "DEBUG",
    "silly": "DEBUG",
    "d": "DEBUG",
    "v": "DEBUG",
    "default": "INFO",
    "inf": "INFO",
    "information": "INFO",
    "informational": "INFO",
    "notice": "INFO",
    "success": "INFO",
    "http": "INFO",
    "log": "INFO",
    "i": "INFO",
    **dict.fromkeys(("d1", "d2", "d3", "d4", "d5"), "DEBUG"),
    "warn": "WARNING",
    "wrn": "WARNING",
    "w": "WARNING",
    "err": "ERROR",
    "fail": "ERROR",
    "severe": "ERROR",
    "e": "ERROR",
    "crit": "CRITICAL",
    "fatal": "CRITICAL",
    "ftl": "CRITICAL",
    "panic": "CRITICAL",
    "dpanic": "CRITICAL",
    "alert": "CRITICAL",
    "emerg": "CRITICAL",
    "emergency": "CRITICAL",
    "f": "CRITICAL",
}
# What Go's slog writes behind a level for the steps between two: `INFO+2`.
_STEPS = re.compile(r"(?<=[A-Z])[+-]\d+$")
# Words of levels that some programs tell as a status.
_STATUS_LEVELS: Final = frozenset(
    {"debug", "info", "notice", "warn", "warning", "critical", "alert", "emergency"}
)
# The severities of syslog (RFC 5424), 0 to 7, as journald and GELF write them.
_SYSLOG: Final = ("CRITICAL", "CRITICAL", "CRITICAL", "ERROR", "WARNING", "INFO", "INFO", "DEBUG")
_OUTCOME_WORDS: Final = {
    **{status: status for status in STATUSES},
    **dict.fromkeys(
        ("success", "succeeded", "successful", "completed", "complete", "done", "finished", "passed", "true"),
        "ok",
    ),
    **dict.fromkeys(
        ("failed", "failure", "fail", "err", "exception", "timeout", "timed_out", "timedout", "false"),
        "error",
    ),
    **dict.fromkeys(("crashed", "fatal", "internal_error", "deadline_exceeded"), "error"),
    **dict.fromkeys(("canceled", "aborted", "abort", "client_closed", "disconnected"), "cancelled"),
    **dict.fromkeys(("throttled", "rate_limited", "ratelimited", "denied", "refused", "shed"), "rejected"),
}


def level_of(value: object, is_python: bool = False) -> str | None:
    """Return our name of a level; None where the value is none.

    Numbers are those of pino and bunyan (10 to 60), of syslog (0 to 7), or of Python's logging. A word that
    is no level's stays as it is.
    """
    if isinstance(value, str):
        word = _STEPS.sub("", value.strip())
        if not word.isdecimal() or len(word) > 3:
            return _LEVEL_WORDS.get(word.lower().removeprefix("severity_number_"), word) or None
        value = int(word)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if is_python:
        return LEVELS[min(4, max(0, int(value) // 10 - 1))]
    if 0 <= value < len(_SYSLOG):
        return _SYSLOG[int(value)]
    return LEVELS[min(4, max(0, int(value) // 10 - 2))] if 10 <= value <= 100 else None


def is_level(text: str) -> bool:
    """Tell whether what stands as a status is the name of a level, as some programs write it."""
    return text.strip().lower() in _STATUS_LEVELS


def outcome_of(value: object) -> str | None:
    """Return how a request ended, by a word, a truth value or a status of HTTP; None where it is nothing.

    A word that nobody knows stays as it is, so that it can be counted and named, and is never taken for ok.
    """
    if isinstance(value, bool):
        return "ok" if value else "error"
    if isinstance(value, str):
        word = value.strip()
        if (number := http_status(word)) is not None:
            return _outcome_of_http(number)
        return _OUTCOME_WORDS.get(word.lower(), word) or None
    if (number := http_status(value)) is not None:
        return _outcome_of_http(number)
    return str(value) if isinstance(value, int | float) else None


def http_status(value: object) -> int | None:
    """Return a status of HTTP, 100 to 599; None for any other value."""
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 100 <= value < 600:
        return None
    return int(value) if value == int(value) else None


def _outcome_of_http(status: int) -> str:
    if status < 400:
        return "ok"
    # 499 is nginx's sign for a client that went away, 429 the one for too many requests.
    return {499: "cancelled", 429: "rejected"}.get(status, "error")
