"""What each message needs of the model alone, worked out from recorded times of messages that shared it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from monitoring.window.frame import Frame
from monitoring.window.masks import is_request

MOST_TASKS = 4000  # the newest ones, whose demands are used
USUAL_BESIDE = 0.5  # what is supposed of `beside` where replies were written alone
USUAL_WEIGHT = 1.0  # as that of so many replies that had another one beside them all the time

Count = TypeVar("Count", float, np.ndarray)


@dataclass(frozen=True, slots=True, eq=False)
class Demands:
    """What each message needs of the model, in s that it would take alone; arrays of equal length."""

    sentiment: np.ndarray
    prefill: np.ndarray  # until the chat's first token
    decode: np.ndarray  # its other tokens, which are written in passes with those of other chats
    token: np.ndarray  # one of these
    beside: float = 1.0  # by how much of its own time one more chat makes a pass longer: 1 is to take turns

    def __len__(self) -> int:
        return len(self.sentiment)

    def total(self, at_once: int = 1) -> np.ndarray:
        """Return what each message takes of the model, in s, where so many chats are written at once."""
        whole: np.ndarray = self.sentiment + self.prefill + self.decode * self.stretch(at_once) / at_once
        return whole

    def take(self, places: np.ndarray) -> "Demands":
        """Return the messages at these places."""
        sentiment, prefill, decode, token = (
            part[places] for part in (self.sentiment, self.prefill, self.decode, self.token)
        )
        return Demands(sentiment, prefill, decode, token, self.beside)

    def stretch(self, count: int) -> float:
        """Return how many times as long as one alone a pass takes for so many chats."""
        return stretch(self.beside, float(count))


def stretch(beside: float, count: Count) -> Count:
    """Return how many times as long a pass takes for so many chats, where one more costs `beside`."""
    return 1 + beside * (count - 1)


def demands(frame: Frame) -> Demands:
    """Reconstruct what each message needs of the model, from the finished tasks of a frame.

    Requests overlap, so a response time holds others' work too. Prompts share the model: each of the n(t)
    that are read at t goes on at 1/n(t) of its speed (processor sharing; Kleinrock 1967, "Time-shared
    systems"), so the integral of 1/n(t) from its begin to its end is what it would take alone. A chat's
    prompt goes before its sentiment's. What decodes hardly goes on meanwhile, and shares passes the rest of
    the time: n(t) of them take 1 + `beside` * (n(t) - 1) times as long as one. Waits are left out: nothing
    runs for who waits.

    Only what has both records is a message, but whatever ran counts as running.
    """
    tasks = frame.where(is_request(frame) & ~np.isnan(frame["queue_wait_ms"] + frame["response_time_ms"]))
    tasks = tasks.tail(MOST_TASKS)
    sentiments = tasks.where(tasks.equals("task_type", "sentiment"))
    chats = tasks.where(tasks.equals("task_type", "chat") & ~np.isnan(tasks["ttft_ms"]))
    origin = tasks.time[0] if len(tasks) else 0.0  # the floats' digits are for differences

    places = {name: place for place, name in enumerate(sentiments.texts("request_id")) if name}
    own = np.array([places.get(name, -1) for name in chats.texts("request_id")], dtype=int)
    paired = own >= 0

    said = sentiments.time - origin
    begin = said - sentiments["response_time_ms"] / 1000
    run = begin + sentiments["queue_wait_ms"] / 1000
    end = chats.time - origin
    start = end - (chats["response_time_ms"] - chats["queue_wait_ms"]) / 1000
    asked = end - chats["response_time_ms"] / 1000
    asked[paired] = begin[own[paired]]
    first = np.clip(asked + chats["ttft_ms"] / 1000, start, np.maximum(start, end))
    together = np.flatnonzero(paired)
    together = together[start[together] < said[own[together]]]
    mine = own[together]
    run[mine] = np.clip(first[together], run[mine], np.maximum(run[mine], said[mine]))

    step_begin, step_end = np.concatenate([run, start]), np.concatenate([said, first])
    steps = integral(lambda running: 1 / running, step_begin, step_end)
    passes = np.fmax(chats["output_tokens"] - 1, 1)

    def written(per_second: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        return integral(per_second, first, end, step_begin, step_end)

    beside = cost_beside(written(np.ones_like) / passes, written(lambda running: running - 1) / passes)
    decode = written(lambda running: 1 / stretch(beside, running))
    said_alone, read_alone = steps[: len(run)], steps[len(run) :]
    found = Demands(
        said_alone[own[paired]], read_alone[paired], decode[paired], (decode / passes)[paired], beside
    )
    return found.take(np.flatnonzero(found.total() > 0))


def cost_beside(seconds: np.ndarray, others: np.ndarray) -> float:
    """Return by how much of its own time one more chat makes a pass longer, between 0 and 1.

    `seconds` is what a token of each chat took, and `others` that times how many other chats were written
    meanwhile: of both the line is found that fits best (least squares), drawn towards what is usual.
    """
    known = seconds > 0
    if not known.any():
        return USUAL_BESIDE
    seconds, beside = seconds[known], others[known] / seconds[known]
    weight = USUAL_WEIGHT**0.5
    left = np.vstack([np.stack([np.ones(len(beside)), beside], axis=1), [weight * USUAL_BESIDE, -weight]])
    alone, more = np.linalg.lstsq(left, np.append(seconds, 0.0), rcond=None)[0]
    return float(np.clip(more / alone, 0.0, 1.0)) if alone > 0 else 1.0


def integral(
    per_second: Callable[[np.ndarray], np.ndarray],
    begin: np.ndarray,
    end: np.ndarray,
    held_begin: np.ndarray | None = None,
    held_end: np.ndarray | None = None,
) -> np.ndarray:
    """Integrate a function of how many intervals run at a time over each of them; not while all is held."""
    none = np.empty(0)
    if not len(begin):
        return none
    held_begin, held_end = (none if part is None else part for part in (held_begin, held_end))
    end = np.maximum(begin, end)
    moments = np.concatenate([begin, end, held_begin, held_end])
    order = np.argsort(moments, kind="stable")
    moments = moments[order]
    ones, held_ones = np.ones(len(begin)), np.ones(len(held_begin))
    running = np.cumsum(np.concatenate([ones, -ones, 0 * held_ones, 0 * held_ones])[order])
    held = np.cumsum(np.concatenate([0 * ones, 0 * ones, held_ones, -held_ones])[order])
    rate = np.where(held > 0, 0.0, per_second(np.maximum(running, 1)))[:-1]
    sums = np.concatenate([[0.0], np.cumsum(rate * np.diff(moments))])
    result: np.ndarray = np.interp(end, moments, sums) - np.interp(begin, moments, sums)
    return result
