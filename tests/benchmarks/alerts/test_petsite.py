"""The measurements of a service, and limits that are fitted to them."""

from pathlib import Path

import pytest

from benchmarks.alerts.petsite import Point, is_changed, load_services, observations
from benchmarks.alerts.petsite_fit import fit
from benchmarks.alerts.petsite_judge import fitted, judge, shipped


def test_a_point_becomes_its_requests() -> None:
    """The requests have the number, the quantiles and the failures of the point, the same each time."""
    point = Point(1_700_000_100, 200, 97.0, {"p50": 50, "p90": 250, "p95": 300, "p99": 400})
    seen = list(observations([point]))
    latencies = sorted(one.response_time_ms for one in seen)
    assert len(seen) == 200
    assert sum(one.status == "error" for one in seen) == 6
    assert latencies[100] == pytest.approx(50, rel=0.05)
    assert latencies[190] == pytest.approx(300, rel=0.05)
    assert seen == list(observations([point]))


def test_a_case_without_an_effect_is_not_changed(service_file: Path) -> None:
    """Only faults with an effect on latency or failures count."""
    (service,) = load_services(service_file)
    assert [is_changed(case, service.quiet) for case in service.test] == [True, True, False]


def test_the_fitted_limits_lie_between_normal_and_fault(service_file: Path) -> None:
    """No normal point is above the limit, and no fault is below it."""
    (service,) = load_services(service_file)
    rules = fit(service.quiet, service.train)
    assert 320 < rules.slow_task.limit_ms < 850
    assert 0 < rules.error_rate.share < 0.08


def test_fitted_limits_find_more_faults_than_shipped_ones(service_file: Path) -> None:
    """Fitted limits find all faults without a false alarm; limits for a language model find fewer."""
    services = load_services(service_file)
    ours, theirs = judge(services, fitted), judge(services, shipped)
    assert (ours.recall, ours.precision, ours.alarms, ours.unseen_alarms) == (1, 1, 0, 0)
    assert all(0 < delay <= 15 for delay in ours.delays)
    assert theirs.recall < 1


def test_a_file_with_other_columns_is_refused(tmp_path: Path) -> None:
    """The error names the missing column."""
    path = tmp_path / "other.csv"
    path.write_text("time,value\n1,2\n")
    with pytest.raises(ValueError, match="no column 'scenario'"):
        load_services(path)
