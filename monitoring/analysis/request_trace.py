"""The trace of one request: the phases of its time, its records, and the samples around it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from monitoring.record.mapping import number
from monitoring.record.vocabulary import UNKNOWN_TASK
from monitoring.window.frame import Frame
from monitoring.window.masks import is_request

# Samples are shown from so long before the request until so long after it; they are 5 s apart.
AROUND_SECONDS = 6.0
# Records with one id that are read: a log may hold nothing else.
MAX_RECORDS = 200


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a task's time."""

    task: str
    # wait, prefill, decode, or run where the log does not tell more.
    name: str
    # Milliseconds after the request's start.
    start_ms: float
    length_ms: float
    # Tokens that were read or written in it.
    tokens: int | None


@dataclass(frozen=True, slots=True, eq=False)
class RequestTrace:
    """Everything that the log tells of one request."""

    request_id: str
    # Seconds since the epoch.
    start: float
    length_ms: float
    phases: list[Phase]
    # All records with its id, oldest first.
    records: list[dict[str, Any]]
    # Samples of CPU and memory while it ran, and shortly before and after.
    samples: Frame


def trace(frame: Frame, request_id: str, max_records: int = MAX_RECORDS) -> RequestTrace | None:
    """Return what the log tells of a request; `None` if no record has its id."""
    own = frame.where(frame.equals("request_id", request_id)).newest(max_records)
    if not request_id or not len(own):
        return None
    tasks = own.where(is_request(own))
    ends = tasks.time
    # A response time that is absent counts as 0.
    starts = ends - np.fmax(tasks["response_time_ms"], 0) / 1000
    start = float(starts.min()) if len(tasks) else float(own.time[0])
    end = float(ends.max()) if len(tasks) else start
    phases = [
        phase
        for record, begin in zip(tasks.records(), starts.tolist(), strict=True)
        for phase in _phases(record, (begin - start) * 1000)
    ]
    near = (frame.time >= start - AROUND_SECONDS) & (frame.time <= end + AROUND_SECONDS)
    samples = frame.where(near & ~np.isnan(frame["memory_usage_mb"]))
    samples = samples.take(np.argsort(samples.time, kind="stable"))
    return RequestTrace(request_id, start, (end - start) * 1000, phases, own.records(), samples)


def _phases(record: dict[str, Any], start_ms: float) -> Iterator[Phase]:
    """Split a task's time into phases; prefill lasts from the end of the queue wait to the first token."""
    task = str(record.get("task_type") or UNKNOWN_TASK)
    total = max(number(record.get("response_time_ms")) or 0.0, 0.0)
    wait = min(max(number(record.get("queue_wait_ms")) or 0.0, 0.0), total)
    first = number(record.get("ttft_ms"))
    if wait > 0:
        yield Phase(task, "wait", start_ms, wait, None)
    if first is not None:
        first = min(max(first, wait), total)
        yield Phase(task, "prefill", start_ms + wait, first - wait, _whole(record, "prompt_tokens"))
        yield Phase(task, "decode", start_ms + first, total - first, _whole(record, "output_tokens"))
    elif record.get("label") and record.get("status") in ("ok", None):
        # A label is scored in one pass over the prompt.
        yield Phase(task, "prefill", start_ms + wait, total - wait, _whole(record, "prompt_tokens"))
    else:
        yield Phase(task, "run", start_ms + wait, total - wait, _whole(record, "output_tokens"))


def _whole(record: dict[str, Any], name: str) -> int | None:
    value = number(record.get(name))
    return None if value is None else int(value)
