"""The cost of a summary over logs of other programs, beside the same requests in our own format."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from benchmarks.log.cold import run
from benchmarks.report import print_table

Record = dict[str, object]


def format_figures(log: Path, records: int, rounds: int) -> dict[str, float]:
    """Write the requests of `log` as other programs would, and print how long a summary takes of each."""
    command = [sys.executable, "-m", "monitoring", "summary", "--json", "--log"]
    seconds: dict[str, list[float]] = {name: [] for name in FORMATS}
    paths = {name: log.with_name(f"{name.replace(' ', '-')}.log") for name in FORMATS}
    for name, write in FORMATS.items():
        with paths[name].open("w", encoding="utf-8") as file:
            file.writelines(f"{write(record)}\n" for record in _requests(log, records))
    for _ in range(rounds):
        for name, path in paths.items():
            seconds[name].append(run([*command, str(path)])[0])
    own = median(seconds["own"])
    rows = [
        (
            name,
            f"{median(times):.2f}",
            f"{records / median(times):,.0f}",
            f"{paths[name].stat().st_size / median(times) / 2**20:,.0f}",
            f"{median(times) / own:.1f}",
        )
        for name, times in seconds.items()
    ]
    head = ("s", "median", "requests/s", "MiB/s", "ratio to own")
    print_table(f"A summary of {records:,} requests of other programs, whole processes", head, rows)
    return {f"format_{name.replace(' ', '_')}_per_s": records / median(seconds[name]) for name in FORMATS}


def _requests(log: Path, count: int) -> Iterator[Record]:
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            record: Record = json.loads(line)
            if record["event"] == "task.finished" and count:
                count -= 1
                yield record


def _own(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False)


def _pino(record: Record) -> str:
    fields = {
        "level": 30,
        "time": 1_769_011_200_000,
        "pid": 17,
        "hostname": "web-1",
        "task_type": record["task_type"],
        "req": {"id": 1, "method": "POST", "url": "/chat"},
        "res": {"statusCode": 200 if record["status"] == "ok" else 500},
        "responseTime": record["response_time_ms"],
        "msg": "request completed",
    }
    return json.dumps(fields)


def _structlog(record: Record) -> str:
    return json.dumps(
        {
            "request_id": record["request_id"],
            "task_type": record["task_type"],
            "duration_ms": record["response_time_ms"],
            "status": record["status"],
            "event": "request finished",
            "level": "info",
            "timestamp": record["timestamp"],
        }
    )


def _docker(record: Record) -> str:
    return json.dumps({"log": _own(record) + "\n", "stream": "stdout", "time": record["timestamp"]})


def _cri(record: Record) -> str:
    return f"{record['timestamp']} stdout F {_own(record)}"


def _logfmt(record: Record) -> str:
    return (
        f"time={record['timestamp']} level=info msg=finished task_type={record['task_type']} "
        f"status={record['status']} duration={record['response_time_ms']}ms"
    )


FORMATS: dict[str, Callable[[Record], str]] = {
    "own": _own,
    "docker": _docker,
    "CRI": _cri,
    "pino": _pino,
    "structlog": _structlog,
    "logfmt": _logfmt,
}
