"""The alerts on a real service: fitted limits beside other ways to alert, as tables and figures."""

from pathlib import Path

from benchmarks.alerts.petsite import Service, load_services
from benchmarks.alerts.petsite_fit import fit
from benchmarks.alerts.petsite_judge import Verdict, fitted, judge, shipped, z_score
from benchmarks.report import print_table

LEARNERS = {"fitted limits": fitted, "shipped limits": shipped, "z-score, 3 sigma": z_score}


def petsite_figures(path: Path) -> dict[str, float]:
    """Judge the fitted limits and their peers by the faults of a real service; print the tables.

    Raises:
        OSError: the file cannot be read.
        ValueError: its columns or cases are not the expected ones.
    """
    services = load_services(path)
    _print_limits(services)
    verdicts = {name: judge(services, learner) for name, learner in LEARNERS.items()}
    print_table(
        "A real service",
        ("limits", "recall", "precision", "min to the alarm", "worst", "false a day", "unseen", "training"),
        [(name, *_cells(verdict)) for name, verdict in verdicts.items()],
    )
    ours = verdicts["fitted limits"]
    cases = sum(len(service.test) for service in services)
    print(f"\n{ours.changed} of {cases} test cases really changed; {ours.days:.1f} days without a fault.")
    return {
        "petsite_recall": ours.recall,
        "petsite_precision": ours.precision,
        "petsite_false_alarms_per_day": ours.unseen_alarms / ours.days,
        "petsite_delay_minutes": ours.delay_minutes,
    }


def _cells(verdict: Verdict) -> tuple[str, ...]:
    return (
        f"{verdict.recall:.2f}",
        f"{verdict.precision:.2f}",
        f"{verdict.delay_minutes:.1f}",
        f"{max(verdict.delays, default=0):.1f}",
        f"{verdict.alarms / verdict.days:.2f}",
        f"{verdict.unseen_alarms / verdict.days:.2f}",
        f"{verdict.trained_caught}/{verdict.trained}",
    )


def _print_limits(services: list[Service]) -> None:
    for rules in (fit(service.quiet, service.train) for service in services):
        slow, errors = rules.slow_task, rules.error_rate
        print(
            f"Fitted, over {slow.window_seconds:.0f} s with at least {slow.requests} requests: "
            f"p{slow.percentile:g} above {slow.limit_ms:.0f} ms for {slow.for_seconds:.0f} s; "
            f"failures above {errors.share:.2%} for {errors.for_seconds:.0f} s"
        )
