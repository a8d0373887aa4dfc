"""The rules and their limits, from `rules.toml`, checked."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

DEFAULT_RULES = Path(__file__).with_name("rules.toml")

Seconds = Annotated[float, Field(ge=0, le=30 * 86400)]
Window = Annotated[float, Field(ge=1, le=30 * 86400)]
Milliseconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1, le=10_000)]
Share = Annotated[float, Field(gt=0, le=1)]
AtOnce = Annotated[float, Field(ge=0, le=0)]  # one record makes it: there is nothing that could last
Percentile = Annotated[float, Field(gt=0, lt=100)]


class RulesError(ValueError):
    """A file of rules that cannot be taken over; the text names file, line, key and what is allowed."""


class Rule(BaseModel):
    """What every rule may say."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    enabled: bool = True
    level: Literal["WARNING", "ERROR"] = "WARNING"
    for_seconds: Seconds = 0
    resolve_seconds: Seconds = 0
    cooldown_seconds: Seconds = 0
    clear_share: Share = 1


class SlowRequest(Rule):
    """One request over its limit."""

    for_seconds: AtOnce = 0
    sentiment_ms: Milliseconds
    chat_ttft_ms: Milliseconds
    chat_token_ms: Milliseconds


class SlowTask(Rule):
    """A percentile over a window."""

    window_seconds: Window
    requests: Count
    percentile: Percentile
    sentiment_ms: Milliseconds
    chat_ms: Milliseconds


class FailingTask(Rule):
    """Failures in a row."""

    failures: Count


class ErrorRate(Rule):
    """The share of failures over a window."""

    window_seconds: Window
    requests: Count
    share: Share


class MemoryLimit(Rule):
    """The resident set."""

    limit_mb: Annotated[float, Field(gt=0)] | Literal["auto"]


class MemoryGrowth(Rule):
    """The resident set on its way to the limit."""

    window_seconds: Window
    horizon_hours: Annotated[float, Field(gt=0, le=24 * 30)]
    leak_seconds: Window
    leak_horizon_seconds: Window
    warmup_seconds: Seconds


class QueueBackingUp(Rule):
    """Busy cores, and requests that wait."""

    cpu_share: Share
    queue_wait_ms: Milliseconds


class Odd(Rule):
    """Far outside of the past."""

    bin_seconds: Window
    history_bins: Count
    least_bins: Count
    score: Annotated[float, Field(gt=0)]
    ratio: Annotated[float, Field(gt=1)]
    for_bins: Count


class Silent(Rule):
    """No records."""

    requests_seconds: Seconds
    samples_seconds: Seconds


class Quality(Rule):
    """Answers that shift."""

    recent: Count
    baseline: Count
    least_baseline: Count
    score: Annotated[float, Field(gt=0)]
    bad_share: Share
    repetition: Share


class LogDropped(Rule):
    """Lost records."""

    for_seconds: AtOnce = 0


class Rules(BaseModel):
    """All rules."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    slow_request: SlowRequest
    slow_task: SlowTask
    failing_task: FailingTask
    error_rate: ErrorRate
    memory_limit: MemoryLimit
    memory_growth: MemoryGrowth
    queue_backing_up: QueueBackingUp
    odd: Odd
    silent: Silent
    quality: Quality
    log_dropped: LogDropped


def load_rules(path: Path | None = None) -> Rules:
    """Read the rules, the shipped ones where no path is given; what a file leaves out is as shipped.

    Raises:
        RulesError: it cannot be read, is no TOML, or says what cannot be.
    """
    shipped = tomllib.loads(DEFAULT_RULES.read_text("utf-8"))
    if path is None:
        return Rules.model_validate(shipped)
    try:
        text = path.read_text("utf-8")
        said = tomllib.loads(text)
    except OSError as error:
        raise RulesError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # no TOML, which says the line; or no UTF-8
        raise RulesError(f"{path} is no TOML: {error}") from error
    merged = shipped | {
        name: {**shipped.get(name, {}), **part} if isinstance(part, dict) else part
        for name, part in said.items()
    }
    try:
        return Rules.model_validate(merged)
    except ValidationError as error:
        problems = (_explain(text, problem) for problem in error.errors())
        raise RulesError("\n".join(f"{path}, {problem}" for problem in problems)) from error


def _explain(text: str, problem: Any) -> str:
    """Say line, key, value, and what is allowed."""
    keys = [str(key) for key in problem["loc"][:2]]  # what follows tells kinds that a value may have
    place = f"line {_line(text, keys)}: {'.'.join(keys)}"
    if problem["type"] != "extra_forbidden":
        return f"{place} = {problem['input']!r}: {problem['msg']}"
    allowed = Rules.model_fields if len(keys) == 1 else _fields_of(keys[0])
    kind = "rule" if len(keys) == 1 else "key"
    return f"{place}: there is no such {kind}; allowed are {', '.join(allowed)}"


def _fields_of(rule: str) -> list[str]:
    kind = Rules.model_fields[rule].annotation
    assert kind is not None
    return list(kind.model_fields) if not get_args(kind) else []


def _line(text: str, keys: list[str]) -> int:
    """Return the number of the line that sets a key, or of its rule's heading, as TOML may write it."""
    section: list[str] = []
    found = 1
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"\s*\[{1,2}([^\[\]#]+)\]", line):
            section = path = _names(heading[1])
        elif said := re.match(r"""([\w\s."'-]+)=""", line):
            path = section + _names(said[1])
        else:
            continue
        if path[: len(keys)] == keys:
            return number
        if path == keys[:1]:
            found = number
    return found


def _names(dotted: str) -> list[str]:
    return [name.strip().strip("\"'") for name in dotted.split(".")]
