"""What the dashboard costs: a refresh at several sizes of the log, many pages, and the model beside it.

    python -m benchmarks.dashboard_bench [--json FILE] [--rounds N] [--without-model] [--quick]

"Refresh" is the server's whole work for a page that shows all records of the window when ten more have come:
measures, charts, table, JSON, compression. "Ten pages" compares the processor time of the whole app while ten
pages are open with that while one is, with a request a second in the log. "Tokens per second" are those that
the log tells of the same reply, with and without three pages open, in turns; all with a full window.
"""

import argparse
import gc
import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import psutil
from gradio_client import Client

from benchmarks.pages.viewers import REFRESH_SECONDS, Viewer
from benchmarks.report import print_table, write_json
from benchmarks.sample_log import write_log
from tests.running_app import RunningApp
from ui.dashboard.snapshot import MAX_FRESH_SECONDS

if TYPE_CHECKING:
    from monitoring import LiveLog

SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000, "200k": 200_000}
NEW_RECORDS = 10
MESSAGE = "Tell me a long story about a river and a bridge."
TOKENS = 96
Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured, and for how long."""

    share: float  # of the records of each size
    refreshes: int
    viewed_records: int  # in the window while pages are open
    settle: float  # s after which a started app has read its log, and opened pages have asked once
    quiet: float  # s without news after which the start of the app is over
    idle_asks: int  # refreshes with nothing new
    watched: float  # s of processor time for each count of pages


FULL = Extent(1.0, 40, SIZES["200k"], 5.0, 2 + MAX_FRESH_SECONDS, 5, 20.0)
# A view of few records is fresh for two seconds, and each page asks within three.
QUICK = Extent(0.1, 3, 2_000, 1.0, 4.0, 2, 3.0)


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--rounds", type=int, default=8, help="turns with and without pages (default: 8)")
    parser.add_argument("--without-model", action="store_true", help="leave the tokens per second out")
    parser.add_argument(
        "--quick", action="store_true", help="try the benchmark itself: its figures mean nothing"
    )
    parser.add_argument("--child", nargs=3, metavar=("FOLDER", "RECORDS", "TIMES"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        folder, count, times = options.child
        print(json.dumps(measure_refresh(Path(folder), int(count), int(times))))
        return
    extent = QUICK if options.quick else FULL
    figures = refresh_figures(extent)
    figures |= viewer_figures(max(1, options.rounds // 2), extent)
    if not options.without_model:
        figures |= speed_figures(options.rounds)
    write_json(options.json, figures)


def refresh_figures(extent: Extent) -> Figures:
    """Measure refreshes at each size, in processes of their own; print the table."""
    measured = {}
    for name, count in SIZES.items():
        with tempfile.TemporaryDirectory(prefix="dashboard-bench-") as folder:
            child = ["--child", folder, str(int(count * extent.share)), str(extent.refreshes)]
            command = [sys.executable, "-m", "benchmarks.dashboard_bench", *child]
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


def measure_refresh(folder: Path, count: int, refreshes: int) -> Figures:
    """Time refreshes after new records; for one page, and for ten that ask one after the other."""
    from monitoring import LiveLog, MonitoringConfig
    from monitoring.reading.sources import Sources
    from ui.dashboard import dashboard as answers
    from ui.dashboard import snapshot
    from ui.texts.page import EN

    snapshot.MAX_FRESH_SECONDS = 0.0  # each answer is of new records, however fast they come
    config = MonitoringConfig(log_dir=folder, window_records=count)
    write_log(config.log_path, count)
    lines = config.log_path.read_bytes()[-100_000:].split(b"\n")[1:-1]
    live = LiveLog(config)
    dashboard = answers.Dashboard(Sources(live, config), config, snapshot.LogState, max_active=4)
    live.start()
    wait_until(lambda: not live.view().loading)
    gc.collect()
    times, again = [], []
    body = b""
    for number in range(refreshes):
        version = live.view().version
        chosen = (lines[(number * NEW_RECORDS + place) % len(lines)] for place in range(NEW_RECORDS))
        with config.log_path.open("ab") as file:
            file.write(b"".join(line + b"\n" for line in chosen))
        wait_until(partial(newer, live, version))
        started = time.perf_counter()
        body = dashboard.answer("range=all", frozenset(), EN) or b""
        times.append((time.perf_counter() - started) * 1000)
        for _ in range(9):
            dashboard.answer("range=all", frozenset(), EN)
        again.append((time.perf_counter() - started) * 1000)
    live.stop()
    times.sort()
    return {
        "p50_ms": median(times),
        "p95_ms": times[int(len(times) * 0.95)],
        "again_ms": median(again),
        "payload_kb": len(gzip.decompress(body)) / 1000,
        "sent_kb": len(body) / 1000,
    }


def newer(live: "LiveLog", version: int) -> bool:
    """Tell whether there are records that were not there at this version."""
    return live.view().version > version


def viewer_figures(rounds: int, extent: Extent) -> Figures:
    """Compare the app's processor time with one page and with ten; see what a page gets without news."""
    busy: dict[int, list[float]] = {1: [], 10: []}
    with (
        a_log(extent.viewed_records) as folder,
        an_app(folder, extent.settle, MODEL=str(folder), SAMPLE_SECONDS="3600") as app,
    ):
        idle = idle_bytes(app, extent)
        with subprocess.Popen([sys.executable, "-m", "benchmarks.pages.traffic", str(folder)]) as traffic:
            for _ in range(rounds):
                for count, seconds in busy.items():
                    with open_pages(app, count, extent.settle):
                        seconds.append(processor_seconds(app, extent.watched))
            traffic.terminate()
    ratio = median(ten / one for one, ten in zip(busy[1], busy[10], strict=True))
    print_table(
        f"Open pages, {extent.watched:.0f} s, a request a second, {extent.viewed_records:,} records",
        ("pages", "CPU s, median", "to one page"),
        [(str(n), f"{median(busy[n]):.2f}", f"{median(busy[n]) / median(busy[1]):.2f}") for n in busy],
    )
    print(f"\nA refresh with nothing new: {idle} bytes.")
    return {"idle_payload_bytes": idle, "ten_viewers_ratio": ratio}


