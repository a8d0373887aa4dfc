"""Messages that arrive at the running app at a rate, and their times as the log records them."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from gradio_client import Client

from benchmarks.capacity.crossing import Times
from inference.weights.catalog import EMBEDDED
from monitoring.analysis.time_range import TimeRange
from monitoring.capacity.estimate import Capacity, estimate
from monitoring.reading.whole_file import FileReading
from tests.running_app import RunningApp

SETTINGS = {
    "MODEL": EMBEDDED.name,
    # With shorter replies, the senders of the messages would need more of the processor than the model.
    "MAX_NEW_TOKENS": "96",
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
CALIBRATING_LOAD = 0.4  # load of the calibration; 1 is one message after the other
MAX_VISITORS = 60
DRAIN_SECONDS = 300.0


class Load:
    """Send messages to an app, each as a new visitor, and read their times from its log."""

    def __init__(self, app: RunningApp) -> None:
        self._app = app
        self._dice = random.Random(11)
        self._clients: SimpleQueue[Client] = SimpleQueue()
        self._made = 0

    def calibrate(self) -> Capacity:
        """Send messages slowly; return the capacity that their records predict."""
        # The first messages warm up the model.
        for text in MESSAGES[:3]:
            self._send(text)
        began = time.time()
        for text in MESSAGES:
            self._send(text)
        alone = (time.time() - began) / len(MESSAGES)
        self.run(60 * CALIBRATING_LOAD / alone, CALIBRATING * alone / CALIBRATING_LOAD)
        return self.predict(since=began)

    def predict(self, since: float | None = None) -> Capacity:
        """Return the capacity that the records predict: all of them, or those from `since` on."""
        reading = FileReading(self._app.log_path, 100_000, 1 << 30)
        for _ in reading.load():
            pass
        frame = reading.view().frame
        time_range = TimeRange(frame, since or float(frame.time[0]), float(frame.time[-1]) + 0.001)
        return estimate(time_range, max_active=int(SETTINGS["MAX_BATCH"]))

    def run(self, per_minute: float, seconds: float) -> Times:
        """Send messages at a rate for some seconds, wait for the answers, and return their times in ms."""
        seen = len(self._app.tasks())
        moments = list(self._arrivals(per_minute / 60, seconds))
        began = time.monotonic()
        with ThreadPoolExecutor(MAX_VISITORS) as visitors:
            answers = []
            for moment in moments:
                time.sleep(max(0.0, began + moment - time.monotonic()))
                answers.append(visitors.submit(self._send, self._dice.choice(MESSAGES)))
            for answer in answers:
                answer.result(DRAIN_SECONDS)
        wanted = seen + 2 * len(moments)
        self._app.wait_until(lambda: len(self._app.tasks()) >= wanted, 30, "the records")
        records = [record for record in self._app.tasks()[seen:] if record["status"] == "ok"]
        assert len(records) == 2 * len(moments), "a message was not answered"
        return {
            "sentiment": [r["response_time_ms"] for r in records if r["task_type"] == "sentiment"],
            "ttft": [r["ttft_ms"] for r in records if r["task_type"] == "chat"],
        }

    def _arrivals(self, rate: float, seconds: float) -> Iterator[float]:
        """Yield the arrival times of a Poisson process whose number of messages is the expected one.

        Given their number, the arrivals of a Poisson process are uniform order statistics. Each run has its
        exact rate, and short runs differ less.
        """
        yield from sorted(self._dice.uniform(0, seconds) for _ in range(round(rate * seconds)))

    def _send(self, text: str) -> None:
        client = self._client()
        try:
            client.predict(text, api_name="/respond")
        finally:
            self._clients.put(client)

    def _client(self) -> Client:
        if self._clients.empty():
            return Client(self._app.url, verbose=False)
        client = self._clients.get()
        # A new visitor has an empty conversation.
        client.reset_session()
        return client


@contextmanager
def a_loaded_app(logs: Path) -> Iterator[Load]:
    """Run the app until the block ends; yield the sender of messages."""
    with RunningApp(logs, **SETTINGS) as app:
        app.wait_for_page()
        app.wait_for_model()
        yield Load(app)
