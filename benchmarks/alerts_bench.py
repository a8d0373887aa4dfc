"""What the alerts find, how often they cry wolf, and what they cost.

    python -m benchmarks.alerts_bench [--json FILE] [--petsite FILE] [--trace FILE] [--quick]

"A real service" fits the limits of two rules to a service's fault-free time and training faults, and judges
them by its test faults. "Unseen" are the false alarms a day of each half of the fault-free time, by limits
that were fitted on the other half. "Normal days" are simulated from a real trace; whatever fires there is a
false alarm, in the first draw of them and in all. The cost is that of the engine alone, over the first draw.
Then the app itself runs: its drills, and a load test (benchmarks/capacity_load.py).
"""

import argparse
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.alerts.azure_trace import load_trace
from benchmarks.alerts.drills import drill_figures
from benchmarks.alerts.normal_days import records
from benchmarks.alerts.petsite import Service, load_services
from benchmarks.alerts.petsite_fit import fit
from benchmarks.alerts.petsite_judge import MACHINE, Verdict, fitted, judge, shipped, z_score
from benchmarks.capacity_load import capacity_figures
from benchmarks.report import print_table, write_json
from monitoring.alerts.engine import AlertEngine
from monitoring.alerts.observation import Observation
from monitoring.alerts.rules import Rules
from monitoring.alerts.rules_file import load_rules

DATA = Path("../shared/data")
LENGTH, QUICK = (72.0, 12), (3.0, 1)  # hours of normal days, and how often they are drawn
SEED = 7  # of the first draw
LEARNERS = {"fitted limits": fitted, "shipped limits": shipped, "z-score, 3 sigma": z_score}
# What a user of the simulated machine would set by hand. A reply has up to 512 tokens of 90 ms, and four take
# turns: 360 ms a token with sentiments between them, and a fifth visitor waits for up to 184 s. In a burst
# some wait behind another one; few wait for five minutes.
BY_HAND: dict[str, dict[str, Any]] = {
    "slow_request": {"ttft_ms": 300_000.0, "token_ms": 450.0},  # 360 ms, and sentiments between them
    "slow_task": {"tasks": {"chat": {"limit_ms": 300_000.0}}},
    "queue_backing_up": {"queue_wait_ms": 300_000.0},
}
Figures = dict[str, float]


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument(
        "--petsite",
        type=Path,
        metavar="FILE",
        default=DATA / "faults" / "petsite_high_traffic.csv",
        help="points of a service, with and without faults (default: %(default)s)",
    )
    parser.add_argument(
        "--trace",
        type=Path,
        metavar="FILE",
        default=DATA / "traces" / "azure_llm_conv_3000.csv",
        help="arrivals and lengths of requests (default: %(default)s)",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"{QUICK[0]:.0f} normal hours, not {LENGTH[0]:.0f}; without the running app",
    )
    options = parser.parse_args()
    figures: Figures = {}
    try:
        for part in PARTS:
            figures |= part(options)
        if not options.quick:
            figures |= drill_figures() | capacity_figures()
    except (OSError, ValueError) as error:
        parser.error(str(error))
    write_json(options.json, figures)


def petsite_figures(options: argparse.Namespace) -> Figures:
    """Judge the fitted limits, and their peers, by a real service's faults; print the tables."""
    services = load_services(options.petsite)
    print_limits(services)
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


def print_limits(services: list[Service]) -> None:
    """Print what was fitted."""
    for rules in (fit(service.quiet, service.train) for service in services):
        slow, errors = rules.slow_task, rules.error_rate
        print(
            f"Fitted, over {slow.window_seconds:.0f} s with at least {slow.requests} requests: "
            f"p{slow.percentile:g} above {slow.limit_ms:.0f} ms for {slow.for_seconds:.0f} s; "
            f"failures above {errors.share:.2%} for {errors.for_seconds:.0f} s"
        )


def normal_figures(options: argparse.Namespace) -> Figures:
    """Count what fires on normal days, with the limits of such a machine."""
    hours, draws = length_of(options)
    fired = [fired_rules(normal_days(options.trace, hours, seed)) for seed in range(SEED, SEED + draws)]
    total = sum(fired, Counter[str]())
    print_table(
        f"False alarms on normal days of {hours:.0f} h",
        ("rule", "first draw", f"{draws} draws"),
        [(name, str(fired[0][name]), str(total[name])) for name in Rules.model_fields],
    )
    return {
        "normal_72h_false_alarms": float(fired[0].total()),
        "normal_72h_false_alarms_mean": total.total() / draws,
    }


def fired_rules(days: list[Observation]) -> Counter[str]:
    """Count the alarms of each rule."""
    engine = AlertEngine(normal_rules(), MACHINE)
    changes = (change for seen in days for change in engine.on_record(seen))
    return Counter(change.rule for change in changes if change.event == "alert.fired")


def cost_figures(options: argparse.Namespace) -> Figures:
    """Time the engine, and see what it holds half-way and at the end."""
    days = normal_days(options.trace, length_of(options)[0], SEED)
    times = []
    for _ in range(3):
        engine = AlertEngine(normal_rules(), MACHINE)
        started = time.perf_counter()
        for seen in days:
            engine.on_record(seen)
        times.append((time.perf_counter() - started) / len(days) * 1e6)
    half, end = held_kib(days)
    print_table(
        f"The engine's cost, {len(days):,} records",
        ("", "us a record", "KiB half-way", "KiB at the end"),
        [("all rules", f"{median(times):.1f}", f"{half:.0f}", f"{end:.0f}")],
    )
    return {"us_per_record": median(times), "engine_kib_half": half, "engine_kib_end": end}


def held_kib(days: list[Observation]) -> tuple[float, float]:
    """Return what the engine holds after half of the records, and after all."""
    tracemalloc.start()
    engine = AlertEngine(normal_rules(), MACHINE)
    held = []
    for number, seen in enumerate(days, 1):
        engine.on_record(seen)
        if number in (len(days) // 2, len(days)):
            held.append(tracemalloc.get_traced_memory()[0] / 1024)
    tracemalloc.stop()
    return held[0], held[-1]


def normal_rules() -> Rules:
    """Return the shipped rules with the limits that are set by hand."""
    shipped = load_rules().model_dump()
    return Rules.model_validate({name: {**part, **BY_HAND.get(name, {})} for name, part in shipped.items()})


@lru_cache(maxsize=1)
def normal_days(trace: Path, hours: float, seed: int) -> list[Observation]:
    """Simulate normal days once for all parts that look at them."""
    return records(load_trace(trace), hours, seed)


def length_of(options: argparse.Namespace) -> tuple[float, int]:
    """Return how many hours normal days are, and how often they are drawn."""
    return QUICK if options.quick else LENGTH


# Each part takes the options, prints its tables and returns its figures.
PARTS: tuple[Callable[[argparse.Namespace], Figures], ...] = (petsite_figures, normal_figures, cost_figures)

if __name__ == "__main__":
    main()
