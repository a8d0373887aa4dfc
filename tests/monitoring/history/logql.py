"""A small evaluator of LogQL, which stands in for Loki: Loki cannot be had from package registries.

It knows what Loki's documentation says of the part of the language that the dashboard writes: a comment line,
a stream selector, `| json`, and label filters with =, !=, =~ and >, joined by `and` and `or`; texts are Go's.
Everything else raises ValueError.
"""

import json
import re
from collections.abc import Iterable, Iterator
from math import inf
from typing import Any

from monitoring.record.timestamps import seconds_of

Record = dict[str, Any]
Labels = dict[str, str]
Condition = tuple[str, str, str]  # label, operator, value

# A shipper takes these labels from the record, beside `app`.
STREAM_LABELS = ("task_type", "level")
APP = "qwen-all-in-one"

_TOKEN = re.compile(
    r'\s*("(?:[^"\\\n]|\\.)*"|=~|!=|[=>|{},()]|[A-Za-z_][A-Za-z0-9_]*|-?[0-9.]+(?:e[-+]?[0-9]+)?)'
)
_RANGE = re.compile(r"# time range: (\S+) \(included\) to (\S+) \(excluded\)")
_GO_ESCAPE = re.compile(r"\\(?:([abfnrtv\\\"])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_GO_LETTERS = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    '"': '"',
}


def select(query: str, lines: Iterable[bytes]) -> Iterator[Record]:
    """Yield the records that Loki would give; the time range, which its API takes, is that of the comment."""
    text = "\n".join(line for line in query.split("\n") if not line.startswith("#"))
    first, *stages = _stages(_tokens(text))
    since, until = _time_range(query)
    for line in lines:
        record = json.loads(line)
        labels = {"app": APP, **{name: record[name] for name in STREAM_LABELS if record.get(name)}}
        in_time = since <= seconds_of(record["timestamp"]) < until
        in_stream = all(_holds(labels, condition) for condition in _selector(first))
        if in_time and in_stream and all(_passes(stage, labels, record) for stage in stages):
            yield record


def unquote(text: str) -> str:
    """Return what a Go string in double quotes means, of the escapes that queries have.

    Raises:
        ValueError: it has another escape, or half a character.
    """

    def meant(found: re.Match[str]) -> str:
        letter, four, eight, other = found.groups()
        digits = four or eight
        if other or (digits and 0xD800 <= int(digits, 16) < 0xE000):
            raise ValueError(f"no escape of Go: {found[0]!r}")
        return _GO_LETTERS[letter] if letter else chr(int(digits, 16))

    return _GO_ESCAPE.sub(meant, text[1:-1])


def _tokens(text: str) -> list[str]:
    found, end = [], 0
    while text[end:].strip():
        token = _TOKEN.match(text, end)
        if token is None:
            raise ValueError(f"not understood: {text[end:]!r}")
        found.append(token[1])
        end = token.end()
    return found


def _stages(tokens: list[str]) -> list[list[str]]:
    stages: list[list[str]] = [[]]
    for token in tokens:
        if token == "|":
            stages.append([])
        else:
            stages[-1].append(token)
    return stages


def _time_range(query: str) -> tuple[float, float]:
    """Return the two ends, in s since the epoch."""
    found = _RANGE.match(query)
    since, until = found.groups() if found else ("…", "…")
    return (-inf if since == "…" else seconds_of(since)), (inf if until == "…" else seconds_of(until))


def _selector(tokens: list[str]) -> list[Condition]:
    if (tokens[0], tokens[-1]) != ("{", "}"):
        raise ValueError(f"no stream selector: {tokens}")
    inside = tokens[1:-1]
    if any(comma != "," for comma in inside[3::4]):
        raise ValueError(f"no stream selector: {tokens}")
    return [_condition(inside[start : start + 3]) for start in range(0, len(inside), 4)]


def _condition(tokens: list[str]) -> Condition:
    name, operator, value = tokens
    if (operator == ">") == value.startswith('"'):
        raise ValueError(f"a value of another kind is needed: {tokens}")
    return name, operator, value


def _passes(stage: list[str], labels: Labels, record: Record) -> bool:
    """Tell whether a record passes a stage; `json` adds labels and lets everything pass."""
    if stage == ["json"]:
        for name, value in _flat(record):
            labels[f"{name}_extracted" if name in ("app", *STREAM_LABELS) and name in labels else name] = (
                value
            )
        return True
    rest = list(reversed(stage))
    passes = _either(rest, labels)
    if rest:
        raise ValueError(f"not understood: {rest[-1]!r}")
    return passes


def _either(rest: list[str], labels: Labels) -> bool:
    """Take conditions that are joined by `or` off the end of `rest`; tell whether one of them holds."""
    holds = _all(rest, labels)
    while rest and rest[-1] == "or":
        rest.pop()
        holds |= _all(rest, labels)
    return holds


def _all(rest: list[str], labels: Labels) -> bool:
    holds = _one(rest, labels)
    while rest and rest[-1] == "and":
        rest.pop()
        holds &= _one(rest, labels)
    return holds


def _one(rest: list[str], labels: Labels) -> bool:
    if rest[-1] != "(":
        return _holds(labels, _condition([rest.pop() for _ in range(3)]))
    rest.pop()
    holds = _either(rest, labels)
    if rest.pop() != ")":
        raise ValueError("a parenthesis is not closed")
    return holds


def _flat(record: Record) -> Iterator[tuple[str, str]]:
    """Yield the labels that `json` makes of a record: no nulls, no lists, nested names joined by `_`."""
    for name, value in record.items():
        name = re.sub("[^A-Za-z0-9_]", "_", name)
        if isinstance(value, dict):
            yield from ((f"{name}_{inner}", text) for inner, text in _flat(value))
        elif isinstance(value, str):
            yield name, value
        elif value is not None and not isinstance(value, list):
            yield name, json.dumps(value)


def _holds(labels: Labels, condition: Condition) -> bool:
    """Tell whether a label is so; a missing one is empty, and larger than nothing."""
    name, operator, value = condition
    label = labels.get(name, "")
    match operator:
        case "=":
            return label == unquote(value)
        case "!=":
            return label != unquote(value)
        case "=~":
            return re.fullmatch(unquote(value), label) is not None
        case ">":
            try:
                return name in labels and float(label) > float(value)
            except ValueError:
                return True  # A label that is no number is an error, which does not filter.
    raise ValueError(f"no operator: {operator}")
