"""What it costs to read the log back: this project beside its peers, in one run.

    python -m benchmarks.reading_bench [--json FILE] [--records N] [--rounds N]

"Cold" is a whole process, from its start to the 95th percentile of the response time of each task, over a log
that stands in the page cache; the contenders take turns, and every one must find the same percentiles. jq
gives its rows to sort and awk, in one pass for both tasks. "Refresh" is what the app does when ten records
have come: read them, put them into the window, bring percentiles and counts up to date, take a snapshot.
"""

import argparse
import gc
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.report import print_table, write_json
from benchmarks.sample_log import write_log

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
Run = tuple[float, float, Percentiles]  # s, MiB, what was found
NEW_RECORDS = 10


def contenders(log: Path) -> dict[str, list[str]]:
    """Return each contender's command."""
    ours = [sys.executable, "-m", "monitoring"]
    return {
        OURS: [*ours, "summary", "--log", str(log), "--json"],
        "this project: query": [*ours, "query", "--log", str(log), "--format", "json", QUERY],
        "jq | awk": ["sh", "-c", JQ, str(log)],
        "pandas": [sys.executable, "-c", PANDAS, str(log)],
        "polars": [sys.executable, "-c", POLARS, str(log)],
        "duckdb": [sys.executable, "-c", DUCKDB, str(log)],
    }


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--records", type=int, default=1_000_000, help="in the log (default: %(default)s)")
    parser.add_argument(
        "--rounds", type=int, default=3, help="turns of each contender (default: %(default)s)"
    )
    parser.add_argument("--child", nargs=3, metavar=("WHAT", "PATH", "RECORDS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        what, path, records = options.child
        print(json.dumps(CHILDREN[what](Path(path), int(records))))
        return
    with a_folder() as folder:
        log = folder / "qwen.log"
        write_log(log, options.records)
        runs = cold(log, options.rounds)
        figures = {**cold_figures(runs), **warm_figures(log, options.records)}
    write_json(options.json, figures)


def cold(log: Path, rounds: int) -> dict[str, list[Run]]:
    """Run the contenders that are installed in turns, and check that they agree."""
    commands = {name: command for name, command in contenders(log).items() if shutil.which(command[0])}
    if not shutil.which("jq"):
        del commands["jq | awk"]
        print("jq is not installed: it is left out", file=sys.stderr)
    subprocess.run(["cat", str(log)], check=True, stdout=subprocess.DEVNULL)  # into the page cache
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
    """Run a command; return its seconds, the memory of its largest process, in MiB, and what it found."""
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
    """Read what a contender printed: lines of task and percentile, or this project's JSON."""
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


def warm_figures(log: Path, records: int) -> dict[str, float]:
    """Print what the running app pays; return the figures."""
    small, large = (refresh(log, min(count, records)) for count in (10_000, 200_000))
    tail = child("tail", log, records)
    figures = {
        "tail_records_per_s": tail["records_per_s"],
        "first_view_ms": large["first_view_ms"],
        "full_window_ms": large["full_window_ms"],
        "refresh_ms_10k": small["p50_ms"],
        "refresh_ms_200k": large["p50_ms"],
        "refresh_200k_to_10k": large["p50_ms"] / small["p50_ms"],
        "window_mb": large["window_mb"],
    }
    head = ("refresh after 10 records, ms", "p50", "p99", "p99.9", "window MiB")
    rows = [
        (name, *(f"{part[key]:.2f}" for key in ("p50_ms", "p99_ms", "p999_ms")), f"{part['window_mb']:.0f}")
        for name, part in (("10,000 records in the window", small), ("200,000 records", large))
    ]
    print_table("The running app", head, rows)
    print(
        f"\nTail: {tail['records_per_s']:,.0f} records/s into the window. A start on {records:,} records: "
        f"first view {large['first_view_ms']:.0f} ms, full window {large['full_window_ms']:.0f} ms."
    )
    return figures


def refresh(log: Path, window: int) -> dict[str, float]:
    """Measure refreshes with `window` records in the window, in a process of its own."""
    return child("refresh", log, window)


def child(what: str, log: Path, records: int) -> dict[str, float]:
    """Run a part of the benchmark in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.reading_bench", "--child", what, str(log), str(records)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    figures: dict[str, float] = json.loads(output)
    return figures


def measure_tail(log: Path, records: int) -> dict[str, float]:
    """Tail the whole log from its first byte into a window."""
    from monitoring.reading.log_reader import Reading

    with a_folder() as folder:
        reading = Reading(folder / "qwen.log", 200_000)
        reading.poll()
        shutil.copy(log, folder / "qwen.log")
        started = time.perf_counter()
        reading.poll()
        return {"records_per_s": records / (time.perf_counter() - started)}


def measure_refresh(log: Path, window: int) -> dict[str, float]:
    """Load a window, then time refreshes after ten new records each."""
    from monitoring.reading.log_reader import Reading

    with a_folder() as folder:
        copy = folder / "qwen.log"
        shutil.copy(log, copy)
        lines = copy.read_bytes()[-1_000_000:].split(b"\n")[1:-1]
        gc.collect()
        before = resident_mb()
        started = time.perf_counter()
        reading = Reading(copy, window)
        loaded = []
        for _ in reading.load():
            reading.view()
            loaded.append(time.perf_counter() - started)
        gc.collect()
        window_mb = resident_mb() - before
        times = []
        with copy.open("ab", buffering=0) as file:
            for number in range(1000):
                chosen = (lines[(number * NEW_RECORDS + i) % len(lines)] for i in range(NEW_RECORDS))
                file.write(b"\n".join(chosen) + b"\n")
                started = time.perf_counter()
                reading.poll()
                reading.view()
                times.append((time.perf_counter() - started) * 1000)
        times.sort()
        return {
            "p50_ms": times[500],
            "p99_ms": times[990],
            "p999_ms": times[999],
            "first_view_ms": loaded[0] * 1000,
            "full_window_ms": loaded[-1] * 1000,
            "window_mb": window_mb,
        }


def resident_mb() -> float:
    """Return this process's resident set, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextmanager
def a_folder() -> Iterator[Path]:
    """Yield an empty folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="reading-bench-") as folder:
        yield Path(folder)


CHILDREN: dict[str, Callable[[Path, int], dict[str, float]]] = {
    "tail": measure_tail,
    "refresh": measure_refresh,
}

if __name__ == "__main__":
    main()
