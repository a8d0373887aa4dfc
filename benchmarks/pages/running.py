"""The running app with open pages: its processor time, and the speed of the model beside them."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psutil
from gradio_client import Client

from benchmarks.pages.extent import FULL, Extent
from benchmarks.pages.viewers import REFRESH_SECONDS, Viewer
from benchmarks.report import print_table
from benchmarks.sample_log import write_log
from tests.running_app import RunningApp

MESSAGE = "Tell me a long story about a river and a bridge."
TOKENS = 96
Figures = dict[str, float]


def viewer_figures(rounds: int, extent: Extent) -> Figures:
    """Compare the processor time of the app with one page and with ten; measure a refresh without news."""
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
    """Return the sum of the bytes of refreshes with nothing new."""
    viewer = Viewer(app.url)
    deadline = time.monotonic() + 60
    last_news = time.monotonic()
    # The first records of the app still arrive.
    while time.monotonic() < last_news + extent.quiet:
        if viewer.refresh():
            last_news = time.monotonic()
            assert last_news < deadline, "new records arrive all the time"
        time.sleep(REFRESH_SECONDS)
    sizes = []
    for _ in range(extent.idle_asks):
        time.sleep(REFRESH_SECONDS)
        sizes.append(viewer.refresh())
    return sum(sizes)


def speed_figures(rounds: int) -> Figures:
    """Compare the speed of the model without a page and with three pages, in turns."""
    speeds: dict[int, list[float]] = {0: [], 3: []}
    settings = {"MAX_NEW_TOKENS": str(TOKENS), "TEMPERATURE": "0"}
    with a_log(FULL.viewed_records) as folder, an_app(folder, FULL.settle, **settings) as app:
        # The first reply warms up the model.
        reply(app)
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
    """Send a message as a new visitor; return the tokens per second of the reply, as logged."""
    before = len(app.tasks("chat"))
    Client(app.url, verbose=False).predict(MESSAGE, api_name="/respond")
    app.wait_until(lambda: len(app.tasks("chat")) > before, 30, "the reply's record")
    record = app.tasks("chat")[-1]
    assert record["output_tokens"] >= TOKENS - 1, record
    return float(record["tokens_per_second"])


def processor_seconds(app: RunningApp, watched: float) -> float:
    """Return the processor time of the app during `watched` seconds, in s."""
    process = psutil.Process(app.process.pid)
    before = process.cpu_times()
    time.sleep(watched)
    after = process.cpu_times()
    return float(after.user + after.system - before.user - before.system)


@contextmanager
def a_log(count: int) -> Iterator[Path]:
    """Yield a log folder with so many records in a rotated file."""
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
        app.wait_until(
            lambda: bool(app.records("model.loaded") or app.records("model.failed")),
            280,
            "the model is loaded, or failed to",
        )
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
