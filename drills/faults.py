"""The faults themselves: each goes on until it is told to stop, and leaves nothing behind."""

import hashlib
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from drills.client import Visitor
from drills.disturbed_model import Disturbance
from drills.full_disk import DrilledFile
from monitoring.alerts.rules import Rules
from monitoring.machine import Machine
from monitoring.writing.event_log import EventLog

OVER = 1.5  # how far over a limit a fault goes
MIN_LEAK_MB = 40.0  # a second
MAX_LEAK_SHARE = 0.25  # of the machine's memory
LEAK_SECONDS = 0.5  # between two requests that leak
FULL_SECONDS = 2.0  # that the disk is full before records are lost
FILL_RECORDS = 1000  # written between two looks whether some are lost
BLOCK = bytes(1 << 20)

Stop = threading.Event


class Faults:
    """What goes wrong, for real, in this process: whoever uses it at that time is hurt, too."""

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
        """Let each token take longer than `slow_request` allows, and have short replies written."""
        seconds = OVER * self._rules().slow_request.chat_token_ms / 1000

        def wait() -> None:
            stop.wait(seconds)

        with self._disturbance.of("token", wait):
            while not stop.is_set():
                self._visitor.chat(stop)

    def failing_sentiments(self, stop: Stop) -> None:
        """Let the model fail while sentiments are asked for, as many as `failing_task` counts."""

        def fail() -> None:
            raise RuntimeError("a drill lets the model fail")

        with self._disturbance.of("prompt", fail):
            for _ in range(self._rules().failing_task.failures):
                self._visitor.ask_sentiment()

    def memory_leak(self, stop: Stop) -> None:
        """Keep some memory with each request: as much as reaches the limit within the rule's time."""
        rules = self._rules()
        room = self._machine.limit_mb(rules.memory_limit.limit_mb) - self._log.resources.memory_mb
        leak = max(MIN_LEAK_MB, OVER * room / rules.memory_growth.leak_horizon_seconds)
        kept: list[bytearray] = []
        begun = time.monotonic()
        while not stop.is_set():
            self._visitor.ask_sentiment()
            wanted = min(leak * (time.monotonic() - begun), MAX_LEAK_SHARE * self._machine.memory_mb)
            size = int(wanted * 2**20) - sum(map(len, kept))
            kept.append(bytearray(b"\x01") * max(0, size))  # not zeros: those would take no memory
            stop.wait(LEAK_SECONDS)

    def full_log_disk(self, stop: Stop) -> None:
        """Let the disk refuse the log until records are lost, which is when its queue is full."""
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
        """Have a reply written of which each token takes all cores, while sentiments wait for the model."""
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
        """Have so many sentiments end well that those which will fail are no high error rate, too."""
        rules = self._rules()
        failures = rules.failing_task.failures
        for _ in range(math.ceil(failures / rules.error_rate.share) - failures):
            self._visitor.ask_sentiment()

    def recover(self) -> None:
        """Ask once more, as the next visitor would."""
        self._visitor.ask_sentiment()


def _burn(threads: int, seconds: float, stop: Stop) -> None:
    """Keep so many cores busy; hashing lets other threads of the interpreter run meanwhile."""
    end = time.monotonic() + seconds

    def work(number: int) -> None:
        while time.monotonic() < end and not stop.is_set():
            hashlib.sha256(BLOCK)

    with ThreadPoolExecutor(threads, "drill-load") as pool:
        list(pool.map(work, range(threads)))
