"""Simulate the records of normal days, without a fault, of a small model on two cores.

Arrival times and text lengths come from a real trace, in runs of consecutive messages. The gaps are scaled to
the load of this machine, which rises and falls with the day and has bursts. The model is a simulation: a
sentiment goes first, replies take turns, and other requests wait.
"""

import math
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.alerts.azure_trace import Traced
from benchmarks.alerts.blank_record import NOTHING
from monitoring.alerts.observation import Observation

START = 1_760_054_400.0  # 2025-10-10T00:00:00Z
SAMPLE_SECONDS = 5.0
PREFILL_S = 0.001  # s for a prompt token that is not cached
TOKEN_S = 0.090  # s for a token of a reply
SENTIMENT_S = 0.360  # s for a sentiment
MAX_ACTIVE = 4  # replies that take turns
MAX_CONTEXT, MAX_TOKENS = 3500, 512  # tokens of a prompt, and of a reply
LOW, HIGH = 0.05, 0.40  # share of the model's time that is used, at night and in the afternoon
NEW_CONVERSATIONS = 0.3  # share of the messages that begin a conversation
UNCACHED = (0.05, 0.3)  # range of the share of a prompt that is not cached, in later messages
RUN = 40  # number of consecutive messages that are taken from the trace
BURST_SHARE, BURST_SPEED, BURST_MESSAGES = 0.02, 6.0, (3, 8)
LOADED_MB, PLATEAU_MB, WARMUP_S = 1600.0, 1900.0, 600.0
LOADING_S = 8.0
SYSTEM = NOTHING._replace(task_type="system")


@dataclass(slots=True)
class Message:
    """A message of a visitor, and the work that is left for its reply."""

    asked: float  # s since the epoch, when its next task was submitted
    request: str
    prefill: float  # s of the model's time
    tokens: int
    admitted: float = math.nan  # s since the epoch
    first: float = math.nan  # s since the epoch, when the first token came
    left: float = field(init=False)  # s of the model's time that the reply still needs

    def __post_init__(self) -> None:
        self.left = self.prefill + self.tokens * TOKEN_S

    @property
    def until_next(self) -> float:
        """Return the work until the first token, or until the end if the first token is there, in s."""
        rest = (self.tokens - 1) * TOKEN_S
        return self.left - rest if math.isnan(self.first) else self.left


def records(trace: list[Traced], hours: float, seed: int = 7) -> list[Observation]:
    """Return the records of so many hours in order of time; the same seed gives the same records."""
    rng = random.Random(seed)
    end = START + hours * 3600
    machine = {"cpu_cores": 2, "memory_total_mb": 8192}
    model = Model(rng)
    seen = [*model.serve(messages(trace, rng, end)), *samples(model, rng, end)]
    return [
        SYSTEM._replace(time=START, event="app.started", fields=machine),
        SYSTEM._replace(time=START + LOADING_S, event="model.loaded"),
        *sorted((each for each in seen if each.time <= end), key=lambda each: each.time),
    ]


def utilisation(time: float) -> float:
    """Return the share of the model's time that requests need: lowest at 4, highest at 16 o'clock."""
    day = math.cos((time % 86400 / 3600 - 16) / 24 * 2 * math.pi)
    return LOW + (HIGH - LOW) * (1 + day) / 2


def messages(trace: list[Traced], rng: random.Random, end: float) -> Iterator[Message]:
    """Yield messages in order of arrival; most of them continue a conversation whose beginning is cached."""
    mean_gap = sum(traced.gap for traced in trace) / len(trace)
    work = SENTIMENT_S + sum(_work_of(traced) for traced in trace) / len(trace)
    in_bursts = BURST_SHARE * sum(BURST_MESSAGES) / 2
    # Bursts make messages come earlier, so that the gaps between them become longer.
    work *= (1 + in_bursts) / (1 + in_bursts / BURST_SPEED)
    now, number, burst = START + LOADING_S, 0, 0
    while True:
        begin = rng.randrange(len(trace))
        for index in range(begin, begin + RUN):
            traced = trace[index % len(trace)]
            if burst:
                burst -= 1
            elif rng.random() < BURST_SHARE:
                burst = rng.randint(*BURST_MESSAGES)
            speed = BURST_SPEED if burst else 1.0
            now += traced.gap / mean_gap * work / utilisation(now) / speed
            if now >= end:
                return
            number += 1
            is_new = rng.random() < NEW_CONVERSATIONS
            uncached = min(traced.context, MAX_CONTEXT) * (1.0 if is_new else rng.uniform(*UNCACHED))
            tokens = max(1, min(traced.generated, MAX_TOKENS))
            yield Message(now, f"{number:08x}", uncached * PREFILL_S, tokens)


