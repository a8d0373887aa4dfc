"""How well the capacity is predicted: a load test of the running app, beside the prediction from its log.

    python -m benchmarks.capacity_load [--json FILE] [--rounds N] [--seconds S]

First some messages come slowly, and the capacity is predicted from their records alone. Then messages come
as a Poisson process (open loop: no visitor waits for the answer of another one) at several rates around the
prediction, each in several rounds. The measured capacity is the rate at which the 95th percentile of the time
to first token, or of the sentiment's response time, crosses its limit.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.capacity.crossing import Times, crossing, percentile
from benchmarks.capacity.load import Load, a_loaded_app
from benchmarks.report import print_table, write_json
from monitoring.analysis.limits import Limits
from monitoring.capacity.estimate import Capacity

LOADS = (0.6, 0.75, 0.9, 1.05)  # rates, as multiples of the predicted capacity
# If no limit is crossed, up to MAX_MORE rates follow: each is FASTER times the highest rate. If all rates are
# too fast, each is slower than the lowest rate by that factor.
FASTER, MAX_MORE = 1.15, 4


def main() -> None:
    """Run the load test as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    parser.add_argument("--rounds", type=int, default=2, help="rounds of all rates (default: 2)")
    parser.add_argument("--seconds", type=float, default=90.0, help="seconds of each rate (default: 90)")
    options = parser.parse_args()
    write_json(options.json, capacity_figures(options.rounds, options.seconds))


def capacity_figures(rounds: int = 2, seconds: float = 90.0) -> dict[str, float]:
    """Predict the capacity, then measure it; print both.

    Raises:
        ValueError: the machine is too slow to predict a capacity, or no limit was crossed at any rate.
    """
    with (
        tempfile.TemporaryDirectory(prefix="capacity-load-") as folder,
        a_loaded_app(Path(folder) / "logs") as load,
    ):
        predicted = load.calibrate()
        if not predicted.per_minute:
            raise ValueError(f"nothing to measure: {predicted.reason or 'no message is in time here'}")
        measured = measure(load, predicted.per_minute, rounds, seconds)
        again = load.predict()
    capacity = crossing(measured, Limits())
    print_rates(predicted, again, measured)
    if capacity is None:
        raise ValueError(f"predicted {predicted.per_minute:.1f} a minute; no limit was crossed at any rate")
    error = 100 * (predicted.per_minute / capacity - 1)
    print(f"\nPredicted {predicted.per_minute:.1f}, measured {capacity:.1f} a minute: {error:+.1f} %")
    return {
        "capacity_predicted_per_minute": predicted.per_minute,
        "capacity_measured_per_minute": capacity,
        "capacity_error_percent": abs(error),
    }


def measure(load: Load, per_minute: float, rounds: int, seconds: float) -> dict[float, Times]:
    """Return the times at several rates around a capacity, and at more rates until a limit is crossed."""
    limits = Limits()
    rates = [part * per_minute for part in LOADS]
    measured: dict[float, Times] = {rate: {"sentiment": [], "ttft": []} for rate in rates}
    for number in range(rounds):
        for rate in rates if number % 2 == 0 else rates[::-1]:
            _add(measured[rate], load.run(rate, seconds))
    while crossing(measured, limits) is None and len(measured) < len(LOADS) + MAX_MORE:
        slowest = measured[min(measured)]
        highest = percentile(slowest["sentiment"]), percentile(slowest["ttft"])
        is_too_fast = highest[0] > limits.response_ms or highest[1] > limits.ttft_ms
        rate = min(measured) / FASTER if is_too_fast else FASTER * max(measured)
        measured[rate] = {"sentiment": [], "ttft": []}
        for _ in range(rounds):
            _add(measured[rate], load.run(rate, seconds))
    return measured


def _add(measured: Times, times: Times) -> None:
    for name, more in times.items():
        measured[name] += more


def print_rates(predicted: Capacity, again: Capacity, measured: dict[float, Times]) -> None:
    """Print the predicted and the measured times at each rate."""
    rows = []
    for rate, times in sorted(measured.items()):
        curves = (predicted.answer_ms, predicted.ttft_ms)
        expected = [np.interp(rate, predicted.rates, curve) for curve in curves]
        shown = (expected[0], percentile(times["sentiment"]), expected[1], percentile(times["ttft"]))
        rows.append((f"{rate:.1f}", str(len(times["ttft"])), *(f"{value:,.0f}" for value in shown)))
    print_table(
        f"95th percentiles in ms, predicted from {predicted.messages} messages, and measured",
        ("messages a minute", "messages", "sentiment, predicted", "measured", "TTFT, predicted", "measured"),
        rows,
    )
    print(f"\nPredicted after all {again.messages} messages: {again.per_minute or 0:.1f} a minute")


if __name__ == "__main__":
    main()
