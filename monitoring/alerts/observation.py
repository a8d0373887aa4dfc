"""The fields of a record that the rules use."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from monitoring.reading.processes import Processes
from monitoring.record import schema
from monitoring.record.vocabulary import FINISHED, OK
from monitoring.window.frame import Frame
from monitoring.window.line_decoder import Batch, LineDecoder

# Rare events, whose records have fields of their own.
IN_FULL = (
    "app.started",
    "alert.fired",
    "alert.updated",
    "alert.resolved",
    "alert.withdrawn",
    "alert.silenced",
    "model.failed",
    "unexpected_end",
)
# The field of a `log` record that tells by how many seconds the clock jumped.
CLOCK_JUMP = "clock_jump_s"


class Observation(NamedTuple):
    """One record; a field that it does not have is NaN or ""."""

    # Seconds since the epoch.
    time: float
    response_time_ms: float
    cpu_usage_percent: float
    memory_usage_mb: float
    queue_wait_ms: float
    ttft_ms: float
    output_tokens: float
    tokens_per_second: float
    confidence: float
    repetition: float
    dropped: float
    kv_mb: float
    kv_budget_mb: float
    task_type: str
    request_id: str
    event: str
    status: str
    label: str
    # The key of the process that wrote it, as `Processes` gives it.
    process: str
    # All fields of the record, for the events of `IN_FULL`, and in a replay for jumps of the clock.
    fields: dict[str, Any]


# The values of each field, by its name.
Columns = dict[str, Sequence[Any]]

NUMBERS = tuple(name for name in Observation._fields if name in schema.NUMBERS)
TEXTS = tuple(name for name in Observation._fields if name in schema.TEXTS)


def of_frame(frame: Frame, processes: Processes | None = None) -> Iterator[Observation]:
    """Yield the observations of a frame, in its order; `processes` knows those of the records before."""
    columns: Columns = {"time": frame.time.tolist()}
    columns |= {name: frame[name].tolist() for name in (*NUMBERS, "pid", "seq")}
    columns |= {name: frame.texts(name).tolist() for name in (*TEXTS, "instance")}
    places = _in_full(columns["event"])
    full = {place: frame.take(np.array([place])).records()[0] for place in places}
    return _observations(columns, full, processes or Processes())


def of_batch(batch: Batch, decoder: LineDecoder, processes: Processes | None = None) -> Iterator[Observation]:
    """Yield the observations of decoded lines, in their order; `processes` knows those of lines before."""
    columns: Columns = {"time": batch.time.tolist()}
    columns |= {name: batch.numbers[name].tolist() for name in (*NUMBERS, "pid", "seq")}
    columns |= {name: batch.texts[name] for name in (*TEXTS, "instance")}
    places = _in_full(columns["event"])
    tells_jump = CLOCK_JUMP.encode() in batch.lines
    lines = batch.lines.split(b"\n") if places or tells_jump else []
    if tells_jump:
        places += [place for place, line in enumerate(lines) if CLOCK_JUMP.encode() in line]
    full = {place: decoder.record(lines[place]) for place in places}
    return _observations(columns, full, processes or Processes())


def _in_full(events: Sequence[str]) -> list[int]:
    return [place for place, event in enumerate(events) if event in IN_FULL]


def _observations(
    columns: Columns, full: dict[int, dict[str, Any]], processes: Processes
) -> Iterator[Observation]:
    """Yield the rows of the columns; `full` holds all fields of some rows, by their indices."""
    nothing: dict[str, Any] = {}
    columns["fields"] = [full.get(place, nothing) for place in range(len(columns["time"]))]
    columns["process"] = list(map(processes.key, columns["instance"], columns["pid"], columns["seq"]))
    # The detectors know the end of a request by its status.
    columns["status"] = [
        status or (OK if event == FINISHED else "")
        for status, event in zip(columns["status"], columns["event"], strict=True)
    ]
    return map(Observation._make, zip(*(columns[name] for name in Observation._fields), strict=True))
