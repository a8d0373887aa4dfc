"""Answers that change: labels, confidence, empty and repeating replies."""

import math
from collections import Counter, deque
from collections.abc import Iterable
from operator import itemgetter
from typing import Annotated

from pydantic import Field

from monitoring.alerts.detectors.base import MAX_EVIDENCE, ByTask, Detector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rule import Count, Rule, Share
from monitoring.alerts.signal import Signal


class Quality(Rule):
    """The newest answers differ from those before them."""

    recent: Count
    baseline: Count
    least_baseline: Count
    score: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    bad_share: Share
    repetition: Share


class _Answers:
    """The newest labels with their confidences: the count of each label, and sums of the confidences."""

    def __init__(self, max_answers: int) -> None:
        self._max_answers = max_answers
        self._all: deque[tuple[str, float]] = deque()
        self.counts: Counter[str] = Counter()
        self._sum = self._squares = 0.0

    def __len__(self) -> int:
        return len(self._all)

    @property
    def mean(self) -> float:
        return self._sum / len(self._all)

    @property
    def variance(self) -> float:
        return max(0.0, self._squares / len(self._all) - self.mean**2)

    def add(self, label: str, confidence: float) -> tuple[str, float] | None:
        """Add the newest answer; return the oldest one if it had to leave."""
        self._all.append((label, confidence))
        self._change(label, confidence, 1)
        if len(self._all) <= self._max_answers:
            return None
        oldest = self._all.popleft()
        self._change(*oldest, -1)
        return oldest

    def _change(self, label: str, confidence: float, sign: int) -> None:
        self.counts[label] += sign
        self._sum += sign * confidence
        self._squares += sign * confidence**2


class _Labels:
    """The labels of one task: the newest requests, and the baseline before them."""

    def __init__(self, rule: Quality) -> None:
        self._recent, self._past = _Answers(rule.recent), _Answers(rule.baseline)
        self._min_past = rule.least_baseline
        self.requests: deque[str] = deque(maxlen=MAX_EVIDENCE)

    def add(self, seen: Observation) -> None:
        """Add the newest request; those that are no longer recent move to the baseline."""
        self.requests.append(seen.request_id)
        if (oldest := self._recent.add(seen.label, seen.confidence)) is not None:
            self._past.add(*oldest)

    def scores(self) -> dict[str, float]:
        """Return the differences from the baseline, in standard errors; empty while it is too short."""
        if len(self._past) < self._min_past:
            return {}
        scores = {f"share of {label}": self._share_score(label) for label in self._past.counts}
        return scores | {"confidence": self._confidence_score()}

    def _share_score(self, label: str) -> float:
        recent, past = len(self._recent), len(self._past)
        # Laplace's rule of succession: no share is estimated as exactly 0 or 1.
        before = (self._past.counts[label] + 1) / (past + 2)
        now = self._recent.counts[label] / recent
        return abs(now - before) / math.sqrt(before * (1 - before) * (1 / recent + 1 / past))

    def _confidence_score(self) -> float:
        recent, past = self._recent, self._past
        # A smallest variance, so that a constant confidence does not make every other value odd.
        variance = max(past.variance, 0.02**2)
        return abs(recent.mean - past.mean) / math.sqrt(variance * (1 / len(recent) + 1 / len(past)))


class _Replies:
    """The newest replies of one task, and how many of them are bad."""

    def __init__(self) -> None:
        # Whether a reply is bad, and its request's id.
        self.all: deque[tuple[bool, str]] = deque()
        self.bad = 0
        # Whether the task ever wrote a token: a task that never writes has no empty replies.
        self.writes = False

    @property
    def requests(self) -> tuple[str, ...]:
        """The newest requests whose replies are bad."""
        return tuple([request for is_bad, request in self.all if is_bad][-MAX_EVIDENCE:])

    def add(self, is_bad: bool, request: str, max_replies: int) -> None:
        """Add the newest reply; drop the oldest one when there are too many."""
        self.all.append((is_bad, request))
        self.bad += is_bad
        if len(self.all) > max_replies:
            self.bad -= self.all.popleft()[0]


class QualityDetector(Detector[Quality]):
    """Compare each task's newest answers with those before them.

    A label's share and the mean confidence are compared by their standard errors (two-sample z). Replies are
    bad when they are empty or consist mostly of one repeated end; too large a share of bad replies fires.
    """

    name = "quality"

    def __init__(self, rule: Quality) -> None:
        super().__init__(rule)
        self._labels = ByTask(lambda: _Labels(rule))
        self._replies = ByTask(_Replies)

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        if seen.status != "ok":
            return ()
        if not seen.label:
            return self._reply(seen)
        return self._label(seen) if 0 <= seen.confidence <= 1 else ()

    def _label(self, seen: Observation) -> Iterable[Signal]:
        task, limit = seen.task_type, self.rule.score
        if (labels := self._labels.get(task)) is None:
            return ()
        labels.add(seen)
        if not (scores := labels.scores()):
            return (Signal(task, False),)
        odd, score = max(scores.items(), key=itemgetter(1))
        measure = f"shift of {odd}, standard errors"
        return (Signal(task, score > limit, measure, score, limit, tuple(labels.requests)),)

    def _reply(self, seen: Observation) -> Iterable[Signal]:
        task, limit = seen.task_type, self.rule.bad_share
        if (replies := self._replies.get(task)) is None:
            return ()
        replies.writes = replies.writes or seen.output_tokens > 0 or not math.isnan(seen.repetition)
        if not replies.writes:
            return ()
        is_bad = seen.output_tokens == 0 or seen.repetition >= self.rule.repetition
        replies.add(is_bad, seen.request_id, self.rule.recent)
        share = replies.bad / len(replies.all)
        is_many = len(replies.all) >= self.rule.recent / 2 and share >= limit
        requests = replies.requests if is_many else ()
        return (Signal(task, is_many, "share of empty or repeating replies", share, limit, requests),)
