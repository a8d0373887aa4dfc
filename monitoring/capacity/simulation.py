"""Messages that arrive at a rate, served as the engine serves them."""

from collections import deque
from heapq import heappop, heappush
from math import inf

import numpy as np

from monitoring.capacity.demands import Demands

MOST_ACTIVE = 4  # replies that are written at once, as the engine's MAX_BATCH


def simulate(
    needs: Demands, arrivals: np.ndarray, most_active: int = MOST_ACTIVE
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Serve messages as the engine does; return response times, in s: sentiment, first token, whole message.

    A chat takes one of `most_active` places, in order of arrival. Chats' prompts are read before sentiments',
    one after the other, and what decodes stands still meanwhile. The rest of the time all chats that decode
    go on together. A pass of theirs is not interrupted, so that who comes waits for the rest of one, and a
    first token comes with a token of each of them.

    Left out: refusals, errors and stopped replies (as they were recorded, they count), and that more
    requests make everything else on the machine busier.
    """
    count = len(needs)
    parts = (arrivals, needs.sentiment, needs.prefill, needs.decode, needs.token)
    came, sentiment, prefill, decode, token = (part.tolist() for part in parts)
    came.append(inf)
    said, first, done = [0.0] * count, [0.0] * count, [0.0] * count
    prefills: deque[int] = deque()
    sentiments: deque[int] = deque()
    waiting: deque[int] = deque()
    decoding: list[tuple[float, int]] = []  # a heap: how far each that decodes is when this one ends
    now, had, active, arrived, left = 0.0, 0.0, 0, 0, count  # `had`: how far they are
    step, step_end, is_prefill = -1, inf, False
    while left:
        longer = needs.stretch(max(1, len(decoding)))
        one_pass = longer * token[decoding[0][1]] if decoding else 0.0
        ends = step_end if step >= 0 else now + (decoding[0][0] - had) * longer if decoding else inf
        if came[arrived] <= ends:
            if step < 0:
                had += (came[arrived] - now) / longer
                said[arrived] = first[arrived] = one_pass / 2
            now = came[arrived]
            sentiments.append(arrived)
            waiting.append(arrived)
            arrived += 1
        elif step < 0:
            now, (had, chat) = ends, heappop(decoding)
            done[chat] = now - came[chat]
            active -= 1
            left -= 1
        else:
            now = ends
            if is_prefill:
                first[step] += now - came[step] + one_pass
                heappush(decoding, (had + decode[step], step))
            else:
                said[step] += now - came[step]
            step = -1
        while waiting and active < most_active:
            active += 1
            prefills.append(waiting.popleft())
        if step < 0 and (prefills or sentiments):
            is_prefill = bool(prefills)
            step = (prefills or sentiments).popleft()
            step_end = now + (prefill if is_prefill else sentiment)[step]
    return np.array(said), np.array(first), np.array(done)
