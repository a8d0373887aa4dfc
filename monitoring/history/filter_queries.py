"""Write a filter as a query for jq, LogQL and SQL, each of which selects the same records."""

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from monitoring.analysis.filters import EQUAL, Filter, Kind
from monitoring.history.log_view import literal
from monitoring.record.timestamps import timestamp
from monitoring.record.vocabulary import REQUEST_EVENTS, SAMPLED

# The value of Loki's label `app`.
APP_LABEL = "qwen-all-in-one"
# The labels that a stream has beside `app`; docs/log-record.md lists them.
LOKI_LABELS = ("task_type", "level")
# The characters that Go's `regexp.QuoteMeta` escapes.
_REGEX_MARKS = re.compile(r"[\\.+*?()|\[\]{}^$]")
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class _Language:
    """The conditions with which a query language tells requests from other records."""

    event: str  # the record's event, "" where it has none
    equals: str
    quote: Callable[[str], str]
    timed: str  # the condition that the record tells a response time
    untimed: str

    def of_kind(self, kind: Kind) -> list[str]:
        """Return the conditions that select a kind of records; all of them must hold."""
        if kind == "requests":
            return [f"({' or '.join(map(self._is_request, REQUEST_EVENTS))})"]
        if kind == "events":
            return [f"{self.event} != {self.quote(SAMPLED)}", *map(self._is_no_request, REQUEST_EVENTS)]
        return []

    def _is_request(self, event: str) -> str:
        has_event = f"{self.event} {self.equals} {self.quote(event)}"
        return f"({has_event} and {self.timed})" if REQUEST_EVENTS[event] else has_event

    def _is_no_request(self, event: str) -> str:
        has_other = f"{self.event} != {self.quote(event)}"
        return f"({has_other} or {self.untimed})" if REQUEST_EVENTS[event] else has_other


def as_jq(wanted: Filter, reading: str, mapping: Mapping[str, str] = {}) -> str:
    """Return a shell command with jq; `reading` is the command that writes the log's lines (`read_all`).

    `mapping` has another program's names for our fields; records are selected by them, and stay as they are.
    """
    conditions = _JQ.of_kind(wanted.kind)
    for name in EQUAL:
        if value := getattr(wanted, name):
            conditions.append(f".{name} == {_json(value)}")
    if wanted.since is not None:
        conditions.append(f".timestamp >= {_json(_to_text(wanted.since))}")
    if wanted.until is not None:
        conditions.append(f".timestamp < {_json(_to_text(wanted.until))}")
    if wanted.over_ms is not None:
        conditions.append(f".response_time_ms > {wanted.over_ms!r}")  # jq sorts null before numbers
    if wanted.text:
        fields = ", ".join(f".{name}" for name in wanted.searched)
        text = _json(_lower(wanted.text))
        conditions.append(f"any({fields} | strings; ascii_downcase | contains({text}))")
    renaming = "".join(f".{ours} //= .[{_json(foreign)}] | " for foreign, ours in mapping.items())
    selection = f" | select({renaming}{' and '.join(conditions)})" if conditions else ""
    return f"{reading} | jq -cR {_shell('fromjson? | objects' + selection)}"  # `?` skips broken lines


def read_all(folder: str, stem: str) -> str:
    """Return the shell command that writes the lines of all files of a log."""
    files = _shell(f"{stem}*.log")
    compressed = _shell(f"{stem}*.log.gz")
    # awk adds the newline that a torn last line lacks.
    return (
        f"find {shlex.quote(folder)} -name {files} -exec awk 1 {{}} + -o -name {compressed} -exec zcat {{}} +"
    )


def read_one(file: str) -> str:
    """Return the shell command that writes the lines of one file, plain or compressed."""
    return f"zcat -f {shlex.quote(file)}"


def as_sql(wanted: Filter) -> str:
    """Return a SELECT for `python -m monitoring query`."""
    conditions = _SQL.of_kind(wanted.kind)
    for name in EQUAL:
        if value := getattr(wanted, name):
            conditions.append(f"{name} = {literal(value)}")
    if wanted.since is not None:
        conditions.append(f"timestamp >= '{_to_text(wanted.since)[:-1]}'::TIMESTAMP")
    if wanted.until is not None:
        conditions.append(f"timestamp < '{_to_text(wanted.until)[:-1]}'::TIMESTAMP")
    if wanted.over_ms is not None:
        conditions.append(f"response_time_ms > {wanted.over_ms!r}")
    if wanted.text:
        text = literal(_lower(wanted.text))
        found = " or ".join(
            f"contains(translate({name}, '{_UPPER}', '{_UPPER.lower()}'), {text})" for name in wanted.searched
        )
        conditions.append(f"({found})")
    where = f" where {' and '.join(conditions)}" if conditions else ""
    return f"select * from log{where} order by timestamp desc"


def as_logql(wanted: Filter) -> str:
    """Return a LogQL query; a comment holds the time range, which LogQL cannot express."""
    labels = {"app": APP_LABEL, **{name: value for name in LOKI_LABELS if (value := getattr(wanted, name))}}
    stream = f"{{{', '.join(f'{name}={_json(value)}' for name, value in labels.items())}}}"
    stages = [stream, "| json", *(f"| {condition}" for condition in _LOGQL.of_kind(wanted.kind))]
    for name in EQUAL:
        if (value := getattr(wanted, name)) and name not in LOKI_LABELS:
            stages.append(f"| {name}={_json(value)}")
    if wanted.over_ms is not None:
        stages.append(f"| response_time_ms > {wanted.over_ms!r}")
    if wanted.text:
        pattern = _json(f"(?s).*{_any_case(wanted.text)}.*")
        stages.append(f"| {' or '.join(f'{name}=~{pattern}' for name in wanted.searched)}")
    query = " ".join(stages)
    if wanted.since is None and wanted.until is None:
        return query
    since, until = (_to_text(end) if end is not None else "…" for end in (wanted.since, wanted.until))
    return f"# time range: {since} (included) to {until} (excluded)\n{query}"


def _to_text(seconds: float) -> str:
    # `timestamp` cuts to milliseconds, and most whole milliseconds are a little less in binary.
    return timestamp(seconds + 0.0004)


def _lower(text: str) -> str:
    return "".join(letter.lower() if letter in _UPPER else letter for letter in text)


def _any_case(text: str) -> str:
    """Return a regular expression for the text, in which just A to Z and a to z are the same."""
    quoted = _REGEX_MARKS.sub(r"\\\g<0>", text)
    return re.sub("[A-Za-z]", lambda letter: f"[{letter[0].upper()}{letter[0].lower()}]", quoted)


def _json(text: str) -> str:
    """Return the literal of a text in JSON, which jq and LogQL read, too: Go knows the escapes of JSON."""
    return json.dumps(text, ensure_ascii=False)


def _shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


_JQ = _Language('(.event // "")', "==", _json, ".response_time_ms != null", ".response_time_ms == null")
_SQL = _Language(
    "coalesce(event, '')", "=", literal, "response_time_ms is not null", "response_time_ms is null"
)
_LOGQL = _Language("event", "=", _json, 'response_time_ms != ""', 'response_time_ms = ""')