def _work_of(traced: Traced) -> float:
    """Return the mean of the model's time that a reply takes, in s."""
    uncached = NEW_CONVERSATIONS + (1 - NEW_CONVERSATIONS) * sum(UNCACHED) / 2
    prefill = min(traced.context, MAX_CONTEXT) * uncached * PREFILL_S
    return prefill + min(traced.generated, MAX_TOKENS) * TOKEN_S


class Model:
    """A simulated model: sentiments go first, up to four replies share its time, and other replies wait."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._labels: deque[Message] = deque()
        self._active: list[Message] = []
        self._waiting: deque[Message] = deque()
        self.busy: list[tuple[float, float]] = []  # start and end of each busy time, in s since the epoch
        self.now = START

    def serve(self, arriving: Iterator[Message]) -> Iterator[Observation]:
        """Yield the two records of each message in order of their ends."""
        following = next(arriving, None)
        while following or self._labels or self._active:
            arrival = following.asked if following else math.inf
            if self._labels:
                yield self._label(self._labels.popleft())
            elif not self._active:
                self.now = arrival
            else:
                yield from self._share(arrival)
            while following and following.asked <= self.now:
                self._labels.append(following)
                following = next(arriving, None)

    def _label(self, message: Message) -> Observation:
        began, lasted = self.now, SENTIMENT_S * self._rng.lognormvariate(0, 0.08)
        self._work(lasted)
        positive = self._rng.random() < 0.55 + 0.3 * utilisation(self.now)
        finished = self._finished(message, "sentiment", began)._replace(
            label="正面" if positive else "负面",
            confidence=self._rng.betavariate(8, 2),
            output_tokens=1.0,
        )
        message.asked = self.now
        self._waiting.append(message)
        self._admit()
        return finished

    def _admit(self) -> None:
        while self._waiting and len(self._active) < MAX_ACTIVE:
            self._waiting[0].admitted = self.now
            self._active.append(self._waiting.popleft())

    def _share(self, arrival: float) -> Iterator[Observation]:
        """Run the active replies until one gets its first token or ends, or until a message arrives."""
        turns = len(self._active)
        step = min(min(message.until_next for message in self._active), max(0.0, arrival - self.now) / turns)
        self._work(step * turns)
        for message in list(self._active):
            message.left -= step
            if math.isnan(message.first) and message.until_next < 1e-9:
                message.first = self.now
            if message.left < 1e-9:
                self._active.remove(message)
                yield self._reply(message)
        self._admit()

    def _reply(self, message: Message) -> Observation:
        rng = self._rng
        decoding = self.now - message.first
        return self._finished(message, "chat", message.admitted)._replace(
            ttft_ms=(message.first - message.asked) * 1000,
            output_tokens=float(message.tokens),
            tokens_per_second=(message.tokens - 1) / decoding if decoding else math.nan,
            repetition=rng.uniform(0.5, 0.9) if rng.random() < 0.02 else 0.0,
        )

    def _finished(self, message: Message, task: str, began: float) -> Observation:
        draw = self._rng.random()
        return NOTHING._replace(
            time=self.now,
            task_type=task,
            request_id=message.request,
            event="task.finished",
            status="error" if draw < 0.002 else "cancelled" if draw < 0.012 else "ok",
            response_time_ms=(self.now - message.asked) * 1000,
            queue_wait_ms=(began - message.asked) * 1000,
        )

    def _work(self, seconds: float) -> None:
        if self.busy and self.busy[-1][1] == self.now:
            self.busy[-1] = (self.busy[-1][0], self.now + seconds)
        else:
            self.busy.append((self.now, self.now + seconds))
        self.now += seconds


def samples(model: Model, rng: random.Random, end: float) -> Iterator[Observation]:
    """Yield the samples of CPU and memory: the model keeps both cores busy, and memory grows to a plateau."""
    index = 0
    for number in range(1, int((end - START) / SAMPLE_SECONDS) + 1):
        now = START + number * SAMPLE_SECONDS
        since, busy = now - SAMPLE_SECONDS, 0.0
        while index < len(model.busy) and model.busy[index][0] < now:
            begin, until = model.busy[index]
            busy += max(0.0, min(until, now) - max(begin, since))
            if until > now:
                break
            index += 1
        warm = 1 - math.exp(-max(0.0, now - START - LOADING_S) / (WARMUP_S / 4))
        yield SYSTEM._replace(
            time=now,
            event="resource.sample",
            cpu_usage_percent=min(200.0, 195 * busy / SAMPLE_SECONDS + rng.uniform(1, 4)),
            memory_usage_mb=LOADED_MB + (PLATEAU_MB - LOADED_MB) * warm + rng.gauss(0, 2),
        )
