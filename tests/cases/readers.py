"""Each reader of a log, asked for the same figures in its own way."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from datetime import UTC
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import jq
import numpy as np
import pytest

from monitoring.alerts import replay as alert_replay
from monitoring.alerts.condition import Change
from monitoring.alerts.engine import AlertEngine
from monitoring.alerts.observation import Observation
from monitoring.alerts.rules_file import load_rules
from monitoring.cli.main import main
from monitoring.history.sql import query
from monitoring.machine import Machine
from monitoring.reading.whole_file import FileReading
from monitoring.record.mapping import parse_mapping
from monitoring.record.timestamps import timestamp
from monitoring.window.line_decoder import LineDecoder
from monitoring.window.masks import ended_as, ended_ok, is_request, of_task

STATUSES = {"ok": "ok", "errors": "error", "rejected": "rejected", "cancelled": "cancelled"}
Figures = dict[str, Any]


def by_dashboard(path: Path, mapping: str) -> Figures:
    """Return what the window of an opened file holds."""
    reading = FileReading(path, 10_000, 1 << 30, _parsed(mapping))
    for _ in reading.load():
        pass
    view = reading.view()
    requests = view.frame.where(is_request(view.frame))
    tasks = {}
    for name, told in view.summary.tasks.items():
        own = requests.where(of_task(requests, name))
        tasks[name] = {
            "requests": told.requests,
            "ok": int(ended_ok(own).sum()),
            **{column: int(ended_as(own, word).sum()) for column, word in STATUSES.items() if column != "ok"},
            "p50_ms": told.p50_ms,
            "p95_ms": told.p95_ms,
        }
    return {
        "records": len(view.frame),
        "broken": sum(view.broken.values()),
        "tasks": tasks,
        "levels": dict(Counter(filter(None, view.frame.texts("level").tolist()))),
        "times": [_text(moment) for moment in view.frame.time.tolist()],
    }


def by_summary(path: Path, mapping: str) -> Figures:
    """Return what `python -m monitoring summary --json` prints."""
    told = json.loads(_output(["summary", "--json", *_options(path, mapping)]))
    tasks = {
        name: {column: task[column] for column in ("requests", *STATUSES, "p50_ms", "p95_ms")}
        for name, task in told["tasks"].items()
    }
    return {"records": told["records"], "broken": told["broken"], "tasks": tasks}


def by_alerts(path: Path, mapping: str) -> Figures:
    """Return the records that a replay of the alert rules looks at."""
    seen: list[Observation] = []

    class Engine(AlertEngine):
        def on_record(self, record: Observation) -> list[Change]:
            seen.append(record)
            return super().on_record(record)

    decoder = LineDecoder(_parsed(mapping))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alert_replay, "AlertEngine", Engine)
        changes = alert_replay.replay(path, load_rules(None), Machine(2, 16_384), decoder)
        for _ in changes:
            pass
    requests = [
        {"task": each.task_type, "status": each.status, "ms": each.response_time_ms}
        for each in seen
        if each.event == "task.finished"
    ]
    return {
        "records": len(seen),
        "broken": decoder.broken.total(),
        "tasks": _tasks(requests),
        "times": [_text(each.time) for each in seen],
    }


def by_sql(path: Path, mapping: str) -> Figures:
    """Return what SQL finds."""
    answer = query(
        path, "select timestamp, level, event, task_type, status, response_time_ms from log", _parsed(mapping)
    )
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    times = [_text(row["timestamp"].replace(tzinfo=UTC).timestamp()) for row in rows]
    return {**_of_records(rows), "times": times}


def by_jq(path: Path, mapping: str) -> Figures:
    """Return what jq finds in what `python -m monitoring records` prints."""
    text = _output(["records", *_options(path, mapping)])
    records = jq.compile(".").input_text(text).all()
    return {**_of_records(records), "times": [record["timestamp"] for record in records]}


def _of_records(records: list[dict[str, Any]]) -> Figures:
    requests = [
        {"task": each["task_type"], "status": each["status"], "ms": each["response_time_ms"]}
        for each in ({name: record.get(name) for name in _ASKED} for record in records)
        if each["event"] == "task.finished"
    ]
    levels = Counter(record["level"] for record in records if record.get("level"))
    return {"records": len(records), "tasks": _tasks(requests), "levels": dict(levels)}


_ASKED = ("event", "task_type", "status", "response_time_ms")


def _tasks(requests: Iterable[Mapping[str, Any]]) -> dict[str, Figures]:
    tasks: dict[str, Figures] = {}
    requests = list(requests)
    for name in dict.fromkeys(request["task"] for request in requests):
        own = [request for request in requests if request["task"] == name]
        ok = [each["ms"] for each in own if each["status"] == "ok" and each["ms"] is not None]
        times = [ms for ms in ok if ms == ms]
        p50, p95 = np.percentile(times, (50, 95)).tolist() if times else (None, None)
        tasks[name] = {
            "requests": len(own),
            **{column: sum(each["status"] == word for each in own) for column, word in STATUSES.items()},
            "p50_ms": p50,
            "p95_ms": p95,
        }
    return tasks


def _parsed(mapping: str) -> dict[str, str]:
    return parse_mapping([mapping]) if mapping else {}


def _options(path: Path, mapping: str) -> list[str]:
    return ["--log", str(path), *(["--map", mapping] if mapping else [])]


def _output(arguments: list[str]) -> str:
    stream = TextIOWrapper(BytesIO(), "utf-8", write_through=True)
    with redirect_stdout(stream):
        status = main(arguments)
    assert status == 0
    written: bytes = stream.buffer.getvalue()
    return written.decode()


def _text(moment: float) -> str:
    # Half a millisecond less than what rounding could change: a moment is cut to milliseconds.
    return timestamp(round(moment * 1e6) / 1e6 + 4e-7)
