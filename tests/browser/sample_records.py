"""The records that the browser tests look at: an hour of a busy app, up to now."""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from monitoring.record.encode import to_line
from monitoring.record.timestamps import timestamp

Fields = dict[str, Any]

REQUESTS = 60  # of two tasks each
SPACING_SECONDS = 50.0
USAGE = {"cpu_usage_percent": 75.0, "memory_usage_mb": 1500.0}
STATUSES = {3: "error", 5: "cancelled", 7: "rejected"}  # of each ten requests; the others end ok
LEVELS = {"error": "ERROR", "rejected": "WARNING"}
HOSTILE = "<img src=x onerror=\"document.title='owned'\"> **b** <script>document.title='owned'</script>"


def request_id(number: int) -> str:
    """Return the id of a sample's request."""
    return f"{number:08x}" + "c0ffee00" * 3


def task(number: int, task_type: str, moment: float, **more: object) -> Fields:
    """Return the record of a finished task; both its message and its response time are its own."""
    status = STATUSES.get(number % 10, "ok")
    sentiment: Fields = {
        "response_time_ms": 200.0 + number,
        "label": "正面" if number % 2 else "负面",
        "confidence": 0.9,
        "output_tokens": 1,
    }
    chat: Fields = {
        "response_time_ms": 1000.0 + 37 * number,
        "ttft_ms": 300.0 + number,
        "output_tokens": 10 + number,
        "tokens_per_second": 10 + number / 10,
    }
    return {
        "timestamp": timestamp(moment),
        "level": LEVELS.get(status, "INFO"),
        "message": f"{task_type} no. {number}",
        "task_type": task_type,
        "request_id": request_id(number),
        **USAGE,
        "event": "task.finished",
        "status": status,
        "error_message": "out of memory" if status == "error" else None,
        "session_id": f"session-{number % 3}",
        "queue_wait_ms": 5.0 + number % 7,
        "prompt_tokens": 100,
        "input_text": f"Question {number}",
        **(sentiment if task_type == "sentiment" else chat),
        **more,
    }


def event(name: str, moment: float, message: str, **more: object) -> Fields:
    """Return the record of something else that happened."""
    return {
        "timestamp": timestamp(moment),
        "level": "INFO",
        "message": message,
        "task_type": "system",
        "request_id": None,
        "response_time_ms": None,
        **USAGE,
        "event": name,
        **more,
    }


def hour(end: float | None = None) -> list[Fields]:
    """Return the records of an hour, the newest of three minutes before its end, which is now."""
    end = time.time() if end is None else end
    records = [
        event("app.started", end - 3500, "started in the sample"),
        event("alert.fired", end - 2000, "memory is high", rule="memory", level="WARNING"),
        event("alert.resolved", end - 1500, "memory is low again", rule="memory"),
        event("alert.fired", end - 400, "chat is slow", rule="p95", task_type="chat", level="WARNING"),
        event("feedback", end - 200, "rated", request_id=request_id(4), rating="like", task_type="chat"),
        *(event("resource.sample", end - 3540 + 60 * minute, "sample") for minute in range(57)),
    ]
    for number in range(REQUESTS):
        moment = end - 180 - SPACING_SECONDS * (REQUESTS - 1 - number)
        records.append(task(number, "sentiment", moment))
        records.append(task(number, "chat", moment + 10))
    return sorted(records, key=lambda record: str(record["timestamp"]))


def hostile(moment: float) -> list[Fields]:
    """Return records that carry HTML, Markdown and a script in each of their texts."""
    texts = ("message", "request_id", "status", "session_id", "error_message", "input_text")
    finished = {
        **task(1, "chat", moment),
        **dict.fromkeys(texts, HOSTILE),
        "label": HOSTILE,
        "task_type": HOSTILE,
        "level": "ERROR",
    }
    failed = {**finished, "task_type": "chat"}  # which stands in the charts, too
    return [finished, failed, event("alert.fired", moment, HOSTILE, rule=HOSTILE, task_type=HOSTILE)]


def write(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Add records to a file, which need not be there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(b"".join(map(to_line, records)))
