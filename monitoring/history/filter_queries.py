"""A filter as a text for other tools, each of which gives the same records: jq, LogQL, SQL."""

import json
import re
import shlex

from monitoring.analysis.filters import EQUAL, Filter
from monitoring.history.log_view import literal
from monitoring.record.timestamps import timestamp
from monitoring.record.vocabulary import FINISHED

APP_LABEL = "qwen-all-in-one"  # Loki's label `app`
LOKI_LABELS = ("task_type", "level")  # beside `app`; see docs/log-record.md
_REGEX_MARKS = re.compile(r"[\\.+*?()|\[\]{}^$]")  # those that Go's QuoteMeta escapes
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def as_jq(wanted: Filter, reading: str) -> str:
    """Return a shell command with jq; `reading` is one that writes the log's lines, see `read_all`."""
    conditions = []
    if wanted.kind == "requests":
        conditions.append(f'(.event == "{FINISHED}" or ((.event // "") == "" and .response_time_ms != null))')
    elif wanted.kind == "events":
        conditions.append(
            f'(.event != "{FINISHED}" and .event != "resource.sample"'
            ' and ((.event // "") != "" or .response_time_ms == null))'
        )
    for name in EQUAL:
        if value := getattr(wanted, name):
            conditions.append(f".{name} == {_json(value)}")
    if wanted.since is not None:
        conditions.append(f".timestamp >= {_json(_moment(wanted.since))}")
    if wanted.until is not None:
        conditions.append(f".timestamp < {_json(_moment(wanted.until))}")
    if wanted.over_ms is not None:
        conditions.append(f".response_time_ms > {wanted.over_ms!r}")  # jq takes null for less than numbers
    if wanted.text:
        fields = ", ".join(f".{name}" for name in wanted.searched)
        text = _json(_lower(wanted.text))
        conditions.append(f"any({fields} | strings; ascii_downcase | contains({text}))")
    selection = f" | select({' and '.join(conditions)})" if conditions else ""
    return f"{reading} | jq -cR {_shell('fromjson? | objects' + selection)}"  # broken lines do not end it


def read_all(folder: str, stem: str) -> str:
    """Return the shell command that writes the lines of all files of a log."""
    files = _shell(f"{stem}*.log")
    compressed = _shell(f"{stem}*.log.gz")
    return (
        f"find {shlex.quote(folder)} -name {files} -exec awk 1 {{}} + "  # it ends a file's torn last line
        f"-o -name {compressed} -exec zcat {{}} +"
    )


def read_one(file: str) -> str:
    """Return the shell command that writes the lines of one file, plain or compressed."""
    return f"zcat -f {shlex.quote(file)}"


def as_sql(wanted: Filter) -> str:
    """Return a SELECT for `python -m monitoring query`."""
    conditions = []
    if wanted.kind == "requests":
        conditions.append(
            f"(event = '{FINISHED}' or (coalesce(event, '') = '' and response_time_ms is not null))"
        )
    elif wanted.kind == "events":
        conditions.append(
            f"(event is null or event not in ('{FINISHED}', 'resource.sample'))"
            " and (coalesce(event, '') != '' or response_time_ms is null)"
        )
    for name in EQUAL:
        if value := getattr(wanted, name):
            conditions.append(f"{name} = {literal(value)}")
    if wanted.since is not None:
        conditions.append(f"timestamp >= '{_moment(wanted.since)[:-1]}'::TIMESTAMP")
    if wanted.until is not None:
        conditions.append(f"timestamp < '{_moment(wanted.until)[:-1]}'::TIMESTAMP")
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
    """Return a LogQL query; its time range, which LogQL cannot hold, is told in a comment."""
    labels = {"app": APP_LABEL, **{name: value for name in LOKI_LABELS if (value := getattr(wanted, name))}}
    stages = [f"{{{', '.join(f'{name}={_logql(value)}' for name, value in labels.items())}}}", "| json"]
    if wanted.kind == "requests":
        stages.append(f'| event="{FINISHED}" or event="" and response_time_ms!=""')
    elif wanted.kind == "events":
        stages.append(f'| event!="{FINISHED}" | event!="resource.sample" | event!="" or response_time_ms=""')
    for name in EQUAL:
        if (value := getattr(wanted, name)) and name not in LOKI_LABELS:
            stages.append(f"| {name}={_logql(value)}")
    if wanted.over_ms is not None:
        stages.append(f"| response_time_ms > {wanted.over_ms!r}")
    if wanted.text:
        pattern = _logql(f"(?s).*{_any_case(wanted.text)}.*")
        stages.append(f"| {' or '.join(f'{name}=~{pattern}' for name in wanted.searched)}")
    query = " ".join(stages)
    if wanted.since is None and wanted.until is None:
        return query
    since, until = (_moment(end) if end is not None else "…" for end in (wanted.since, wanted.until))
    return f"# time range: {since} (included) to {until} (excluded)\n{query}"


def _moment(seconds: float) -> str:
    return timestamp(seconds + 0.0004)  # whole milliseconds are seldom whole in binary, and `timestamp` cuts


def _lower(text: str) -> str:
    return "".join(letter.lower() if letter in _UPPER else letter for letter in text)


def _any_case(text: str) -> str:
    """Return a regular expression for the text, in which just A to Z and a to z are the same."""
    quoted = _REGEX_MARKS.sub(r"\\\g<0>", text)
    return re.sub("[A-Za-z]", lambda letter: f"[{letter[0].upper()}{letter[0].lower()}]", quoted)


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _logql(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # LogQL's strings are Go's, which know JSON's escapes


def _shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
