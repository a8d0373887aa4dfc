"""The benchmark of the alerts runs to its end, also without its data."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from tests.benchmarks.test_benchmarks import run
from tests.monitoring.helpers import ROOT

KEYS = {
    *("petsite_recall", "petsite_precision", "petsite_false_alarms_per_day", "petsite_delay_minutes"),
    *("normal_72h_false_alarms", "us_per_record"),
}


def test_the_alerts_benchmark_runs_through(tmp_path: Path, service_file: Path) -> None:
    """Each way to alert has a row, and no alert fires in normal hours."""
    trace = tmp_path / "trace.csv"
    start = datetime(2025, 1, 1)
    lines = [f"{start + timedelta(seconds=0.3 * number)},300,{number % 90 + 10}" for number in range(200)]
    trace.write_text("\n".join(["TIMESTAMP,ContextTokens,GeneratedTokens", *lines]))
    files = ("--petsite", str(service_file), "--trace", str(trace))
    table, figures = run(tmp_path, "benchmarks.alerts_bench", "--quick", *files)
    for name in ("fitted limits", "shipped limits", "z-score", "memory_growth"):
        assert f"| {name}" in table
    assert figures.keys() >= KEYS
    assert figures["petsite_recall"] == 1
    assert figures["normal_72h_false_alarms"] == 0


def test_missing_data_is_named_and_left_out(tmp_path: Path) -> None:
    """Without its data, the benchmark says where to get each file and how to name it, and does not fail."""
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks.alerts_bench", "--quick", "--json", str(figures)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "BENCH_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, figures.read_text()) == (0, "{}\n")
    service, trace = done.stderr.splitlines()
    assert f"{tmp_path}/faults/petsite_high_traffic.csv is missing" in service
    assert "PetShop data set" in service
    assert "--petsite FILE" in service
    assert f"{tmp_path}/traces/azure_llm_conv_3000.csv is missing" in trace
    assert "Azure LLM inference trace 2023" in trace
    assert "--trace FILE" in trace


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    """A path on the command line is never ignored."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.alerts_bench",
        "--quick",
        "--trace",
        str(tmp_path / "no.csv"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no.csv" in done.stderr
