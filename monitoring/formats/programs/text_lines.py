"""Read lines of text that well-known programs write: logs of servers and of loggers, logfmt.

Each becomes the fields that a JSON log would have, under our names or usual ones.
"""

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from monitoring.formats.programs.access_lines import read_access
from monitoring.formats.programs.error_lines import read_error
from monitoring.formats.programs.llama_lines import read_llama_server
from monitoring.formats.programs.pairs import read_logfmt, read_spans
from monitoring.formats.programs.patterns import ANY_LEVEL, ISO, LEVEL


class TextRecord(NamedTuple):
    """A line of text as fields; a line without a time happened at that of the line before."""

    fields: dict[str, Any]
    program: str


# uvicorn's lines but those of its access log.
_UVICORN_PLAIN = re.compile(rf"(?:\([^)]*+\) )?(?P<level>{LEVEL}):\s{{2,}}+(?P<message>.+)", re.DOTALL)
# vLLM: `INFO 01-21 16:00:00 [core.py:71] ...`, formerly `INFO 01-21 16:00:00 core.py:71] ...`.
_VLLM = re.compile(
    rf"(?:\([^)]*+\) )*+(?P<level>{LEVEL}) (?P<time>\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{{1,9}})?) "
    r"\[?(?P<place>[\w./-]++:\d++)\] (?P<message>.*)",
    re.DOTALL,
)
_SEP = r"[\s|:\]-]++"
# Up to three names and numbers that may stand between a time and a level: a logger, a thread, a pid.
_NAMES = r"(?:(?:\[[^\]\s]{1,80}\]|[\w.]{1,80}+)[\s|:,-]++){0,3}?"
# Python's logging and its like: a time, perhaps names and numbers, a level, a text; or the level first.
_PLAIN = re.compile(
    rf"\[?(?P<time>{ISO})\]?[\s,|:-]++{_NAMES}\[?(?P<level>{LEVEL}|LOG(?=:))\]?{_SEP}(?P<message>.*)",
    re.DOTALL,
)
# Levels in small letters are told by what stands around them: `[info     ]`, `info:`, a tab behind.
_SMALL = re.compile(
    rf"\[?(?P<time>{ISO})\]?[\s,|:-]++(?:{_NAMES}\[(?P<level>{ANY_LEVEL}) *+\]:?|"
    rf"(?P<word>{ANY_LEVEL}|trce|dbug|fail)(?:: |\t))\s*+(?P<message>.*)",
    re.DOTALL,
)
# env_logger and Tornado: time and level in one pair of brackets.
_BRACKETS = re.compile(
    rf"\[(?P<time>{ISO}) ++(?P<level>{LEVEL})(?: [^\]]{{0,100}}+)?\] (?P<message>.*)", re.DOTALL
)
_LEVEL_FIRST = re.compile(
    rf"\[?(?P<level>{LEVEL})\]?[\s|:-]++\[?(?P<time>{ISO})\]?[\s|:-]*+(?P<message>.*)", re.DOTALL
)
# What Python's logging writes unless it is told otherwise: `INFO:app.chat:answered`.
_PYTHON = re.compile(r"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL):[\w.]++:(?P<message>.*)", re.DOTALL)
# What stands under a time that a container has put in front: vLLM's own time counts less, since it lacks the
# year.
_VLLM_UNDER_TIME = re.compile(rf"{ISO} (?:\([^)]*+\) )*+(?:{LEVEL}) \d\d-\d\d \d\d:\d\d:\d\d")
_PLAIN_FORMS: Final = (_BRACKETS, _PLAIN, _SMALL, _LEVEL_FIRST, _PYTHON)


def read_text(text: str) -> TextRecord | None:
    """Return a line as fields; None where no known program writes such lines."""
    if (access := read_access(text)) is not None:
        return TextRecord(access[1], access[0])
    for name, read in _READERS:
        if (fields := read(text)) is not None:
            return TextRecord(fields, name)
    return None


def _vllm(text: str) -> dict[str, Any] | None:
    found = _VLLM.fullmatch(text)
    return _known(found) if found else None


def _uvicorn(text: str) -> dict[str, Any] | None:
    found = _UVICORN_PLAIN.fullmatch(text)
    return _known(found) if found else None


def _plain(text: str) -> dict[str, Any] | None:
    if _VLLM_UNDER_TIME.match(text) is not None:
        return None
    found = next((found for form in _PLAIN_FORMS if (found := form.fullmatch(text)) is not None), None)
    if found is None:
        return None
    fields = _known(found)
    if (spans := read_spans(fields["message"])) is not None:
        fields = spans[0] | fields | {"message": spans[1]}
    return fields


def _known(found: "re.Match[str]") -> dict[str, Any]:
    """Return the named groups that were found; a time is under our name."""
    fields = {name: value for name, value in found.groupdict().items() if value is not None}
    if "time" in fields:
        fields["timestamp"] = fields.pop("time")
    if "word" in fields:
        fields["level"] = fields.pop("word")
    return fields


Reader = Callable[[str], dict[str, Any] | None]
_READERS: Final[tuple[tuple[str, Reader], ...]] = (
    ("vLLM", _vllm),
    ("uvicorn", _uvicorn),
    ("llama-server", read_llama_server),
    ("logfmt", read_logfmt),
    ("error log", read_error),
    ("text with a level", _plain),
)
