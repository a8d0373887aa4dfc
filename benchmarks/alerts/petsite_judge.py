"""How well a way to alert finds the faults of a service, and how many false alarms it raises."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from statistics import mean, median, stdev

from benchmarks.alerts.petsite import (
    POINT_SECONDS,
    POINTS_A_DAY,
    Case,
    Point,
    Service,
    is_changed,
    observations,
)
from benchmarks.alerts.petsite_fit import fit
from monitoring.alerts.engine import AlertEngine
from monitoring.alerts.rules import Rules
from monitoring.alerts.rules_file import load_rules
from monitoring.machine import Machine

MACHINE = Machine(cores=2, memory_mb=8192)
# A function from points to the times at which an alarm fires, in s since the epoch.
Alarms = Callable[[Sequence[Point]], list[float]]
# A function from fault-free points and training cases to such a function.
Learner = Callable[[Sequence[Point], Sequence[Case]], Alarms]


@dataclass(slots=True)
class Verdict:
    """The counts over the cases and the fault-free days of all services."""

    trained: int = 0
    trained_caught: int = 0
    changed: int = 0  # test cases that really changed
    # For each caught case, the minutes from the target to the alarm.
    delays: list[float] = field(default_factory=list)
    wrong: int = 0  # test cases with an alarm before the fault, or with an alarm and no change
    days: float = 0.0  # length of the fault-free time
    alarms: int = 0  # alarms in the fault-free time, by limits that were fitted on all of it
    unseen_alarms: int = 0  # the same, but each half is judged by limits that were fitted on the other half

    @property
    def recall(self) -> float:
        """Return the share of the changed cases that were caught."""
        return len(self.delays) / self.changed if self.changed else 1.0

    @property
    def precision(self) -> float:
        """Return the share of caught cases among the cases with an alarm."""
        fired = len(self.delays) + self.wrong
        return len(self.delays) / fired if fired else 1.0

    @property
    def delay_minutes(self) -> float:
        """Return the median delay; 0 if nothing was caught."""
        return median(self.delays) if self.delays else 0.0


def judge(services: Sequence[Service], learner: Learner) -> Verdict:
    """Fit a learner to each service's fault-free points and training cases; judge it by the test cases."""
    verdict = Verdict()
    for service in services:
        alarms = learner(service.quiet, service.train)
        for case in service.test:
            _judge_case(verdict, case, service.quiet, alarms)
        for case in (case for case in service.train if is_changed(case, service.quiet)):
            verdict.trained += 1
            verdict.trained_caught += any(time >= case.after[0].time for time in alarms(case.points))
        half = len(service.quiet) // 2
        halves = service.quiet[:half], service.quiet[half:]
        verdict.days += len(service.quiet) / POINTS_A_DAY
        verdict.alarms += len(alarms(service.quiet))
        for known, unseen in (halves, halves[::-1]):
            verdict.unseen_alarms += len(learner(known, service.train)(unseen))
    return verdict


def _judge_case(verdict: Verdict, case: Case, quiet: Sequence[Point], alarms: Alarms) -> None:
    fired = alarms(case.points)
    changed = is_changed(case, quiet)
    verdict.changed += changed
    if fired and not (changed and fired[0] >= case.after[0].time):
        verdict.wrong += 1
    elif fired:
        verdict.delays.append(max(0.0, fired[0] - case.target) / 60)


def fitted(quiet: Sequence[Point], train: Sequence[Case]) -> Alarms:
    """Return the alarms of rules with fitted limits."""
    return partial(fired_by, fit(quiet, train))


def shipped(quiet: Sequence[Point], train: Sequence[Case]) -> Alarms:
    """Return the alarms of the rules as they are shipped."""
    return partial(fired_by, load_rules())


def z_score(quiet: Sequence[Point], train: Sequence[Case]) -> Alarms:
    """Return alarms that fire where p95 or availability begins to be more than 3 sigma off its mean."""
    p95 = [point.latency["p95"] for point in quiet if "p95" in point.latency]
    available = [point.availability for point in quiet]
    slow = mean(p95) + 3 * stdev(p95)
    few = mean(available) - 3 * stdev(available)

    def alarms(points: Sequence[Point]) -> list[float]:
        is_bad = [False, *(p.latency.get("p95", 0.0) > slow or p.availability < few for p in points)]
        return [
            point.time + POINT_SECONDS
            for point, (before, now) in zip(points, pairwise(is_bad), strict=True)
            if now and not before
        ]

    return alarms


def fired_by(rules: Rules, points: Sequence[Point]) -> list[float]:
    """Return the times at which any rule fires over the requests of these points."""
    engine = AlertEngine(rules, MACHINE)
    return [
        change.time
        for seen in observations(points)
        for change in engine.on_record(seen)
        if change.event == "alert.fired"
    ]
