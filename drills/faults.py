"""The faults of the drills: each lasts until its `stop` is set, and cleans up after itself."""

import hashlib
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from drills.client import Visitor
from drills.disturbed_model import Disturbance
from drills.full_disk import DrilledFile
from monitoring.alerts.detectors.base import limit_of
from monitoring.alerts.rules import Rules
from monitoring.machine import Machine
from monitoring.writing.event_log import EventLog

OVER = 1.5  # factor by which a fault exceeds a limit
MIN_LEAK_MB = 40.0  # a second
MAX_LEAK_SHARE = 0.25  # of the machine's memory
LEAK_SECONDS = 0.5  # between two requests that leak
FULL_SECONDS = 2.0  # of a full disk before the queue is filled
FILL_RECORDS = 1000  # written between two checks for dropped records
BLOCK = bytes(1 << 20)

Stop = threading.Event


class Faults:
    """Real faults in this process; all users of the app are affected while one lasts."""

    def __init__(
        self,
        disturbance: Disturbance,
        visitor: Visitor,
        log: EventLog,
        rules: Callable[[], Rules],
        machine: Machine,
    ) -> None:
        self._disturbance = disturbance
        self._visitor = visitor
        self._log = log
        self._rules = rules
        self._machine = machine

    def slow_model(self, stop: Stop) -> None:
        """Ask for short replies while each token takes longer than `slow_request` allows."""
        seconds = OVER * limit_of(self._rules().slow_request, "chat", "token_ms") / 1000

        def wait() -> None:
            stop.wait(seconds)

        with self._disturbance.of("token", wait):
            while not stop.is_set():
                self._visitor.chat(stop)

    def failing_sentiments(self, stop: Stop) -> None:
        """Ask for as many sentiments as `failing_task` counts while the model fails."""

        def fail() -> None:
            raise RuntimeError("a drill lets the model fail")

        with self._disturbance.of("prompt", fail):
            for _ in range(self._rules().failing_task.failures):
                self._visitor.ask_sentiment()

    def memory_leak(self, stop: Stop) -> None:
        """Leak memory with each request, so fast that the limit is reached within the rule's time."""
        rules = self._rules()
        room = self._machine.limit_mb(rules.memory_limit.limit_mb) - self._log.resources.memory_mb
        leak = max(MIN_LEAK_MB, OVER * room / rules.memory_growth.leak_horizon_seconds)
        kept: list[bytearray] = []
        begun = time.monotonic()
        while not stop.is_set():
            self._visitor.ask_sentiment()
            wanted = min(leak * (time.monotonic() - begun), MAX_LEAK_SHARE * self._machine.memory_mb)
            size = int(wanted * 2**20) - sum(map(len, kept))
            kept.append(bytearray(b"\x01") * max(0, size))  # not zeros: the system gives zero pages no memory
            stop.wait(LEAK_SECONDS)

    def full_log_disk(self, stop: Stop) -> None:
        """Make log writes fail until records are dropped, which happens once the queue is full."""
        before = self._log.dropped
        DrilledFile.full.set()
        try:
            if stop.wait(FULL_SECONDS):
                return
            record = {
                "level": "DEBUG",
                "message": "演练: 填满日志队列",
                "task_type": "system",
                "event": "log",
            }
            while self._log.dropped == before and not stop.is_set():
                for _ in range(FILL_RECORDS):
                    self._log.write(record)
        finally:
            DrilledFile.full.clear()

    def stalled_queue(self, stop: Stop) -> None:
        """Decode a reply whose tokens take all cores, while sentiments wait for the model."""
        seconds = 1.25 * self._rules().queue_backing_up.queue_wait_ms / 1000
        begun, ended = threading.Event(), threading.Event()

        def occupy() -> None:
            begun.set()
            _burn(math.ceil(self._machine.cores), seconds, stop)

        def hold() -> None:
            try:
                while not stop.is_set():
                    self._visitor.chat_long(stop)
            finally:
                ended.set()
                begun.set()

        with self._disturbance.of("token", occupy), ThreadPoolExecutor(1, "drill-reply") as replies:
            reply = replies.submit(hold)
            begun.wait()
            while not stop.is_set() and not ended.is_set():
                self._visitor.ask_sentiment()
        reply.result()

    def steady(self) -> None:
        """Send enough successful requests first, so the failures alone do not trip `error_rate`."""
        rules = self._rules()
        failures = rules.failing_task.failures
        for _ in range(math.ceil(failures / rules.error_rate.share) - failures):
            self._visitor.ask_sentiment()

    def recover(self) -> None:
        """Send one more request, as the next visitor would."""
        self._visitor.ask_sentiment()


def _burn(threads: int, seconds: float, stop: Stop) -> None:
    """Keep `threads` cores busy; hashing releases the GIL, so other threads go on."""
    end = time.monotonic() + seconds

    def work(number: int) -> None:
        while time.monotonic() < end and not stop.is_set():
            hashlib.sha256(BLOCK)

    with ThreadPoolExecutor(threads, "drill-load") as pool:
        list(pool.map(work, range(threads)))
