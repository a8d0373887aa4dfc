"""Choose the requests of the next pass, and how many tokens of each are read."""

from collections import deque
from typing import Generic, Protocol, TypeVar


class Work(Protocol):
    """The part of a request that the scheduler uses."""

    takes_slot: bool  # whether it counts towards `max_batch`; scoring does not

    @property
    def tokens_left(self) -> int:
        """Tokens that the model reads before the request's next result."""


W = TypeVar("W", bound=Work)
# The share of a pass that scoring requests get while a reply's prompt is read.
SCORING_SHARE = 1 / 16


class Scheduler(Generic[W]):
    """Share each pass among all running requests, so that none stalls and none blocks the others.

    A pass reads at most `pass_tokens` tokens, or one per request if there are more requests. Half of these
    tokens are shared equally, so that each reply is decoded with every pass; the other half goes to the
    shortest remaining prompts first, so that most prompts are read soon. While a reply's prompt is read,
    scoring requests get only `SCORING_SHARE` of the pass, so that they hardly delay its first token.
    """

    def __init__(self, max_batch: int, pass_tokens: int) -> None:
        self._max_batch = max_batch
        self._pass_tokens = pass_tokens
        self._waiting: deque[W] = deque()
        self._running: list[W] = []

    @property
    def all(self) -> list[W]:
        """All running, then all waiting requests, each in order of arrival."""
        return [*self._running, *self._waiting]

    def add(self, work: W) -> None:
        """Append a request to the queue."""
        self._waiting.append(work)

    def remove(self, work: W) -> None:
        """Remove a request, whether it runs or waits."""
        if work in self._running:
            self._running.remove(work)
        else:
            self._waiting.remove(work)

    def admit(self) -> list[W]:
        """Move waiting requests into free slots, in order of arrival; return them."""
        free = self._max_batch - sum(work.takes_slot for work in self._running)
        admitted = []
        for work in tuple(self._waiting):
            if work.takes_slot:
                if free <= 0:
                    continue
                free -= 1
            self._waiting.remove(work)
            admitted.append(work)
        self._running += admitted
        return admitted

    def plan(self) -> list[tuple[W, int]]:
        """Return the next pass: each request with its number of tokens; empty if nothing runs."""
        replies = [work for work in self._running if work.takes_slot]
        if all(reply.tokens_left == 1 for reply in replies):
            # All replies decode, so there is no prefill that scoring could delay.
            return _divide(self._running, self._pass_tokens)
        scorings = [work for work in self._running if not work.takes_slot]
        scoring = _divide(scorings, int(self._pass_tokens * SCORING_SHARE))
        return scoring + _divide(replies, self._pass_tokens - sum(count for _, count in scoring))


def _divide(works: list[W], room: int) -> list[tuple[W, int]]:
    """Divide `room` tokens, the shortest remaining prompt first; each request gets at least one token."""
    smallest_first = sorted(works, key=lambda work: work.tokens_left)
    counts = []
    half = room // 2
    for number, work in enumerate(smallest_first):
        share = half // (len(smallest_first) - number)
        counts.append(min(work.tokens_left, max(1, share)))
        half -= counts[-1]
    room -= sum(counts)
    for number, work in enumerate(smallest_first):
        more = max(0, min(room, work.tokens_left - counts[number]))
        counts[number] += more
        room -= more
    return list(zip(smallest_first, counts, strict=True))
