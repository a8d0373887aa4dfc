"""Who is in the next pass of the model, and with how many tokens; knows neither torch nor text."""

from collections import deque
from typing import Generic, Protocol, TypeVar


class Work(Protocol):
    """A request, as far as the order is concerned."""

    takes_slot: bool  # whether it is one of the `max_batch`; a single answer is not

    @property
    def tokens_left(self) -> int:
        """Tokens that the model must read before the request gets its next result."""


W = TypeVar("W", bound=Work)
SCORING_SHARE = 1 / 16  # of a pass is for single answers while a prompt is read


class Scheduler(Generic[W]):
    """Share each pass among all that are in, so that none stands still and none makes the others wait.

    A pass reads at most `pass_tokens` tokens, or one of each where those are more. Half of the room is for
    all in equal parts, so that a reply that is being written goes on with each pass and none stands still;
    the rest is for whoever needs least, so that most prompts are soon read. While a reply's prompt is read,
    single answers ride along in a small part of the pass, so that its first token hardly waits for them.
    """

    def __init__(self, max_batch: int, pass_tokens: int) -> None:
        self._max_batch = max_batch
        self._pass_tokens = pass_tokens
        self._waiting: deque[W] = deque()
        self._running: list[W] = []

    @property
    def all(self) -> list[W]:
        """Everything that runs or waits, in order of arrival among their likes."""
        return [*self._running, *self._waiting]

    def add(self, work: W) -> None:
        """Let it wait for its place."""
        self._waiting.append(work)

    def remove(self, work: W) -> None:
        """Forget what has ended, wherever it is."""
        (self._running if work in self._running else self._waiting).remove(work)

    def admit(self) -> list[W]:
        """Let in whoever has a place, in order of arrival; return who came in."""
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
        """Return who is in the next pass, each with its number of tokens; empty where nothing runs."""
        replies = [work for work in self._running if work.takes_slot]
        if all(reply.tokens_left == 1 for reply in replies):  # they are written: no prompt is delayed
            return _shared(self._running, self._pass_tokens)
        answers = [work for work in self._running if not work.takes_slot]
        riding = _shared(answers, int(self._pass_tokens * SCORING_SHARE))
        return riding + _shared(replies, self._pass_tokens - sum(count for _, count in riding))


def _shared(works: list[W], room: int) -> list[tuple[W, int]]:
    """Share so many tokens, smallest need first; nobody gets less than one."""
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
