"""The faults of the drills: each lasts until its `stop` is set, and cleans up after itself."""

import hashlib
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from drills.client import Client
from drills.disturbed_model import Disturbance
from drills.full_disk import FullDisk
from inference.tasks.chat import Chat
from monitoring.alerts.detectors.base import limit_of
from monitoring.alerts.rules import Rules
from monitoring.machine import Machine
from monitoring.writing.event_log import EventLog

EXCESS = 1.5  # a fault exceeds its limit by this factor
# Each pass of the stalled queue takes the limit of the wait times this factor.
QUEUE_EXCESS = 1.25
# The largest leak, as a share of the machine's memory.
MAX_LEAK_SHARE = 0.25
FILL_RECORDS = 1000  # records that are written between two checks for dropped ones
HASHED = bytes(1 << 20)

Stop = threading.Event


@dataclass(frozen=True, slots=True)
class Switches:
    """The parts of an app in which a drill causes its faults."""

    model: Disturbance = field(default_factory=Disturbance)
    disk: FullDisk = field(default_factory=FullDisk)


@dataclass(frozen=True, slots=True)
class Pace:
    """The speed of the faults."""

    min_leak_mb: float = 40.0  # MiB a second
    leak_seconds: float = 0.5  # between two requests that leak
    full_seconds: float = 2.0  # the disk is full for this time before the queue is filled


class Faults:
    """Real faults in this process; all users of the app are affected while one lasts."""

    def __init__(
        self,
        switches: Switches,
        client: Client,
        log: EventLog,
        rules: Callable[[], Rules],
        machine: Machine,
        pace: Pace = Pace(),
    ) -> None:
        self._switches = switches
        self._client = client
        self._log = log
        self._rules = rules
        self._machine = machine
        self._pace = pace

    def slow_model(self, stop: Stop) -> None:
        """Ask for short replies while each token takes longer than `slow_request` allows."""
        seconds = EXCESS * limit_of(self._rules().slow_request, Chat.name, "token_ms") / 1000

        def wait() -> None:
            stop.wait(seconds)

        with self._switches.model.before("decode", wait):
            while not stop.is_set():
                self._client.ask_short_reply(stop)

    def failing_model(self, stop: Stop) -> None:
        """Ask for as many labels as `failing_task` counts while the model fails."""

        def fail() -> None:
            raise RuntimeError("a drill lets the model fail")

        with self._switches.model.before("prefill", fail):
            for _ in range(self._rules().failing_task.failures):
                self._client.ask_label()

    def memory_leak(self, stop: Stop) -> None:
        """Leak memory with each request, so fast that the limit is reached within the rule's time."""
        rules = self._rules()
        room = self._machine.limit_mb(rules.memory_limit.limit_mb) - self._log.resources.memory_mb
        leak = max(self._pace.min_leak_mb, EXCESS * room / rules.memory_growth.leak_horizon_seconds)
        kept: list[bytearray] = []
        began = time.monotonic()
        while not stop.is_set():
            self._client.ask_label()
            wanted = min(leak * (time.monotonic() - began), MAX_LEAK_SHARE * self._machine.memory_mb)
            size = int(wanted * 2**20) - sum(map(len, kept))
            # Not zeros, because the system gives no memory to pages of zeros until they are written.
            kept.append(bytearray(b"\x01") * max(0, size))
            stop.wait(self._pace.leak_seconds)

    def full_log_disk(self, stop: Stop) -> None:
        """Make log writes fail until records are dropped, which happens once the queue is full."""
        dropped_before = self._log.dropped
        self._switches.disk.is_full.set()
        try:
            if stop.wait(self._pace.full_seconds):
                return
            record = {
                "level": "DEBUG",
                "message": "演练: 填满日志队列",
                "task_type": "system",
                "event": "log",
            }
            while self._log.dropped == dropped_before and not stop.is_set():
                for _ in range(FILL_RECORDS):
                    self._log.write(record)
        finally:
            self._switches.disk.is_full.clear()

    def stalled_queue(self, stop: Stop) -> None:
        """Decode a reply whose tokens take all cores, while label requests wait for the model."""
        seconds = QUEUE_EXCESS * self._rules().queue_backing_up.queue_wait_ms / 1000
        began, ended = threading.Event(), threading.Event()

        def occupy() -> None:
            began.set()
            _burn(math.ceil(self._machine.cores), seconds, stop)

        def decode() -> None:
            try:
                while not stop.is_set():
                    self._client.ask_long_reply(stop)
            finally:
                ended.set()
                began.set()

        with (
            self._switches.model.before("decode", occupy),
            ThreadPoolExecutor(1, "drill-reply") as executor,
        ):
            replies = executor.submit(decode)
            began.wait()
            while not stop.is_set() and not ended.is_set():
                self._client.ask_label()
        replies.result()

    def succeed_first(self) -> None:
        """Send enough successful requests that the failures to come do not trip `error_rate`."""
        rules = self._rules()
        failures = rules.failing_task.failures
        for _ in range(math.ceil(failures / rules.error_rate.share) - failures):
            self._client.ask_label()

    def recover(self) -> None:
        """Send one more request, as the next user would."""
        self._client.ask_label()

    def close(self) -> None:
        """Stop the running requests."""
        self._client.close()


def _burn(threads: int, seconds: float, stop: Stop) -> None:
    """Keep `threads` cores busy; hashing releases the GIL, so other threads go on."""
    end = time.monotonic() + seconds

    def work(number: int) -> None:
        while time.monotonic() < end and not stop.is_set():
            hashlib.sha256(HASHED)

    with ThreadPoolExecutor(threads, "drill-load") as pool:
        list(pool.map(work, range(threads)))