def idle_bytes(app: RunningApp, extent: Extent) -> int:
    """Return the bytes that refreshes with nothing new bring, all together."""
    viewer = Viewer(app.url)
    deadline = time.monotonic() + 60
    last_news = time.monotonic()
    while time.monotonic() < last_news + extent.quiet:  # records of the start still arrive
        if viewer.refresh():
            last_news = time.monotonic()
            assert last_news < deadline, "something is new all the time"
        time.sleep(REFRESH_SECONDS)
    sizes = []
    for _ in range(extent.idle_asks):
        time.sleep(REFRESH_SECONDS)
        sizes.append(viewer.refresh())
    return sum(sizes)


def speed_figures(rounds: int) -> Figures:
    """Compare the model's speed without a page and with three, in turns."""
    speeds: dict[int, list[float]] = {0: [], 3: []}
    settings = {"MAX_NEW_TOKENS": str(TOKENS), "TEMPERATURE": "0"}
    with a_log(SIZES["200k"]) as folder, an_app(folder, FULL.settle, **settings) as app:
        reply(app)  # the first one warms up
        for number in range(rounds):
            for count in (0, 3) if number % 2 else (3, 0):
                with open_pages(app, count, FULL.settle):
                    speeds[count].append(reply(app))
    ratio = median(three / none for none, three in zip(speeds[0], speeds[3], strict=True))
    print_table(
        "The model beside the dashboard, 200,000 records in the window",
        ("pages", "tokens/s, median", "min", "max"),
        [
            (str(count), *(f"{value:.2f}" for value in (median(all_), min(all_), max(all_))))
            for count, all_ in speeds.items()
        ],
    )
    print(f"\nThree pages to none, the median of {rounds} pairs: {ratio:.3f}")
    return {"tps_ratio_three_dashboards": ratio, "tps_no_dashboard": median(speeds[0])}


def reply(app: RunningApp) -> float:
    """Let the model answer a new visitor; return its tokens per second, as the log tells."""
    before = len(app.tasks("chat"))
    Client(app.url, verbose=False).predict(MESSAGE, api_name="/chat")
    app.wait_until(lambda: len(app.tasks("chat")) > before, 30, "the reply's record")
    record = app.tasks("chat")[-1]
    assert record["output_tokens"] >= TOKENS - 1, record
    return float(record["tokens_per_second"])


def processor_seconds(app: RunningApp, watched: float) -> float:
    """Return the processor time that the app takes in `watched` seconds."""
    process = psutil.Process(app.process.pid)
    before = process.cpu_times()
    time.sleep(watched)
    after = process.cpu_times()
    return float(after.user + after.system - before.user - before.system)


@contextmanager
def a_log(count: int) -> Iterator[Path]:
    """Yield a log folder with so many records in a file that was put aside."""
    with tempfile.TemporaryDirectory(prefix="dashboard-bench-") as folder:
        logs = Path(folder) / "logs"
        logs.mkdir()
        write_log(logs / "qwen-2025-10-09T00-00-00.000Z.log", count)
        yield logs


@contextmanager
def an_app(logs: Path, settle: float, **settings: str) -> Iterator[RunningApp]:
    """Run the app on a log folder until the block ends."""
    with RunningApp(logs, **settings) as app:
        app.wait_for_page()
        app.wait_until(lambda: bool(app.records("model.loaded")), 280, "the model is loaded, or failed to")
        time.sleep(settle)
        yield app


@contextmanager
def open_pages(app: RunningApp, count: int, settle: float) -> Iterator[None]:
    """Keep pages open, in a process of their own, until the block ends."""
    command = [sys.executable, "-m", "benchmarks.pages.viewers", app.url, str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as pages:
        time.sleep(settle)
        yield
        pages.terminate()


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.005)


if __name__ == "__main__":
    main()
