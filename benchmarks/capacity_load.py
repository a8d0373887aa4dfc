"""How well the capacity is predicted: a load test of the running app, beside what its log says before.

    python -m benchmarks.capacity_load [--json FILE] [--rounds N] [--seconds S]

First some messages come slowly, and the capacity is predicted from their records alone. Then messages come
as a Poisson process (open loop: nobody waits for an answer before the next one writes) at several rates
around the prediction, each in several rounds. The measured capacity is the rate at which the 95th percentile
of the time to first token, or of the sentiment's response time, crosses its limit: between two rates on a
straight line of its logarithm.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import numpy as np
from gradio_client import Client

from benchmarks.report import print_table, write_json
from inference.weights.catalog import EMBEDDED
from monitoring.analysis.limits import Limits
from monitoring.analysis.time_range import Stretch
from monitoring.capacity.estimate import Capacity, estimate
from monitoring.reading.whole_file import FileReading
from tests.running_app import RunningApp

SETTINGS = {
    "MODEL": EMBEDDED.name,
    "MAX_NEW_TOKENS": "96",  # or whoever sends the messages needs more of the processor than the model
    "TEMPERATURE": "0",
    "MAX_BATCH": "4",
    "MAX_WAITING": "200",
}
MESSAGES = (
    "Thanks!",
    "今天的天气真好，我们去公园走走吧！",
    "The delivery was two hours late and the food was cold.",
    "What is a KV cache, in two sentences?",
    "我上周在你们店里买的鞋子，穿了两天就开胶了，打电话给客服也没有人接，非常失望。",
    "We stayed three nights. The view was lovely, the staff kind, but the lift was broken and the wifi slow.",
)
CALIBRATING = 60  # messages
CALIBRATING_LOAD = 0.4  # of one message after the other
LOADS = (0.6, 0.75, 0.9, 1.05)  # of the predicted capacity
FASTER, MOST_MORE = 1.15, 4  # where no limit was crossed: so many times the rate before, or a part, so often
VISITORS = 60  # most at once
DRAIN_SECONDS = 300.0
Times = dict[str, list[float]]


def main() -> None:
    """Run the load test as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--rounds", type=int, default=2, help="of all rates (default: 2)")
    parser.add_argument("--seconds", type=float, default=90.0, help="of each rate (default: 90)")
    options = parser.parse_args()
    write_json(options.json, capacity_figures(options.rounds, options.seconds))


def capacity_figures(rounds: int = 2, seconds: float = 90.0) -> dict[str, float]:
    """Predict, then measure; print both.

    Raises:
        ValueError: nothing is predicted: this machine is too slow for the limits; or no limit was crossed.
    """
    limits = Limits()
    with (
        tempfile.TemporaryDirectory(prefix="capacity-load-") as folder,
        a_loaded_app(Path(folder) / "logs") as load,
    ):
        predicted = load.calibrate()
        if not predicted.per_minute:
            raise ValueError(f"nothing to measure: {predicted.reason or 'no message is in time here'}")
        rates = [part * predicted.per_minute for part in LOADS]
        measured: dict[float, Times] = {rate: {"sentiment": [], "ttft": []} for rate in rates}
        for number in range(rounds):
            for rate in rates if number % 2 == 0 else rates[::-1]:
                _add(measured[rate], load.run(rate, seconds))
        while (capacity := crossing(measured, limits)) is None and len(measured) < len(LOADS) + MOST_MORE:
            slowest = measured[min(measured)]
            highest = percentile(slowest["sentiment"]), percentile(slowest["ttft"])
            too_fast = highest[0] > limits.response_ms or highest[1] > limits.ttft_ms
            rate = min(measured) / FASTER if too_fast else FASTER * max(measured)
            measured[rate] = {"sentiment": [], "ttft": []}
            for _ in range(rounds):
                _add(measured[rate], load.run(rate, seconds))
        again = load.predict()
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


def _add(measured: Times, times: Times) -> None:
    for name, more in times.items():
        measured[name] += more


