"""Choose the requests of the next pass, and how many tokens of each are read."""

from collections import deque
from itertools import chain, zip_longest
from typing import Generic, Protocol, TypeVar


class Work(Protocol):
    """The part of a request that the scheduler uses."""

    takes_slot: bool  # whether it counts towards `max_batch`; scoring does not
    kv_bytes: int  # the most that its keys and values may take while it runs

    @property
    def client(self) -> str | None:
        """The client among whom requests take turns."""

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

    Clients take turns: the first waiting request of each client comes before the second one of any. A request
    that waits for memory is overtaken by no reply, and only by scoring that takes nothing of what it needs.
    """

    def __init__(self, max_batch: int, pass_tokens: int) -> None:
        self._max_batch = max_batch
        self._pass_tokens = pass_tokens
        # The waiting requests of each client; the client whose reply started last is the last one.
        self._waiting: dict[str | None, deque[W]] = {}
        self._running: list[W] = []

    @property
    def all(self) -> list[W]:
        """All running, then all waiting requests, the latter in the order of their turns."""
        return [*self._running, *self._turns()]

    @property
    def running_bytes(self) -> int:
        """The most bytes that the keys and values of all running requests may take."""
        return sum(work.kv_bytes for work in self._running)

    def add(self, work: W) -> None:
        """Append a request to the queue of its client."""
        self._waiting.setdefault(work.client, deque()).append(work)

    def remove(self, work: W) -> None:
        """Remove a request, whether it runs or waits."""
        if work in self._running:
            self._running.remove(work)
        else:
            self._leave_queue(work)

    def clear(self) -> list[W]:
        """Forget all requests, and return them."""
        found = self.all
        self._running.clear()
        self._waiting.clear()
        return found

    def admit(self, room: int) -> list[W]:
        """Start the waiting requests for which there are slots and memory, in turns; return them.

        `room` is the number of bytes that all running requests may take together.
        """
        slots = self._max_batch - sum(work.takes_slot for work in self._running)
        left = room - self.running_bytes
        # What scoring requests may take while another request waits for memory: what it does not need.
        beside = room - sum(work.kv_bytes for work in self._running if not work.takes_slot)
        is_held = False
        admitted = []
        for work in self._turns():
            if work.takes_slot and (is_held or not slots):
                continue
            if work.kv_bytes <= (min(left, beside) if is_held else left):
                slots -= work.takes_slot
                left -= work.kv_bytes
                beside -= 0 if work.takes_slot else work.kv_bytes
                self._start(work)
                admitted.append(work)
            elif not is_held:
                is_held = True
                beside -= work.kv_bytes
        return admitted

    def _turns(self) -> list[W]:
        """Return the waiting requests in the order of their turns."""
        rounds = zip_longest(*self._waiting.values())
        return [work for work in chain.from_iterable(rounds) if work is not None]

    def _start(self, work: W) -> None:
        self._leave_queue(work)
        if work.takes_slot and (queue := self._waiting.pop(work.client, None)):
            self._waiting[work.client] = queue  # at the end: the others come first now
        self._running.append(work)

    def _leave_queue(self, work: W) -> None:
        queue = self._waiting[work.client]
        queue.remove(work)
        if not queue:
            del self._waiting[work.client]

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
