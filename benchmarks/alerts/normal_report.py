"""The alerts on normal days: false alarms, and the cost of the engine, as tables and figures."""

import time
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.alerts.azure_trace import load_trace
from benchmarks.alerts.normal_days import records
from benchmarks.alerts.petsite_judge import MACHINE
from benchmarks.report import print_table
from monitoring.alerts.engine import AlertEngine
from monitoring.alerts.observation import Observation
from monitoring.alerts.rules import Rules
from monitoring.alerts.rules_file import load_rules

# The seed of the first draw.
SEED = 7
# A user of the simulated machine would set these limits by hand. A reply has up to 512 tokens of 90 ms each,
# and four replies take turns: 360 ms a token, and more with sentiments between them. A fifth visitor waits
# for up to 184 s. In a burst, some visitors wait for another one first; few wait for five minutes.
BY_HAND: dict[str, dict[str, Any]] = {
    "slow_request": {"ttft_ms": 300_000.0, "token_ms": 450.0},
    "slow_task": {"tasks": {"chat": {"limit_ms": 300_000.0}}},
    "queue_backing_up": {"queue_wait_ms": 300_000.0},
}


def normal_figures(trace: Path, hours: float, draws: int) -> dict[str, float]:
    """Count the alerts that fire in several draws of normal days: each one is a false alarm.

    Raises:
        OSError: the trace cannot be read.
        ValueError: its columns are not the expected ones.
    """
    fired = [_fired_rules(_normal_days(trace, hours, seed)) for seed in range(SEED, SEED + draws)]
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


def cost_figures(trace: Path, hours: float) -> dict[str, float]:
    """Measure the time of the engine for each record, and its memory half-way and at the end."""
    days = _normal_days(trace, hours, SEED)
    times = []
    for _ in range(3):
        engine = AlertEngine(_normal_rules(), MACHINE)
        started = time.perf_counter()
        for seen in days:
            engine.on_record(seen)
        times.append((time.perf_counter() - started) / len(days) * 1e6)
    half, end = _memory_kib(days)
    print_table(
        f"The engine's cost, {len(days):,} records",
        ("", "us a record", "KiB half-way", "KiB at the end"),
        [("all rules", f"{median(times):.1f}", f"{half:.0f}", f"{end:.0f}")],
    )
    return {"us_per_record": median(times), "engine_kib_half": half, "engine_kib_end": end}


def _fired_rules(days: Sequence[Observation]) -> Counter[str]:
    engine = AlertEngine(_normal_rules(), MACHINE)
    changes = (change for seen in days for change in engine.on_record(seen))
    return Counter(change.rule for change in changes if change.event == "alert.fired")


def _memory_kib(days: Sequence[Observation]) -> tuple[float, float]:
    """Return the memory of the engine after half of the records, and after all."""
    tracemalloc.start()
    engine = AlertEngine(_normal_rules(), MACHINE)
    sizes = []
    for number, seen in enumerate(days, 1):
        engine.on_record(seen)
        if number in (len(days) // 2, len(days)):
            sizes.append(tracemalloc.get_traced_memory()[0] / 1024)
    tracemalloc.stop()
    return sizes[0], sizes[-1]


def _normal_rules() -> Rules:
    """Return the shipped rules with the limits that are set by hand."""
    shipped = load_rules().model_dump()
    return Rules.model_validate({name: {**part, **BY_HAND.get(name, {})} for name, part in shipped.items()})


@lru_cache(maxsize=1)
def _normal_days(trace: Path, hours: float, seed: int) -> list[Observation]:
    return records(load_trace(trace), hours, seed)
