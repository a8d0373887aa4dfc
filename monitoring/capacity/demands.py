"""The time that each message needs of the model alone, from recorded times of messages that shared it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np

from monitoring.window.frame import Frame
from monitoring.window.masks import ended_ok, is_request

# The newest requests, from which demands are worked out.
MAX_REQUESTS = 4000
# What one more reply adds to the length of a pass, as a share, where no replies were decoded together.
USUAL_SHARE = 0.5
# The weight of that: as so many replies that were decoded beside one other all the time.
USUAL_WEIGHT = 1.0

Number = TypeVar("Number", float, np.ndarray)


@dataclass(frozen=True, slots=True, eq=False)
class Demands:
    """The time, in s, that each message would take of the model alone; arrays of equal length."""

    # All answers that are given in one pass, such as labels.
    answer: np.ndarray
    # Reading the prompt of the reply, until its first token.
    prefill: np.ndarray
    # The reply's other tokens, which are decoded in a batch with those of other replies.
    decode: np.ndarray
    # One of these tokens.
    token: np.ndarray
    # What one more reply adds to the length of a pass, as a share of one reply's pass: 1 is to take turns.
    added_share: float = 1.0

    def __len__(self) -> int:
        return len(self.answer)

    def total(self, replies: int = 1) -> np.ndarray:
        """Return the time that each message takes of the model, in s, while so many replies are decoded."""
        decode = self.decode * self.pass_length(replies) / replies
        whole: np.ndarray = self.answer + self.prefill + decode
        return whole

    def take(self, places: np.ndarray) -> "Demands":
        """Return the messages at these places."""
        parts = (self.answer, self.prefill, self.decode, self.token)
        answer, prefill, decode, token = (part[places] for part in parts)
        return Demands(answer, prefill, decode, token, self.added_share)

    def pass_length(self, replies: int) -> float:
        """Return the length of a pass for so many replies, as a multiple of one reply's pass."""
        return pass_length(self.added_share, float(replies))


def pass_length(added_share: float, replies: Number) -> Number:
    """Return the length of a pass for so many replies, as a multiple of one reply's pass."""
    return 1 + added_share * (replies - 1)


class _Requests(NamedTuple):
    """Some requests; times in s."""

    ids: np.ndarray
    begin: np.ndarray
    # When the queue wait ended.
    start: np.ndarray
    end: np.ndarray

    @staticmethod
    def of(frame: Frame, origin: float) -> "_Requests":
        end = frame.time - origin
        begin = end - frame["response_time_ms"] / 1000
        return _Requests(frame.texts("request_id"), begin, begin + frame["queue_wait_ms"] / 1000, end)


