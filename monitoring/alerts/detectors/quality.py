"""Answers that shift: labels, confidence, empty and repeating replies."""

import math
from collections import Counter, deque
from collections.abc import Iterable
from operator import itemgetter

from monitoring.alerts.detectors.base import EVIDENCE, Detector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rules import Quality
from monitoring.alerts.signal import Signal


class _Labels:
    """Counts of labels, and sums of confidences, of some newest requests."""

    def __init__(self, most: int) -> None:
        self._most = most
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
        """Take in one, the newest; return the one that leaves."""
        self._all.append((label, confidence))
        self._change(label, confidence, 1)
        if len(self._all) <= self._most:
            return None
        left = self._all.popleft()
        self._change(*left, -1)
        return left

    def _change(self, label: str, confidence: float, sign: int) -> None:
        self.counts[label] += sign
        self._sum += sign * confidence
        self._squares += sign * confidence**2


class QualityDetector(Detector[Quality]):
    """The newest answers against those before them.

    A label's share, and the mean confidence, are compared by their standard errors (two-sample z). Replies
    that are empty, or of which most is one repeated end, are bad from a share on.
    """

    name = "quality"

    def __init__(self, rule: Quality) -> None:
        super().__init__(rule)
        self._recent, self._past = _Labels(rule.recent), _Labels(rule.baseline)
        self._requests: deque[str] = deque(maxlen=EVIDENCE)
        self._replies: deque[tuple[bool, str]] = deque()  # of the newest: whether it is bad, request
        self._bad = 0

    def see(self, seen: Observation) -> Iterable[Signal]:
        if seen.status != "ok":
            return ()
        if seen.task_type == "sentiment" and seen.label and 0 <= seen.confidence <= 1:
            return (self._label(seen),)
        if seen.task_type == "chat":
            return (self._reply(seen),)
        return ()

    def _label(self, seen: Observation) -> Signal:
        self._requests.append(seen.request_id)
        left = self._recent.add(seen.label, seen.confidence)
        if left is not None:
            self._past.add(*left)
        if len(self._past) < self.rule.least_baseline:
            return Signal("sentiment", False)
        scores = {f"share of {label}": self._share_score(label) for label in self._past.counts}
        scores["confidence"] = self._confidence_score()
        odd, score = max(scores.items(), key=itemgetter(1))
        measure, limit = f"shift of {odd}, standard errors", self.rule.score
        return Signal("sentiment", score > limit, measure, score, limit, tuple(self._requests))

    def _share_score(self, label: str) -> float:
        recent, past = len(self._recent), len(self._past)
        before = (self._past.counts[label] + 1) / (past + 2)  # Laplace: no share is 0 or 1 for certain
        now = self._recent.counts[label] / recent
        return abs(now - before) / math.sqrt(before * (1 - before) * (1 / recent + 1 / past))

    def _confidence_score(self) -> float:
        recent, past = self._recent, self._past
        variance = max(past.variance, 0.02**2)  # confidences that are all the same make nothing odd
        return abs(recent.mean - past.mean) / math.sqrt(variance * (1 / len(recent) + 1 / len(past)))

    def _reply(self, seen: Observation) -> Signal:
        is_bad = seen.output_tokens == 0 or seen.repetition >= self.rule.repetition
        self._replies.append((is_bad, seen.request_id))
        self._bad += is_bad
        if len(self._replies) > self.rule.recent:
            self._bad -= self._replies.popleft()[0]
        share, limit = self._bad / len(self._replies), self.rule.bad_share
        is_many = len(self._replies) >= self.rule.recent / 2 and share >= limit
        measure = "share of empty or repeating replies"
        requests = [request for is_bad, request in self._replies if is_bad][-EVIDENCE:] if is_many else ()
        return Signal("chat", is_many, measure, share, limit, tuple(requests))
