"""What a model answers to a question about nothing: how far it leans to an answer, whatever the text.

A small model prefers some words to others, and the first or the last one that it is offered. Dividing by what
it says about a text without content takes that away (contextual calibration: Zhao et al., "Calibrate Before
Use", 2021, https://arxiv.org/abs/2102.09690).
"""

import threading
from collections.abc import Hashable, Sequence

from cachetools import LRUCache

# A text that says nothing.
NOTHING = "。"
MAX_REMEMBERED = 4096
# No answer counts as less than this share of its chance: what is hardly ever said would else win by noise.
LEAST_SHARE = 0.1


class Priors:
    """The answers about nothing, by who has asked and what; safe to use from any thread."""

    def __init__(self) -> None:
        self._known: LRUCache[Hashable, tuple[float, ...]] = LRUCache(MAX_REMEMBERED)
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> tuple[float, ...] | None:
        """Return the probabilities of a question's answers, if it was asked before."""
        with self._lock:
            known: tuple[float, ...] | None = self._known.get(key)
            return known

    def put(self, key: Hashable, probabilities: tuple[float, ...]) -> None:
        """Remember the probabilities of a question's answers."""
        with self._lock:
            self._known[key] = probabilities


def calibrated(probabilities: Sequence[float], prior: Sequence[float]) -> tuple[float, ...]:
    """Return the probabilities as they are without what the model leans to; their sum is 1."""
    least = LEAST_SHARE / len(prior)
    weights = [each / max(lean, least) for each, lean in zip(probabilities, prior, strict=True)]
    whole = sum(weights)
    return tuple(weight / whole for weight in weights)
