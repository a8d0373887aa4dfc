"""A simulation of the engine: messages arrive at a rate and share the model."""

from collections import deque
from heapq import heappop, heappush
from math import inf

import numpy as np

from monitoring.capacity.demands import Demands

# Replies that are decoded in one batch, as the engine's MAX_BATCH.
MAX_ACTIVE = 4


def simulate(
    needs: Demands, arrivals: np.ndarray, max_active: int = MAX_ACTIVE
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Serve messages as the engine does.

    A reply takes one of `max_active` slots, in order of arrival. Prompts of replies are read before answers
    are computed, one after the other, and decoding pauses meanwhile. The rest of the time all replies that
    decode advance together. A pass is not interrupted: a message that arrives waits for the rest of one, and
    a first token comes with one token of each other reply.

    Refusals, errors and stopped replies are left out (their recorded times count as they are), and so is the
    load that more requests put on the rest of the machine.

    Returns:
        For each message, in s after its arrival: when its answers are there, its first token, and its end;
        NaN where a message has no answers or no reply.
    """
    return _Simulation(needs, arrivals, max_active).run()


class _Simulation:
    """The state of the engine between two events: an arrival, the end of a step, the end of a reply.

    A step is a prompt that is read or a message's answers that are computed; it stops decoding. `progress`
    is how far, in s of decoding alone, each reply has come that decodes since the beginning.
    """

    def __init__(self, needs: Demands, arrivals: np.ndarray, max_active: int) -> None:
        count = len(needs)
        self._needs = needs
        self._max_active = max_active
        self._arrivals = [*arrivals.tolist(), inf]
        self._answer, self._prefill, self._decode, self._token = (
            part.tolist() for part in (needs.answer, needs.prefill, needs.decode, needs.token)
        )
        self._answered, self._first, self._ended = ([np.nan] * count for _ in range(3))
        # Messages that wait for a slot, whose prompts are to be read, whose answers are to be computed.
        self._waiting: deque[int] = deque()
        self._prompts: deque[int] = deque()
        self._answers: deque[int] = deque()
        # A heap of the progress at which a reply ends, and its message.
        self._decoding: list[tuple[float, int]] = []
        self._now = self._progress = 0.0
        self._active = self._arrived = 0
        # The message of the running step, -1 if none; when the step ends; whether it is a prompt.
        self._step, self._step_end, self._is_prompt = -1, inf, False

    def run(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Serve all messages; return the times of `simulate()`."""
        while True:
            # By how many times the replies that decode make a pass longer than one alone.
            longer = self._needs.pass_length(max(1, len(self._decoding)))
            event = self._next_end(longer)
            if self._arrivals[self._arrived] <= event:
                if event == inf and self._arrivals[self._arrived] == inf:
                    break
                self._arrive(longer)
            elif self._step < 0:
                self._end_reply(event)
            else:
                self._end_step(event, longer)
            self._start_next()
        return np.array(self._answered), np.array(self._first), np.array(self._ended)

    def _next_end(self, longer: float) -> float:
        """Return when the running step ends, or else the next reply."""
        if self._step >= 0:
            return self._step_end
        return self._now + (self._decoding[0][0] - self._progress) * longer if self._decoding else inf

    def _pass_seconds(self, longer: float) -> float:
        """Return the length of one decoding pass, in s."""
        return longer * self._token[self._decoding[0][1]] if self._decoding else 0.0

    def _arrive(self, longer: float) -> None:
        message, self._arrived = self._arrived, self._arrived + 1
        waits = 0.0
        if self._step < 0:
            self._progress += (self._arrivals[message] - self._now) / longer
            # On average, half of the running pass is left.
            waits = self._pass_seconds(longer) / 2
        self._now = self._arrivals[message]
        if self._answer[message] > 0:
            self._answered[message] = waits
            self._answers.append(message)
        if self._prefill[message] > 0 or self._decode[message] > 0:
            self._first[message] = waits
            self._waiting.append(message)

    def _end_reply(self, moment: float) -> None:
        self._now, (self._progress, message) = moment, heappop(self._decoding)
        self._ended[message] = self._now - self._arrivals[message]
        self._active -= 1

    def _end_step(self, moment: float, longer: float) -> None:
        message, self._now = self._step, moment
        took = self._now - self._arrivals[message]
        if self._is_prompt:
            self._first[message] += took + self._pass_seconds(longer)
            heappush(self._decoding, (self._progress + self._decode[message], message))
        else:
            self._answered[message] += took
        self._step = -1

    def _start_next(self) -> None:
        """Give free slots to waiting replies, and begin the next step."""
        while self._waiting and self._active < self._max_active:
            self._active += 1
            self._prompts.append(self._waiting.popleft())
        if self._step < 0 and (self._prompts or self._answers):
            self._is_prompt = bool(self._prompts)
            self._step = (self._prompts or self._answers).popleft()
            seconds = self._prefill if self._is_prompt else self._answer
            self._step_end = self._now + seconds[self._step]
