"""What messages need of the model alone, out of a log of messages that shared it."""

import numpy as np
import pytest

from monitoring.capacity.demands import USUAL_SHARE, Demands, added_share, count_messages, demands, integral
from tests.monitoring.capacity.message_records import records_of
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import Record, a_record

TOKEN_SECONDS = 0.02


def needs_of(
    count: int, sentiment: float = 0.25, prefill: float = 0.2, decode: float = 2.0, beside: float = 1.0
) -> Demands:
    """Return messages of these mean demands, all different, the same ones each time."""
    dice = np.random.default_rng(3)
    parts = [mean * dice.uniform(0.5, 1.5, count) for mean in (sentiment, prefill, decode)]
    return Demands(parts[0], parts[1], parts[2], np.zeros(count), beside)


def by_passes(needs: Demands, arrivals: np.ndarray) -> list[Record]:
    """Return the log of an engine that reads prompts one by one, and writes all chats 1 ms further a pass."""
    slice_s = 0.001
    records: list[tuple[float, list[Record]]] = []
    clock = 0.0
    coming = list(range(len(needs)))
    prefills: list[int] = []
    sentiments: list[int] = []
    written: list[int] = []
    marks: dict[int, dict[str, float]] = {}
    remaining = needs.decode.copy()

    def end(message: int, mark: str) -> None:
        marks[message][mark] = clock
        if {"said", "ends"} <= marks[message].keys():
            at = marks[message]
            chat = (at["starts"], at["first"], at["ends"])
            tokens = 1 + round(needs.decode[message] / TOKEN_SECONDS)
            said = (at["runs"], at["said"])
            records.append((clock, records_of(float(arrivals[message]), said, chat, tokens)))

    while len(records) < len(needs):
        while coming and arrivals[coming[0]] <= clock:
            marks[coming[0]] = {}
            prefills.append(coming[0])
            sentiments.append(coming.pop(0))
        if prefills:
            message = prefills.pop(0)
            marks[message]["starts"] = clock
            clock += needs.prefill[message]
            marks[message]["first"] = clock
            written.append(message)
        elif sentiments:
            message = sentiments.pop(0)
            marks[message]["runs"] = clock
            clock += needs.answer[message]
            end(message, "said")
        elif written:
            clock += slice_s * needs.pass_length(len(written))
            for message in tuple(written):
                remaining[message] -= slice_s
                if remaining[message] <= 0:
                    written.remove(message)
                    end(message, "ends")
        else:
            clock = float(arrivals[coming[0]])
    return [record for _, both in sorted(records, key=lambda r: r[0]) for record in both]


def shared(running: np.ndarray) -> np.ndarray:
    """Return the share of each where all get the same."""
    return 1 / running


def test_who_runs_alone_needs_its_time() -> None:
    """Intervals that do not overlap are their own lengths, in any order."""
    begin, end = np.array([10.0, 0, 5]), np.array([12.0, 3, 6])
    assert integral(shared, begin, end) == pytest.approx([2, 3, 1])


def test_shared_time_is_shared() -> None:
    """Two at once get half of the model each: by hand, 1 s alone, 2 s of a half, 3 s alone."""
    assert integral(shared, np.array([0.0, 1]), np.array([3.0, 6])) == pytest.approx([2, 4])


def test_nothing_is_served_while_the_model_is_held() -> None:
    """A step that is not interrupted takes its time from those that share."""
    begin, end = np.array([0.0, 0]), np.array([4.0, 4])
    assert integral(shared, begin, end, np.array([1.0]), np.array([3.0])) == pytest.approx([1, 1])


def test_demands_of_one_message_are_its_phases() -> None:
    """Without others, what a message needs is what it took, without its waits."""
    found = demands(frame_of(*records_of(1.0, (1.1, 1.4), (1.5, 1.7, 3.7))))
    parts = (found.answer, found.prefill, found.decode, found.token)
    assert [part.tolist() for part in parts] == [
        pytest.approx([value], abs=2e-6) for value in (0.3, 0.2, 2.0, 0.2)
    ]


