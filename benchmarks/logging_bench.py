"""The cost of one record for the thread that logs it: this project beside its peers, in one run.

    python -m benchmarks.logging_bench [--json FILE] [--calls N] [--rounds N] [--kills N]

Each figure comes from a process of its own. The contenders take turns, and the figures are medians over the
rounds. "Slow disk" is a named pipe in place of the log, which takes 64 KiB every 50 ms: a contender that
writes on the caller's thread waits for it. "kill -9" ends a process that logs a record each millisecond, and
measures the age of the newest record in the file.
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from time import perf_counter_ns

from benchmarks.log.contenders import CONTENDERS, this_project
from benchmarks.report import print_table, write_json

OURS, PEER, ARTICLE = "this project", "structlog + orjson", "article's formatter"
PIPE_BYTES, PIPE_SECONDS = 1 << 16, 0.05
SLOW_CALLS = 10_000
Figures = dict[str, float]


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    parser.add_argument(
        "--calls", type=int, default=20_000, help="records in each round (default: %(default)s)"
    )
    parser.add_argument(
        "--rounds", type=int, default=7, help="turns of each contender (default: %(default)s)"
    )
    parser.add_argument("--kills", type=int, default=10, help="processes to kill (default: %(default)s)")
    parser.add_argument("--child", nargs=2, metavar=("NAME", "PATH"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        name, path = options.child
        if name == "kill":
            log_until_killed(Path(path))
        print(json.dumps(measure(name, Path(path), options.calls)))
        return
    fast, slow = compare(options.calls, options.rounds)
    lost = max(kill_one() for _ in range(options.kills)) if options.kills else 0.0
    show(fast, slow, lost)
    write_json(options.json, summary(fast, slow, lost))


def compare(calls: int, rounds: int) -> tuple[dict[str, Figures], dict[str, Figures]]:
    """Return the medians of each contender: on the disk of this machine, and on the slow disk."""
    fast: dict[str, list[Figures]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name, results in fast.items():
            with a_folder() as folder:
                results.append(run_child(name, folder / "qwen.log", calls))
    slow = {}
    for name in CONTENDERS:
        with a_folder() as folder, slow_disk(folder / "qwen.log"):
            slow[name] = run_child(name, folder / "qwen.log", min(calls, SLOW_CALLS))
    medians = {
        name: {key: median(result[key] for result in results) for key in results[0]}
        for name, results in fast.items()
    }
    return medians, slow


def run_child(name: str, path: Path, calls: int) -> Figures:
    """Measure one contender in a process of its own."""
    output = subprocess.run(
        [*child_command(name, path), "--calls", str(calls)], check=True, stdout=subprocess.PIPE
    ).stdout
    figures: Figures = json.loads(output)
    return figures


def child_command(name: str, path: Path) -> list[str]:
    """Return the command that measures one contender in a process of its own."""
    return [sys.executable, "-m", "benchmarks.logging_bench", "--child", name, str(path)]


def measure(name: str, path: Path, calls: int) -> Figures:
    """Log records one after the other; return percentiles of a call in us, and the peak memory in MiB."""
    emit, close = CONTENDERS[name](path)
    for _ in range(min(calls, 500)):
        emit()
    times = []
    for _ in range(calls):
        started = perf_counter_ns()
        emit()
        times.append(perf_counter_ns() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    close()
    times.sort()
    return {
        "p50": times[calls // 2] / 1000,
        "p99": times[calls * 99 // 100] / 1000,
        "p999": times[calls * 999 // 1000] / 1000,
        "max": times[-1] / 1000,
        "peak_mb": peak,
    }


@contextmanager
def a_folder() -> Iterator[Path]:
    """Yield an empty folder that is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="logging-bench-"))
    yield folder
    shutil.rmtree(folder)


@contextmanager
def slow_disk(path: Path) -> Iterator[None]:
    """Put a pipe with a slow reader in place of the log."""
    os.mkfifo(path)
    file = os.open(path, os.O_RDWR)
    ended = threading.Event()

    def drain() -> None:
        os.set_blocking(file, False)
        while not ended.wait(PIPE_SECONDS):
            try:
                os.read(file, PIPE_BYTES)
            except BlockingIOError:
                continue

    reader = threading.Thread(target=drain)
    reader.start()
    try:
        yield
    finally:
        ended.set()
        reader.join()
        os.close(file)


def kill_one() -> float:
    """Kill a process that logs; return the age of the newest record in its file, in ms."""
    with a_folder() as folder:
        path = folder / "qwen.log"
        with subprocess.Popen(child_command("kill", path)) as process:
            while not path.exists():
                time.sleep(0.01)
            time.sleep(random.uniform(0.3, 0.6))
            killed = time.time()
            process.send_signal(signal.SIGKILL)
        whole = path.read_bytes().rpartition(b"\n")[0]
        newest = json.loads(whole[whole.rfind(b"\n") + 1 :])["timestamp"]
        return (killed - datetime.fromisoformat(newest).timestamp()) * 1000


def log_until_killed(path: Path) -> None:
    """Log a record each millisecond."""
    emit, _ = this_project(path)
    while True:
        emit()
        time.sleep(0.001)


def summary(fast: dict[str, Figures], slow: dict[str, Figures], lost: float) -> Figures:
    """Return the figures of the benchmark by name."""
    return {
        "emit_us_p50": fast[OURS]["p50"],
        "emit_us_p99": fast[OURS]["p99"],
        "emit_us_p999": fast[OURS]["p999"],
        "emit_us_p999_disk_stalled": slow[OURS]["p999"],
        "span_us_p50": fast["this project, a whole span"]["p50"],
        "stdlib_face_us_p50": fast["this project, through logging"]["p50"],
        "direct_append_us_p50": fast["direct append"]["p50"],
        "direct_append_us_p999_disk_stalled": slow["direct append"]["p999"],
        "structlog_us_p50": fast[PEER]["p50"],
        "article_us_p50": fast[ARTICLE]["p50"],
        "emit_to_structlog": fast[OURS]["p50"] / fast[PEER]["p50"],
        "kill9_lost_ms_max": lost,
    }


def show(fast: dict[str, Figures], slow: dict[str, Figures], lost: float) -> None:
    """Print the table."""
    rows = [
        (
            name,
            *(f"{figures[key]:,.1f}" for key in ("p50", "p99", "p999")),
            f"{figures['p50'] / fast[PEER]['p50']:.2f}",
            f"{slow[name]['p999']:,.0f}",
            f"{slow[name]['max']:,.0f}",
            f"{figures['peak_mb']:.0f}",
        )
        for name, figures in fast.items()
    ]
    head = ("us a record", "p50", "p99", "p99.9", f"p50 / {PEER}", "slow disk: p99.9", "max", "peak MiB")
    print_table("What a record costs the caller", head, rows)
    print(f"\nkill -9: the newest record in the file was at most {lost:.0f} ms old.")


if __name__ == "__main__":
    main()
