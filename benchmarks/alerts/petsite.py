"""Measurements of a real service, one point for five minutes, and the requests that they stand for.

The file holds metrics of the PetShop data set (Hardt et al. 2024), with the columns scenario, case,
unix_timestamp, node, metric, statistic, value, target_timestamp. The case `noissue` has no fault; each case
`train/...` and `test/...` has one fault near its target timestamp.
"""

import csv
import math
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.alerts.blank_record import NOTHING
from monitoring.alerts.observation import Observation

POINT_SECONDS = 300.0
POINTS_A_DAY = 86400 / POINT_SECONDS
TASK = "chat"  # the task type of the requests in the records
QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
TAIL = ("p90", "p95", "p99")
MIN_RISE = 1.25  # ratio of a latency to the worst point before the target


class Point(NamedTuple):
    """Five minutes of the service."""

    time: float  # s since the epoch, at the start of the five minutes
    requests: int
    availability: float  # percent
    latency: Mapping[str, float]  # ms, by the name of the quantile


@dataclass(frozen=True, slots=True)
class Case:
    """Consecutive points of the service, with one fault or with none."""

    name: str
    target: float  # s since the epoch; NaN if there is no fault
    points: tuple[Point, ...]

    @property
    def before(self) -> list[Point]:
        """Return the points that lie mostly before the target."""
        return [point for point in self.points if not point.time + POINT_SECONDS / 2 > self.target]

    @property
    def after(self) -> list[Point]:
        """Return the points that lie mostly after the target."""
        return [point for point in self.points if point.time + POINT_SECONDS / 2 > self.target]


@dataclass(frozen=True, slots=True)
class Service:
    """One node in one scenario."""

    quiet: tuple[Point, ...]  # the points of the fault-free time
    train: tuple[Case, ...]
    test: tuple[Case, ...]


def load_services(path: Path) -> list[Service]:
    """Read the cases of each scenario and node.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file has other columns, or a service has no case `noissue`.
    """
    values: dict[tuple[str, str], dict[str, dict[float, dict[str, float]]]] = {}
    targets: dict[tuple[str, str, str], float] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                service, case = (row["scenario"], row["node"]), row["case"]
                time, value = float(row["unix_timestamp"]), float(row["value"] or "nan")
                name = f"{row['metric']} {row['statistic']}"
                targets[*service, case] = float(row["target_timestamp"] or "nan")
            except KeyError as error:
                raise ValueError(f"{path} has no column {error}") from error
            values.setdefault(service, {}).setdefault(case, {}).setdefault(time, {})[name] = value
    return [
        _service(path, {name: _case(name, targets[*key, name], points) for name, points in cases.items()})
        for key, cases in values.items()
    ]


def _service(path: Path, cases: dict[str, Case]) -> Service:
    if "noissue" not in cases:
        raise ValueError(f"{path} has a service without a case 'noissue', only {', '.join(cases)}")
    train, test = (
        tuple(case for name, case in cases.items() if name.startswith(part)) for part in ("train/", "test/")
    )
    return Service(cases["noissue"].points, train, test)


def _case(name: str, target: float, points: Mapping[float, Mapping[str, float]]) -> Case:
    return Case(name, target, tuple(_point(time, points[time]) for time in sorted(points)))


def _point(time: float, values: Mapping[str, float]) -> Point:
    requests = values.get("requests Sum", 0.0)
    latency = {name: values.get(f"latency {name}", math.nan) * 1000 for name in QUANTILES}
    return Point(
        time,
        0 if math.isnan(requests) else round(requests),
        values.get("availability Average", 100.0),
        {name: value for name, value in latency.items() if not math.isnan(value)},
    )


def observations(points: Iterable[Point], seed: int = 7) -> Iterator[Observation]:
    """Yield the requests of each point at equal distances in time; the same seed gives the same requests.

    The latencies follow the quantile function of the point, in random order. The failed requests are random.
    """
    rng = random.Random(seed)
    for point in points:
        if not point.requests or not point.latency:
            continue
        latencies = _latencies(point)
        rng.shuffle(latencies)
        failures = round(point.requests * (100 - point.availability) / 100)
        failed = set(rng.sample(range(point.requests), failures))
        for number, latency in enumerate(latencies):
            yield NOTHING._replace(
                time=point.time + POINT_SECONDS * (number + 0.5) / point.requests,
                response_time_ms=latency,
                task_type=TASK,
                request_id=f"{point.time:.0f}-{number}",
                event="task.finished",
                status="error" if number in failed else "ok",
            )


def _latencies(point: Point) -> list[float]:
    """Return one latency in ms for each request, interpolated between the quantiles of the point."""
    known = sorted((QUANTILES[name], value) for name, value in point.latency.items())
    ends = [(0.0, known[0][1] / 2), *known, (1.0, known[-1][1] * 1.1)]
    shares = (np.arange(point.requests) + 0.5) / point.requests
    latencies: list[float] = np.interp(
        shares, [share for share, _ in ends], [value for _, value in ends]
    ).tolist()
    return latencies


def measures(point: Point) -> dict[str, float]:
    """Return the values that a fault may raise: tail latencies in ms, and the percentage of failures."""
    tail = {name: point.latency[name] for name in TAIL if name in point.latency}
    return {**tail, "failures": 100 - point.availability}


def fences(quiet: Sequence[Point]) -> dict[str, float]:
    """Return the values that a fault-free point exceeds once a day: the quantiles 1 - 1/288."""
    values = defaultdict(list)
    for point in quiet:
        for name, value in measures(point).items():
            values[name].append(value)
    return {name: float(np.quantile(each, 1 - 1 / POINTS_A_DAY)) for name, each in values.items()}


def is_changed(case: Case, quiet: Sequence[Point]) -> bool:
    """Return true if some point after the target is worse than before in p90, p95, p99 or failures.

    A value is worse if it exceeds both the value that a fault-free point exceeds once a day (`fences`), and
    the worst point of the case before the target; a latency must be 1.25 times that worst point.
    """
    limits = fences(quiet)
    for name, limit in limits.items():
        known = [value for point in case.before if (value := measures(point).get(name)) is not None]
        worst = max(known, default=-math.inf) * (1 if name == "failures" else MIN_RISE)
        if any(measures(point).get(name, -math.inf) > max(limit, worst) for point in case.after):
            return True
    return False
