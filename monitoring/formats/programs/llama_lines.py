"""Read the text that llama.cpp's server writes: the total time of each request, and its other lines."""

import re
from typing import Any

from monitoring.formats.programs.pairs import pairs_of
from monitoring.formats.programs.patterns import LEVEL

# Perhaps the time since its start and a level; the total time of a request; any other line.
_PREFIX = re.compile(r"\d++\.\d++\.\d++\.\d++ (?P<level>[DIWE]) (?P<message>.*)", re.DOTALL)
_TOTAL = re.compile(
    r"\btotal time = ++(?P<ms>\d++(?:\.\d++)?) ms(?: / ++(?P<tokens>\d{1,15}) (?:tokens|runs))?"
)
_LINE = re.compile(r"\s*+(?:(?:srv|slot|que|res) ++[\w()~]++: |main: |prompt eval time =|eval time =)")
# Its former text: `INFO [ print_timings] total time = 3 ms | tid="1" timestamp=1769011209 t_total=3.0`.
_OLD = re.compile(
    rf"(?P<level>{LEVEL}|VERB) \[ *+(?P<function>\w++)\] (?P<message>.*?) \| (?P<pairs>.*)", re.DOTALL
)


def read_llama_server(text: str) -> dict[str, Any] | None:
    """Return the fields of a line of llama-server; None where it is none."""
    if (old := _OLD.fullmatch(text)) is not None:
        pairs = pairs_of(old["pairs"])
        told = {"level": old["level"], "function": old["function"], "message": old["message"].strip()}
        return pairs | told | {"response_time_ms": pairs.get("t_total")}
    total = _TOTAL.search(text) if "total time" in text else None
    if (prefix := _PREFIX.fullmatch(text)) is not None:
        fields: dict[str, Any] = prefix.groupdict()
    elif total is not None or _LINE.match(text) is not None:
        fields = {"message": text.strip()}
    else:
        return None
    if total is not None:
        fields["response_time_ms"] = float(total["ms"])
        fields |= {"total_tokens": int(total["tokens"])} if total["tokens"] else {}
    return fields
