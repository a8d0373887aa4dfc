"""Percentiles of a whole log, each computed by a process from its start: this project beside its peers."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from benchmarks.report import print_table

QUERY = "select task_type, quantile_cont(response_time_ms, .95) from log where status = 'ok' group by 1"
JQ = r"""
jq -r 'select(.status == "ok") | [.task_type, .response_time_ms] | @tsv' "$0" | LC_ALL=C sort -k1,1 -k2,2g |
awk -F'\t' '{n[$1]++; v[$1, n[$1]] = $2} END {for (t in n) print t "\t" v[t, int((n[t] - 1) * .95) + 1]}'
"""
PANDAS = """
import sys, pandas
log = pandas.read_json(sys.argv[1], lines=True)
found = log[log.status == "ok"].groupby("task_type").response_time_ms.quantile(.95)
for task, value in found.items(): print(task, value, sep="\\t")
"""
POLARS = """
import sys, polars
kinds = {"task_type": polars.String, "status": polars.String, "response_time_ms": polars.Float64}
log = polars.scan_ndjson(sys.argv[1], schema=kinds).filter(polars.col("status") == "ok")
p95 = polars.col("response_time_ms").quantile(.95, "linear")
for row in log.group_by("task_type").agg(p95).collect().iter_rows(): print(*row, sep="\\t")
"""
DUCKDB = """
import sys, duckdb
columns = "{task_type: 'VARCHAR', status: 'VARCHAR', response_time_ms: 'DOUBLE'}"
log = f"read_json(?, format = 'newline_delimited', columns = {columns})"
query = f"select task_type, quantile_cont(response_time_ms, .95) from {log} where status = 'ok' group by 1"
for row in duckdb.execute(query, [sys.argv[1]]).fetchall(): print(*row, sep="\\t")
"""
OURS = "this project: summary"
Percentiles = dict[str, float]
Run = tuple[float, float, Percentiles]  # s, peak MiB, and the percentiles that were found


def contenders(log: Path) -> dict[str, list[str]]:
    """Return the command of each contender."""
    ours = [sys.executable, "-m", "monitoring"]
    return {
        OURS: [*ours, "summary", "--log", str(log), "--json"],
        "this project: query": [*ours, "query", "--log", str(log), "--format", "json", QUERY],
        "jq | awk": ["sh", "-c", JQ, str(log)],
        "pandas": [sys.executable, "-c", PANDAS, str(log)],
        "polars": [sys.executable, "-c", POLARS, str(log)],
        "duckdb": [sys.executable, "-c", DUCKDB, str(log)],
    }


def run_all(log: Path, rounds: int) -> dict[str, list[Run]]:
    """Run the installed contenders in turns, and check that they find the same percentiles."""
    commands = {name: command for name, command in contenders(log).items() if shutil.which(command[0])}
    if not shutil.which("jq"):
        del commands["jq | awk"]
        print("jq is not installed, so it is left out: apt-get install jq", file=sys.stderr)
    # Put the log into the page cache.
    subprocess.run(["cat", str(log)], check=True, stdout=subprocess.DEVNULL)
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(run(command))
    expected = runs[OURS][0][2]
    for name, results in runs.items():
        for *_, found in results:
            if any(abs(found[task] - value) > 0.001 * value for task, value in expected.items()):
                raise SystemExit(f"{name} found {found}, and {OURS} {expected}")
    return runs


def run(command: list[str]) -> Run:
    """Run a command; return its seconds, the memory of its largest process in MiB, and its percentiles."""
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"{command[0]} failed with status {process.returncode}")
    return seconds, usage.ru_maxrss / 1024, percentiles(output)


def percentiles(output: str) -> Percentiles:
    """Parse the output of a contender: lines of a task and its percentile, or this project's JSON."""
    if output.startswith("{"):
        found = [json.loads(line) for line in output.splitlines()]
        if "tasks" in found[0]:
            return {task: values["p95_ms"] for task, values in found[0]["tasks"].items()}
        return {task: value for task, value in map(dict.values, found) if value is not None}
    rows = [line.split("\t") for line in output.splitlines()]
    return {task: float(value) for task, value in rows if value not in ("", "None", "nan")}


def cold_figures(runs: dict[str, list[Run]]) -> dict[str, float]:
    """Print the table of whole processes; return its figures."""
    seconds = {name: [result[0] for result in results] for name, results in runs.items()}
    ours = median(seconds[OURS])
    rows = [
        (
            name,
            *(f"{value:.2f}" for value in (min(times), median(times), max(times))),
            f"{median(times) / ours:.1f}",
            f"{max(result[1] for result in runs[name]):,.0f}",
        )
        for name, times in seconds.items()
    ]
    print_table(
        "Cold p95 of each task, whole processes",
        ("s", "min", "median", "max", "ratio to ours", "peak MiB"),
        rows,
    )
    keys = {"jq | awk": "jq_s", "pandas": "pandas_s", "polars": "polars_s", "duckdb": "duckdb_s"}
    return {
        "cold_p95_s": ours,
        "query_s": median(seconds["this project: query"]),
        **{key: median(seconds[name]) for name, key in keys.items() if name in seconds},
        **{
            f"{key[:-2]}_to_cold": median(seconds[name]) / ours
            for name, key in keys.items()
            if name in seconds
        },
    }
