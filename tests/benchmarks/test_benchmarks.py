"""Small runs of the benchmarks end without an error, and write all their figures. No test asserts a time."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.sample_log import write_log
from tests.monitoring.helpers import ROOT, read_records

LOGGING_KEYS = {"emit_us_p50", "emit_us_p999_disk_stalled", "structlog_us_p50", "article_us_p50"}
READING_KEYS = {
    *("cold_p95_s", "pandas_s", "duckdb_s", "polars_s"),
    *("tail_records_per_s", "refresh_ms_10k", "refresh_ms_200k", "window_mb"),
}

DASHBOARD_KEYS = {
    *("refresh_ms_1k", "refresh_ms_200k", "payload_kb_200k"),
    *("idle_payload_bytes", "ten_viewers_ratio"),
}


def run(tmp_path: Path, *arguments: str) -> tuple[str, dict[str, float]]:
    """Run a benchmark; return its output and its figures."""
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", *arguments, "--json", str(figures)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(figures.read_text())


def test_the_logging_benchmark_compares_every_peer(tmp_path: Path) -> None:
    """Each peer has a row, and the figures are positive numbers."""
    small = ("--calls", "200", "--rounds", "1", "--kills", "1")
    table, figures = run(tmp_path, "benchmarks.logging_bench", *small)
    for name in ("this project", "structlog + orjson", "article's formatter", "loguru", "python-json-logger"):
        assert f"| {name} " in table
    assert figures.keys() >= LOGGING_KEYS
    assert all(figures[key] > 0 for key in LOGGING_KEYS)


def test_the_reading_benchmark_compares_every_peer(tmp_path: Path) -> None:
    """Every installed peer has a row; the run would fail if their percentiles differed."""
    table, figures = run(tmp_path, "benchmarks.reading_bench", "--records", "3000", "--rounds", "1")
    peers = ["pandas", "polars", "duckdb", *(["jq | awk"] if shutil.which("jq") else [])]
    for name in ("this project: summary", "this project: query", *peers):
        assert f"| {name} " in table
    assert figures.keys() >= READING_KEYS
    assert all(figures[key] > 0 for key in READING_KEYS)


def test_the_dashboard_benchmark_runs_through(tmp_path: Path) -> None:
    """Each size has a row, and a refresh without new records has 0 bytes; the model is left out."""
    table, figures = run(
        tmp_path, "benchmarks.dashboard_bench", "--quick", "--without-model", "--rounds", "1"
    )
    for size in ("1k", "10k", "100k", "200k"):
        assert f"| {size} " in table
    assert figures.keys() >= DASHBOARD_KEYS
    assert figures["idle_payload_bytes"] == 0
    assert all(figures[key] > 0 for key in DASHBOARD_KEYS - {"idle_payload_bytes"})


def test_a_sample_log_is_a_log(tmp_path: Path) -> None:
    """The sample has the given number of valid, numbered records, and is the same each time."""
    for name in ("one", "two"):
        write_log(tmp_path / name, 500)
    records = read_records(tmp_path / "one")
    assert [record["seq"] for record in records] == list(range(1, 501))
    assert {"sentiment", "chat", "system"} == {record["task_type"] for record in records}
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