def test_a_prompt_goes_before_its_sentiment() -> None:
    """Where both begin with the same pass: the prompt until the first token, and then the sentiment."""
    found = demands(frame_of(*records_of(1.0, (1.0, 1.5), (1.0, 1.2, 3.5))))
    parts = (found.answer, found.prefill, found.decode)
    assert [part.tolist() for part in parts] == [
        pytest.approx([value], abs=2e-6) for value in (0.3, 0.2, 2.0)
    ]


@pytest.mark.parametrize(("beside", "every", "off"), [(0.0, 1.2, 0.15), (0.25, 1.6, 0.15), (1.0, 3.0, 0.02)])
def test_demands_come_back_from_an_overlapping_log(beside: float, every: float, off: float) -> None:
    """What an engine that writes chats together was given is found in the log that it leaves."""
    needs = needs_of(60, beside=beside)
    arrivals = np.cumsum(np.random.default_rng(5).exponential(every, 60))
    log = by_passes(needs, arrivals)
    found = demands(frame_of(*log))
    chats = [record for record in log if record["task_type"] == "chat"]
    # Ids are numbers that grow with the time of arrival, and messages come in the order of their ids.
    chats.sort(key=lambda record: str(record["request_id"]))
    took = np.array([record["response_time_ms"] / 1000 for record in chats])
    assert (took > 1.5 * needs.total()).sum() > 15  # many did not run alone
    assert found.answer == pytest.approx(needs.answer, abs=0.005)
    assert found.prefill == pytest.approx(needs.prefill, abs=0.005)
    assert found.added_share == pytest.approx(beside, abs=0.03)
    assert found.decode == pytest.approx(needs.decode, abs=off)
    assert found.total().sum() == pytest.approx(needs.total().sum(), rel=0.04)


def test_a_message_may_have_a_reply_alone() -> None:
    """A reply without labels is a message; one that was refused is none."""
    (said, chat), (_, other) = (
        records_of(start, (start, start), (start, start, 2.0)) for start in (0.0, 1.0)
    )
    refused = a_record(0.5, task_type="sentiment", status="rejected", request_id="9" * 32)
    found = demands(frame_of(said, refused, chat, other))
    shared = 1 / (1 + found.added_share)
    assert found.decode == pytest.approx([1 + shared, shared], abs=0.002)
    assert found.answer.tolist() == [0, 0]
    assert len(demands(frame_of())) == 0


def test_all_answers_of_a_message_are_its_demand() -> None:
    """Requests of several tasks with one id are one message; a request without an id is one of its own."""
    identity = {"request_id": "7" * 32, "queue_wait_ms": 0.0}
    unnamed = {"task_type": "embed", "request_id": None, "queue_wait_ms": 0.0}
    log = [
        a_record(1.0, task_type="rerank", response_time_ms=200.0, **identity),
        a_record(2.0, task_type="embed", response_time_ms=300.0, **identity),
        a_record(3.0, response_time_ms=400.0, **unnamed),
        a_record(4.0, response_time_ms=500.0, **unnamed),
    ]
    found = demands(frame_of(*log))
    assert found.answer == pytest.approx([0.5, 0.4, 0.5], abs=2e-6)
    assert (found.prefill + found.decode + found.token).tolist() == [0, 0, 0]
    assert count_messages(frame_of(*log)) == 3


@pytest.mark.parametrize("beside", [0.0, 0.2, 1.0])
def test_the_cost_of_one_more_is_that_of_a_line(beside: float) -> None:
    """Tokens of 50 ms alone, beside two and beside four others."""
    others = np.repeat([0.0, 2, 4], 200)
    seconds = 0.05 * (1 + beside * others)
    assert added_share(seconds, others * seconds) == pytest.approx(beside, abs=0.01)


def test_who_was_alone_tells_nothing_of_others() -> None:
    """Then it is what is usual."""
    assert added_share(np.full(50, 0.05), np.zeros(50)) == pytest.approx(USUAL_SHARE)
    assert added_share(np.zeros(3), np.zeros(3)) == USUAL_SHARE


def test_chance_gives_no_senseless_cost() -> None:
    """More others that make it faster are no cost below nothing, nor is it more than to take turns."""
    others = np.repeat([0.0, 4], 200)
    assert added_share(0.5 - 0.1 * others, others * (0.5 - 0.1 * others)) == 0
    assert added_share(0.1 + others, others * (0.1 + others)) == 1
