"""The server's work for a refresh of the dashboard, at several sizes of the window."""

import gc
import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

from benchmarks.pages.extent import Extent
from benchmarks.report import print_table
from benchmarks.sample_log import write_log
from monitoring import LiveLog, MonitoringConfig
from monitoring.reading.sources import Sources
from ui.dashboard import dashboard as answers
from ui.dashboard import snapshot
from ui.dashboard.reader import Reader
from ui.roles import Role
from ui.texts.page import EN

SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000, "200k": 200_000}
NEW_RECORDS = 10  # before each refresh
OPERATOR = Reader(EN, Role.OPERATOR)


def refresh_figures(extent: Extent) -> dict[str, float]:
    """Measure refreshes at each size (or a share of it), in a process of its own each; print the table."""
    measured = {}
    for name, size in SIZES.items():
        with tempfile.TemporaryDirectory(prefix="dashboard-bench-") as folder:
            arguments = [folder, str(int(size * extent.share)), str(extent.refreshes)]
            command = [sys.executable, "-m", "benchmarks.pages.refresh", *arguments]
            measured[name] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    columns = ("p50_ms", "p95_ms", "again_ms", "payload_kb", "sent_kb")
    print_table(
        f"A refresh after {NEW_RECORDS} new records",
        ("records in the window", "ms p50", "ms p95", "ms, ten pages", "JSON, kB", "sent, kB"),
        [(name, *(f"{part[column]:.1f}" for column in columns)) for name, part in measured.items()],
    )
    return {
        **{f"refresh_ms_{name}": part["p50_ms"] for name, part in measured.items()},
        **{f"payload_kb_{name}": part["payload_kb"] for name, part in measured.items()},
    }


def measure_refresh(folder: Path, size: int, refreshes: int) -> dict[str, float]:
    """Measure refreshes after new records: for one page, and for ten pages that ask one after the other."""
    config = MonitoringConfig(log_dir=folder, window_records=size)
    write_log(config.log_path, size)
    lines = config.log_path.read_bytes()[-100_000:].split(b"\n")[1:-1]
    live = LiveLog(config)
    # Time leaps, so that each answer is computed from the new records, however fast they come.
    leaps = count(step=snapshot.MAX_FRESH_SECONDS)
    dashboard = answers.Dashboard(
        Sources(live, config), config, snapshot.LogState, max_active=4, timer=lambda: next(leaps)
    )
    live.start()
    wait_until(lambda: not live.view().loading)
    gc.collect()
    times, ten_pages = [], []
    body = b""
    for number in range(refreshes):
        version = live.view().version
        chosen = (lines[(number * NEW_RECORDS + index) % len(lines)] for index in range(NEW_RECORDS))
        with config.log_path.open("ab") as file:
            file.write(b"".join(line + b"\n" for line in chosen))
        wait_until(partial(is_newer, live, version))
        started = time.perf_counter()
        body = dashboard.answer("range=all", frozenset(), OPERATOR) or b""
        times.append((time.perf_counter() - started) * 1000)
        for _ in range(9):
            dashboard.answer("range=all", frozenset(), OPERATOR)
        ten_pages.append((time.perf_counter() - started) * 1000)
    live.stop()
    times.sort()
    return {
        "p50_ms": median(times),
        "p95_ms": times[int(len(times) * 0.95)],
        "again_ms": median(ten_pages),
        "payload_kb": len(gzip.decompress(body)) / 1000,
        "sent_kb": len(body) / 1000,
    }


def is_newer(live: LiveLog, version: int) -> bool:
    """Return true if records were added after this version."""
    return live.view().version > version


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for a condition, for at most so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.005)


def main() -> None:
    """Print the figures of refreshes, as JSON; the command line gives folder, records and refreshes."""
    folder, count, refreshes = sys.argv[1:]
    print(json.dumps(measure_refresh(Path(folder), int(count), int(refreshes))))


if __name__ == "__main__":
    main()
