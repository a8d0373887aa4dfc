"""The alerts' benchmark fits limits and judges them; here by a small service that the test makes up."""

import csv
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.alerts.petsite import Point, is_changed, load_services, observations
from benchmarks.alerts.petsite_fit import fit
from benchmarks.alerts.petsite_judge import fitted, judge, shipped
from tests.benchmarks.test_benchmarks import run

COLUMNS = ("scenario", "case", "unix_timestamp", "node", "metric", "statistic", "value", "target_timestamp")
KEYS = {
    *("petsite_recall", "petsite_precision", "petsite_false_alarms_per_day", "petsite_delay_minutes"),
    *("normal_72h_false_alarms", "us_per_record"),
}
SLOW, FAILING = (3.0, 0.0), (1.0, 8.0)  # times the latency, percent of failures
FAULTS = {"train/issue_0": SLOW, "train/issue_1": FAILING, "test/issue_0": SLOW, "test/issue_1": FAILING}


def rows(rng: random.Random) -> Iterator[tuple[object, ...]]:
    """Yield quiet hours, cases that are slow or fail from their third point on, and one of neither."""
    for case, (slower, failures) in {"noissue": (1.0, 0.0), **FAULTS, "test/issue_2": (1.0, 0.0)}.items():
        is_quiet = case == "noissue"
        for number in range(120 if is_quiet else 5):
            is_faulty = not is_quiet and number >= 2
            factor = rng.uniform(0.95, 1.05) * (slower if is_faulty else 1)
            values = {
                **{("latency", name): factor * s for name, s in (("p50", 0.05), ("p95", 0.3), ("p99", 0.4))},
                ("latency", "p90"): factor * 0.25,
                ("requests", "Sum"): rng.randrange(50, 70),
                ("availability", "Average"): 100 - (failures if is_faulty else 0),
            }
            for (metric, statistic), value in values.items():
                time = 1_700_000_100 + 300 * number
                yield "some", case, time, "Shop", metric, statistic, value, "" if is_quiet else 1_700_000_690


@pytest.fixture
def service_file(tmp_path: Path) -> Path:
    """Write the service's points."""
    path = tmp_path / "service.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows(random.Random(3))])
    return path


def test_a_point_becomes_the_requests_that_it_counts() -> None:
    """As many requests, with its quantiles and its failures, the same ones each time."""
    point = Point(1_700_000_100, 200, 97.0, {"p50": 50, "p90": 250, "p95": 300, "p99": 400})
    seen = list(observations([point]))
    latencies = sorted(one.response_time_ms for one in seen)
    assert len(seen) == 200
    assert sum(one.status == "error" for one in seen) == 6
    assert latencies[100] == pytest.approx(50, rel=0.05)
    assert latencies[190] == pytest.approx(300, rel=0.05)
    assert seen == list(observations([point]))


def test_a_case_that_stays_as_it_was_did_not_change(service_file: Path) -> None:
    """Only faults that show in latency or failures count."""
    (service,) = load_services(service_file)
    assert [is_changed(case, service.quiet) for case in service.test] == [True, True, False]


def test_the_fitted_limits_lie_between_normal_and_fault(service_file: Path) -> None:
    """Neither a normal point is over the limit, nor a fault under it."""
    (service,) = load_services(service_file)
    rules = fit(service.quiet, service.train)
    assert 320 < rules.slow_task.limit_ms < 850
    assert 0 < rules.error_rate.share < 0.08


def test_fitted_limits_find_what_shipped_ones_do_not(service_file: Path) -> None:
    """All faults and nothing else, by limits that were fitted; fewer by those for a language model."""
    services = load_services(service_file)
    ours, theirs = judge(services, fitted), judge(services, shipped)
    assert (ours.recall, ours.precision, ours.alarms, ours.unseen_alarms) == (1, 1, 0, 0)
    assert all(0 < delay <= 15 for delay in ours.delays)
    assert theirs.recall < 1


def test_a_file_with_other_columns_is_refused(tmp_path: Path) -> None:
    """The error names the column that is not there."""
    path = tmp_path / "other.csv"
    path.write_text("time,value\n1,2\n")
    with pytest.raises(ValueError, match="no column 'scenario'"):
        load_services(path)


def test_the_alerts_benchmark_runs_through(tmp_path: Path, service_file: Path) -> None:
    """Each way to alert has a row, and nothing fires in normal hours."""
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
