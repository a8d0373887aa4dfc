"""The cost of reading a log in the running app: the tail, a start, and refreshes after new records."""

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

from benchmarks.report import print_table

NEW_RECORDS = 10  # before each refresh


def window_figures(log: Path, records: int) -> dict[str, float]:
    """Print the costs of the running app; return the figures."""
    small, large = (child("refresh", log, min(count, records)) for count in (10_000, 200_000))
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


def child(what: str, log: Path, records: int) -> dict[str, float]:
    """Measure in a process of its own: `tail` a log, or `refresh` a window, of so many records."""
    command = [sys.executable, "-m", "benchmarks.log.window", what, str(log), str(records)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    figures: dict[str, float] = json.loads(output)
    return figures


def measure_tail(log: Path, records: int) -> dict[str, float]:
    """Measure how many records a second the tail reads into a window, from the first byte on."""
    from monitoring.reading.log_reader import Reading

    with a_folder() as folder:
        reading = Reading(folder / "qwen.log", 200_000)
        reading.poll()
        shutil.copy(log, folder / "qwen.log")
        started = time.perf_counter()
        reading.poll()
        return {"records_per_s": records / (time.perf_counter() - started)}


def measure_refresh(log: Path, window: int) -> dict[str, float]:
    """Measure the load of a window, and then refreshes after ten new records each."""
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
    """Return the resident set of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextmanager
def a_folder() -> Iterator[Path]:
    """Yield an empty folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="reading-bench-") as folder:
        yield Path(folder)


MEASUREMENTS: dict[str, Callable[[Path, int], dict[str, float]]] = {
    "tail": measure_tail,
    "refresh": measure_refresh,
}


def main() -> None:
    """Print the figures of the measurement that the command line names, as JSON."""
    what, path, records = sys.argv[1:]
    print(json.dumps(MEASUREMENTS[what](Path(path), int(records))))


if __name__ == "__main__":
    main()
