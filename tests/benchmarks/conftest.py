"""The measurements of a small service, for the tests of the alerts' benchmark."""

import csv
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.alerts.petshop_csv import COLUMNS

# The factor of the latency, and the percentage of failures.
SLOW, FAILING = (3.0, 0.0), (1.0, 8.0)
FAULTS = {"train/issue_0": SLOW, "train/issue_1": FAILING, "test/issue_0": SLOW, "test/issue_1": FAILING}


def rows(rng: random.Random) -> Iterator[tuple[object, ...]]:
    """Yield fault-free hours, cases with a fault from their third point on, and a case without a change."""
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
    """Return a file with the measurements of the service."""
    path = tmp_path / "service.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows(random.Random(3))])
    return path
