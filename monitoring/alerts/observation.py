"""What the rules see of a record."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from monitoring.record.vocabulary import FINISHED, OK, is_request
from monitoring.window.frame import Frame
from monitoring.window.line_decoder import Batch, LineDecoder

TOLD_IN_FULL = ("app.started", "alert.fired", "alert.resolved", "alert.silenced")  # rare; their fields differ
NUMBERS = (
    "response_time_ms",
    "cpu_usage_percent",
    "memory_usage_mb",
    "queue_wait_ms",
    "ttft_ms",
    "output_tokens",
    "tokens_per_second",
    "confidence",
    "repetition",
    "dropped",
)
TEXTS = ("task_type", "request_id", "event", "status", "label")


class Observation(NamedTuple):
    """One record: NaN and "" where it does not say."""

    time: float  # s since the epoch
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
    task_type: str
    request_id: str
    event: str
    status: str
    label: str
    fields: dict[str, Any]  # all that it says, for the events of `TOLD_IN_FULL`


def of_frame(frame: Frame) -> Iterator[Observation]:
    """Yield what the rules see of a frame, in its order."""
    events = frame.texts("event").tolist()
    numbers = [frame[name].tolist() for name in NUMBERS]
    texts = [events if name == "event" else frame.texts(name).tolist() for name in TEXTS]
    full = {place: frame.take([place]).records()[0] for place in _in_full(events)}  # type: ignore[arg-type]
    return _observations(frame.time.tolist(), numbers, texts, full)


def of_batch(batch: Batch, decoder: LineDecoder) -> Iterator[Observation]:
    """Yield what the rules see of decoded lines, in their order."""
    events = batch.texts["event"]
    places = _in_full(events)
    lines = batch.lines.split(b"\n") if places else []
    full = {place: decoder.record(lines[place]) for place in places}
    numbers = [batch.numbers[name].tolist() for name in NUMBERS]
    return _observations(batch.time.tolist(), numbers, [batch.texts[name] for name in TEXTS], full)


def _in_full(events: Any) -> list[int]:
    return [place for place, event in enumerate(events) if event in TOLD_IN_FULL]


def _observations(
    times: list[float], numbers: list[list[float]], texts: list[Any], full: dict[int, dict[str, Any]]
) -> Iterator[Observation]:
    nothing: dict[str, Any] = {}
    events, statuses = TEXTS.index("event"), TEXTS.index("status")
    # The detectors know a request by the event `FINISHED`, and its end by a status.
    texts[events] = [
        FINISHED if is_request(event, not math.isnan(ms)) else event
        for event, ms in zip(texts[events], numbers[NUMBERS.index("response_time_ms")], strict=True)
    ]
    texts[statuses] = [
        status or (OK if event == FINISHED else "")
        for status, event in zip(texts[statuses], texts[events], strict=True)
    ]
    for place, row in enumerate(zip(times, *numbers, *texts, strict=True)):
        yield Observation._make((*row, full.get(place, nothing)))