def demands(frame: Frame) -> Demands:
    """Reconstruct the time that each message needs of the model, from the requests of a frame.

    A message is all requests with one id. Those that tell a first token are replies; the others, if they
    ended ok, are answers that were given in one pass.

    Requests overlap, so a response time includes the work for others. Steps (answers, and prompts of replies)
    share the model: each of the n(t) that run at t advances at 1/n(t) of its speed (processor sharing;
    Kleinrock 1967, "Time-shared systems"), so the integral of 1/n(t) over a step is the time that it would
    take alone. The prompt of a message's reply is read before its answers are computed. Decoding pauses
    during steps and shares passes the rest of the time: a pass for n(t) replies takes
    1 + `added_share` * (n(t) - 1) times as long as one for a single reply. Queue waits are left out, as
    nothing runs for a request that waits.
    """
    requests = frame.where(is_request(frame) & ~np.isnan(frame["queue_wait_ms"] + frame["response_time_ms"]))
    requests = requests.tail(MAX_REQUESTS)
    is_reply = ~np.isnan(requests["ttft_ms"])
    reply_frame = requests.where(is_reply)
    # Times are relative to the first record, as a float's digits are needed for differences.
    origin = requests.time[0] if len(requests) else 0.0
    answers = _Requests.of(requests.where(~is_reply & ended_ok(requests)), origin)
    replies = _Requests.of(reply_frame, origin)
    reply_of = _places(answers.ids, replies.ids)

    first = _first_tokens(reply_frame["ttft_ms"] / 1000, replies, answers, reply_of)
    run = _after_prompts(answers, replies, first, reply_of)
    step_begin, step_end = np.concatenate([run, replies.start]), np.concatenate([answers.end, first])
    steps = integral(lambda running: 1 / running, step_begin, step_end)
    passes = np.fmax(reply_frame["output_tokens"] - 1, 1)

    def decoded(per_second: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        return integral(per_second, first, replies.end, step_begin, step_end)

    share = added_share(decoded(np.ones_like) / passes, decoded(lambda running: running - 1) / passes)
    decode = decoded(lambda running: 1 / pass_length(share, running))

    message = _messages(np.concatenate([answers.ids, replies.ids]))
    of_answer, of_reply = message[: len(run)], message[len(run) :]
    count = int(message.max(initial=-1)) + 1

    def summed(places: np.ndarray, values: np.ndarray) -> np.ndarray:
        total: np.ndarray = np.bincount(places, values, count)
        return total

    decode = summed(of_reply, decode)
    token = decode / np.fmax(summed(of_reply, passes), 1)
    found = Demands(
        summed(of_answer, steps[: len(run)]), summed(of_reply, steps[len(run) :]), decode, token, share
    )
    return found.take(np.flatnonzero(found.total() > 0))


def count_messages(frame: Frame) -> int:
    """Return how many messages the requests of a frame belong to."""
    return int(_messages(frame.texts("request_id")).max(initial=-1)) + 1


def _messages(ids: np.ndarray) -> np.ndarray:
    """Number messages by their ids; a request without an id is a message of its own."""
    named = ids.astype(bool)
    message = np.empty(len(ids), dtype=int)
    names, message[named] = np.unique(ids[named], return_inverse=True)
    message[~named] = len(names) + np.arange(np.count_nonzero(~named))
    return message


def _places(ids: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Return the place of each id among others, -1 where it is not there."""
    places = {name: place for place, name in enumerate(among) if name}
    return np.array([places.get(name, -1) for name in ids], dtype=int)


def _first_tokens(
    ttft: np.ndarray, replies: _Requests, answers: _Requests, reply_of: np.ndarray
) -> np.ndarray:
    """Return when each reply's first token came; `ttft` counts from the begin of the message."""
    asked = replies.begin.copy()
    paired = reply_of >= 0
    # The answers of a message may begin a little before its reply.
    asked[reply_of[paired]] = np.inf
    np.minimum.at(asked, reply_of[paired], answers.begin[paired])
    first: np.ndarray = np.clip(asked + ttft, replies.start, np.maximum(replies.start, replies.end))
    return first


def _after_prompts(
    answers: _Requests, replies: _Requests, first: np.ndarray, reply_of: np.ndarray
) -> np.ndarray:
    """Return when each answer's step began: after the prompt of its message's reply, if that ran before."""
    run = answers.start.copy()
    paired = np.flatnonzero(reply_of >= 0)
    paired = paired[replies.start[reply_of[paired]] < answers.end[paired]]
    latest = np.maximum(run[paired], answers.end[paired])
    run[paired] = np.clip(first[reply_of[paired]], run[paired], latest)
    return run


def added_share(seconds: np.ndarray, others: np.ndarray) -> float:
    """Return what one more reply adds to the length of a pass, as a share of one reply's pass, from 0 to 1.

    `seconds` is the time that a token of each reply took, and `others` that time multiplied by the number of
    other replies that were decoded meanwhile. The line through both is fitted by least squares, and drawn
    towards `USUAL_SHARE`.
    """
    known = seconds > 0
    if not known.any():
        return USUAL_SHARE
    seconds, beside = seconds[known], others[known] / seconds[known]
    weight = USUAL_WEIGHT**0.5
    left = np.vstack([np.stack([np.ones(len(beside)), beside], axis=1), [weight * USUAL_SHARE, -weight]])
    alone, more = np.linalg.lstsq(left, np.append(seconds, 0.0), rcond=None)[0]
    return float(np.clip(more / alone, 0.0, 1.0)) if alone > 0 else 1.0


def integral(
    per_second: Callable[[np.ndarray], np.ndarray],
    begin: np.ndarray,
    end: np.ndarray,
    held_begin: np.ndarray | None = None,
    held_end: np.ndarray | None = None,
) -> np.ndarray:
    """Integrate a function of the number of running intervals over each interval.

    While one of the `held` intervals runs, all others pause: that time is left out.
    """
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