class Load:
    """Send messages to an app, each as a new visitor, and read their times from its log."""

    def __init__(self, app: RunningApp) -> None:
        self._app = app
        self._dice = random.Random(11)
        self._clients: SimpleQueue[Client] = SimpleQueue()
        self._made = 0

    def calibrate(self) -> Capacity:
        """Let messages come slowly; return what their records predict."""
        for text in MESSAGES[:3]:  # the first ones warm up
            self._send(text)
        began = time.time()
        for text in MESSAGES:
            self._send(text)
        alone = (time.time() - began) / len(MESSAGES)
        self.run(60 * CALIBRATING_LOAD / alone, CALIBRATING * alone / CALIBRATING_LOAD)
        return self.predict(since=began)

    def predict(self, since: float | None = None) -> Capacity:
        """Return what the records predict, all or those from `since` on."""
        reading = FileReading(self._app.log_path, 100_000, 1 << 30)
        for _ in reading.load():
            pass
        frame = reading.view().frame
        stretch = Stretch(frame, since or float(frame.time[0]), float(frame.time[-1]) + 0.001)
        return estimate(stretch, max_active=int(SETTINGS["MAX_BATCH"]))

    def run(self, per_minute: float, seconds: float) -> Times:
        """Let messages come at a rate for so long, wait for the answers, and return their times, in ms."""
        seen = len(self._app.tasks())
        moments = list(self._arrivals(per_minute / 60, seconds))
        began = time.monotonic()
        with ThreadPoolExecutor(VISITORS) as visitors:
            answers = []
            for moment in moments:
                time.sleep(max(0.0, began + moment - time.monotonic()))
                answers.append(visitors.submit(self._send, self._dice.choice(MESSAGES)))
            for answer in answers:
                answer.result(DRAIN_SECONDS)
        wanted = seen + 2 * len(moments)
        self._app.wait_until(lambda: len(self._app.tasks()) >= wanted, 30, "the records")
        records = [record for record in self._app.tasks()[seen:] if record["status"] == "ok"]
        assert len(records) == 2 * len(moments), "every message is answered"
        return {
            "sentiment": [r["response_time_ms"] for r in records if r["task_type"] == "sentiment"],
            "ttft": [r["ttft_ms"] for r in records if r["task_type"] == "chat"],
        }

    def _arrivals(self, rate: float, seconds: float) -> Iterator[float]:
        """Yield the moments of a Poisson process with as many messages as are to be expected.

        Given their number, its moments are spread evenly (uniform order statistics): a rate is then met
        exactly, and short runs differ less.
        """
        yield from sorted(self._dice.uniform(0, seconds) for _ in range(round(rate * seconds)))

    def _send(self, text: str) -> None:
        client = self._client()
        try:
            client.predict(text, api_name="/chat")
        finally:
            self._clients.put(client)

    def _client(self) -> Client:
        if self._clients.empty():
            return Client(self._app.url, verbose=False)
        client = self._clients.get()
        client.reset_session()  # a new visitor: nothing was said before
        return client


@contextmanager
def a_loaded_app(logs: Path) -> Iterator[Load]:
    """Run the app until the block ends; yield who can send messages to it."""
    with RunningApp(logs, **SETTINGS) as app:
        app.wait_for_page()
        app.wait_for_model()
        yield Load(app)


def percentile(times: list[float]) -> float:
    """Return the 95th percentile."""
    return float(np.percentile(times, 95))


def crossing(measured: dict[float, Times], limits: Limits) -> float | None:
    """Return the rate at which a 95th percentile crosses its limit; None where none does."""
    rates = sorted(measured)
    found = []
    for name, limit in (("sentiment", limits.response_ms), ("ttft", limits.ttft_ms)):
        times = [measured[rate][name] for rate in rates]
        heights = rising([np.log(percentile(part)) for part in times], [len(part) for part in times])
        above = [place for place, height in enumerate(heights) if height > np.log(limit)]
        if above and above[0] > 0:
            place = slice(above[0] - 1, above[0] + 1)
            found.append(float(np.interp(np.log(limit), heights[place], rates[place])))
    return min(found, default=None)


def rising(values: list[float], weights: list[int]) -> list[float]:
    """Return the curve nearest to the values that never falls (isotonic regression, pool adjacent violators).

    What more load makes faster is chance: values in the wrong order become their common mean.
    """
    pools: list[tuple[float, int, int]] = []  # mean, weight, values
    for value, weight in zip(values, weights, strict=True):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (low, light, few), (high, heavy, many) = pools[-2:]
            total = light + heavy
            pools[-2:] = [((low * light + high * heavy) / total, total, few + many)]
    return [mean for mean, _, count in pools for _ in range(count)]


def print_rates(predicted: Capacity, again: Capacity, measured: dict[float, Times]) -> None:
    """Print what was predicted and measured at each rate."""
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
