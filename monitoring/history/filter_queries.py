"""Write a filter as a query for jq, LogQL and SQL, each of which selects the same records.

The values of a filter come from a link or from a log, so anybody may have written them, and the queries are
pasted into terminals. So a character on which a shell or a terminal acts is never written as itself: a
language's own escape stands for it.
"""

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from monitoring.analysis.filters import EQUAL, Filter, Kind
from monitoring.history.shell import is_inert
from monitoring.record.timestamps import timestamp
from monitoring.record.vocabulary import FINISHED, SAMPLED

# The value of Loki's label `app`.
APP_LABEL = "qwen-all-in-one"
# The labels that a stream has beside `app`; docs/log-record.md lists them.
LOKI_LABELS = ("task_type", "level")
# The characters that Go's `regexp.QuoteMeta` escapes.
_REGEX_MARKS = re.compile(r"[\\.+*?()|\[\]{}^$]")
# Without its "Z", which comes after all digits and the point, a time of any precision can be compared.
_JQ_TIME = '(.timestamp | rtrimstr("Z"))'
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class _Language:
    """The conditions with which a query language tells requests from other records."""

    event: str  # the record's event, "" where it has none
    equals: str
    quote: Callable[[str], str]

    def of_kind(self, kind: Kind) -> list[str]:
        """Return the conditions that select a kind of records; all of them must hold."""
        if kind == "requests":
            return [f"{self.event} {self.equals} {self.quote(FINISHED)}"]
        if kind == "events":
            return [f"{self.event} != {self.quote(event)}" for event in (SAMPLED, FINISHED)]
        return []


def as_jq(wanted: Filter, reading: str) -> str:
    """Return a shell command with jq; `reading` is the command that writes the log's lines (`read_all`)."""
    conditions = _JQ.of_kind(wanted.kind)
    for name in EQUAL:
        if value := getattr(wanted, name):
            conditions.append(f".{name} == {_json(value)}")
    if wanted.since is not None:
        conditions.append(f"{_JQ_TIME} >= {_json(_comparable(wanted.since))}")
    if wanted.until is not None:
        conditions.append(f"{_JQ_TIME} < {_json(_comparable(wanted.until))}")
    if wanted.over_ms is not None:
        conditions.append(f".response_time_ms > {wanted.over_ms!r}")  # jq sorts null before numbers
    if wanted.text:
        fields = ", ".join(f".{name}" for name in wanted.searched)
        text = _json(_lower(wanted.text))
        conditions.append(f"any({fields} | strings; ascii_downcase | contains({text}))")
    selection = f" | select({' and '.join(conditions)})" if conditions else ""
    return f"{reading} | jq -cR {shlex.quote('fromjson? | objects' + selection)}"  # `?` skips broken lines


def as_sql(wanted: Filter) -> str:
    """Return a SELECT for `python -m monitoring query`; `ask_with_sql` makes a shell command of it."""
    conditions = _SQL.of_kind(wanted.kind)
    for name in EQUAL:
        if value := getattr(wanted, name):
            conditions.append(f"{name} = {_sql(value)}")
    if wanted.since is not None:
        conditions.append(f"timestamp >= {_sql(_to_text(wanted.since)[:-1])}::TIMESTAMP")
    if wanted.until is not None:
        conditions.append(f"timestamp < {_sql(_to_text(wanted.until)[:-1])}::TIMESTAMP")
    if wanted.over_ms is not None:
        conditions.append(f"response_time_ms > {wanted.over_ms!r}")
    if wanted.text:
        text = _sql(_lower(wanted.text))
        found = " or ".join(
            f"contains(translate({name}, {_sql(_UPPER)}, {_sql(_UPPER.lower())}), {text})"
            for name in wanted.searched
        )
        conditions.append(f"({found})")
    where = f" where {' and '.join(conditions)}" if conditions else ""
    return f"select * from log{where} order by timestamp desc"


def as_logql(wanted: Filter) -> str:
    """Return a LogQL query; a comment holds the time range, which LogQL cannot express."""
    labels = {"app": APP_LABEL, **{name: value for name in LOKI_LABELS if (value := getattr(wanted, name))}}
    stream = f"{{{', '.join(f'{name}={_go(value)}' for name, value in labels.items())}}}"
    stages = [stream, "| json", *(f"| {condition}" for condition in _LOGQL.of_kind(wanted.kind))]
    for name in EQUAL:
        if (value := getattr(wanted, name)) and name not in LOKI_LABELS:
            stages.append(f"| {name}={_go(value)}")
    if wanted.over_ms is not None:
        stages.append(f"| response_time_ms > {wanted.over_ms!r}")
    if wanted.text:
        pattern = _go(f"(?s).*{_any_case(wanted.text)}.*")
        stages.append(f"| {' or '.join(f'{name}=~{pattern}' for name in wanted.searched)}")
    query = " ".join(stages)
    if wanted.since is None and wanted.until is None:
        return query
    since, until = (_to_text(end) if end is not None else "…" for end in (wanted.since, wanted.until))
    return f"# time range: {since} (included) to {until} (excluded)\n{query}"


def _to_text(seconds: float) -> str:
    # `timestamp` cuts to milliseconds, and most whole milliseconds are a little less in binary.
    return timestamp(seconds + 0.0004)


def _comparable(seconds: float) -> str:
    """Return a moment as a text that stands in the order of time beside one with any digits of a second."""
    return _to_text(seconds)[:-1].rstrip("0").removesuffix(".")


def _lower(text: str) -> str:
    return "".join(letter.lower() if letter in _UPPER else letter for letter in text)


def _any_case(text: str) -> str:
    """Return a regular expression for the text, in which just A to Z and a to z are the same."""
    quoted = _REGEX_MARKS.sub(r"\\\g<0>", text)
    return re.sub("[A-Za-z]", lambda letter: f"[{letter[0].upper()}{letter[0].lower()}]", quoted)


def _json(text: str) -> str:
    """Return a text as a literal of JSON, which jq reads."""
    return _escaped(text, lambda letter: "".join(f"\\u{unit:04x}" for unit in _code_units(letter)))


def _go(text: str) -> str:
    """Return a text as a literal of Go, which LogQL reads; it has the escapes of JSON, but no surrogates."""
    return _escaped(
        text, lambda letter: f"\\U{ord(letter):08x}" if letter > "\uffff" else f"\\u{ord(letter):04x}"
    )


def _escaped(text: str, escape: Callable[[str], str]) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(letter if is_inert(letter) else escape(letter) for letter in quoted)


def _code_units(letter: str) -> tuple[int, ...]:
    """Return the letter in UTF-16: two surrogates where it is beyond U+FFFF."""
    code = ord(letter) - 0x10000
    return (ord(letter),) if code < 0 else (0xD800 + (code >> 10), 0xDC00 + (code & 0x3FF))


def _sql(text: str) -> str:
    """Return a text as an expression of DuckDB: between dollar signs, and by `chr` what a shell acts on.

    A literal in single quotes would end the quotes in which the query stands in a shell.
    """
    if all(map(is_inert, text)):
        return f"$${text}$$"
    parts = (
        _sql("".join(run)) if inert else " || ".join(f"chr({ord(letter)})" for letter in run)
        for inert, run in groupby(text, is_inert)
    )
    return f"({' || '.join(parts)})"


_JQ = _Language('(.event // "")', "==", _json)
_SQL = _Language("coalesce(event, $$$$)", "=", _sql)
_LOGQL = _Language("event", "=", _go)
