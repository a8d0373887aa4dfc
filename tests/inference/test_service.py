"""Tests of `inference.service`: the events and the records of one message."""

import threading

import pytest

from inference.errors import EngineBusy, InferenceError, InputError, ModelNotReady
from inference.events import Accepted, Event
from inference.loader import Loader
from inference.service import Service
from inference.types import Chunk, Label, Message, Sampling
from tests.fakes import FakeModel
from tests.inference.asking import ask_stream
from tests.inference.doubles import Clock, SteppedModel, make_config, make_engine
from tests.inference.serving import FailingModel, RecordingObserver, Serving, failures, kinds, serving

GREEDY = Sampling(temperature=0.0, max_new_tokens=100)
GOOD = ["accepted", "sentiment", *["chunk"] * 5, "last"]


def test_events_come_in_order() -> None:
    """A message gives its request id, its sentiment, and the reply's chunks, the last one marked."""
    with serving(FakeModel("hello")) as served:
        events = served.answer("what a day")
    assert kinds(events) == GOOD
    assert isinstance(events[1], Label)
    assert events[1].label == "正面"
    assert "".join(event.text for event in events if isinstance(event, Chunk)) == "hello"


def test_the_reply_does_not_wait_for_the_label() -> None:
    """The first token of a reply does not wait for the label, whose prompt has a small share of each pass."""
    model = FakeModel("hello")
    model.pass_tokens = 400
    with serving(model) as served:
        events = served.answer("hi")
    assert kinds(events) == ["accepted", "chunk", "chunk", "sentiment", *["chunk"] * 3, "last"]
    assert [record.task_type for record in served.observer.records] == ["sentiment", "chat"]


def test_a_label_does_not_wait_for_the_reply() -> None:
    """While the reply waits for a slot, the caller already gets the label."""
    model = SteppedModel()
    with serving(model, max_batch=1) as served:
        other = ask_stream(served.engine, [Message("user", "first")], GREEDY)
        model.await_pass()
        events = served.service.respond("hi")
        next(events)
        label = threading.Thread(target=lambda: seen.append(next(events)))
        seen: list[Event] = []
        label.start()
        model.allow(2)
        label.join(30)
        assert kinds(seen) == ["sentiment"]
        model.allow()
        list(other)
        assert kinds(list(events)) == GOOD[2:]


def test_one_request_id_for_everything() -> None:
    """Both records carry the id that the caller was given, and another message has another id."""
    with serving(FakeModel()) as served:
        (accepted, *_), (other, *_) = served.answer("one"), served.answer("two")
    assert isinstance(accepted, Accepted)
    assert isinstance(other, Accepted)
    ids = [record.request_id for record in served.observer.records]
    assert ids == [accepted.request_id] * 2 + [other.request_id] * 2
    assert accepted.request_id != other.request_id


def test_records_of_a_good_request() -> None:
    """Each task leaves one record with its own result, counters, model, input and session."""
    with serving(FakeModel("hello")) as served:
        events = served.answer("fine 👍", "session")
    assert served.observer.statuses == {"sentiment": "ok", "chat": "ok"}
    sentiment, chat = served.observer.of("sentiment").fields, served.observer.of("chat").fields
    for fields in (sentiment, chat):
        assert (fields["model"], fields["engine"]) == ("fake", "torch-fp32")
        assert (fields["input_text"], fields["input_chars"]) == ("fine 👍", 6)
        assert fields["session_id"] == "session"
        assert fields["cached_tokens"] == 0
    assert isinstance(events[1], Label)
    assert (sentiment["label"], sentiment["confidence"]) == (events[1].label, events[1].confidence)
    assert (sentiment["output_tokens"], sentiment["output_chars"]) == (0, 0)
    assert (chat["output_text"], chat["output_chars"], chat["output_tokens"]) == ("hello", 5, 6)
    assert chat["finish_reason"] == "stop"
    assert chat["prompt_tokens"] == len("system:You are a helpful assistant.\nuser:fine 👍\n".encode())


def test_history_is_part_of_the_prompt() -> None:
    """The chat prompt holds the turns before the message; the sentiment's prompt does not."""
    model = FakeModel()
    history = [Message("user", "earlier"), Message("assistant", "reply")]
    with serving(model) as served:
        list(served.service.respond("now", history))
    (sentiment,) = (prompt for prompt in model.prompts if "Classify" in prompt)
    (chat,) = (prompt for prompt in model.prompts if prompt != sentiment)
    assert "earlier" not in sentiment
    assert chat.endswith("user:earlier\nassistant:reply\nuser:now\n")


@pytest.mark.parametrize(
    ("broken", "expected", "statuses"),
    [
        (["sentiment"], ["accepted", "failed sentiment", *GOOD[2:]], ("error", "ok")),
        (["chat"], ["accepted", "sentiment", "failed chat"], ("ok", "error")),
        (["sentiment", "chat"], ["accepted", "failed sentiment", "failed chat"], ("error", "error")),
    ],
)
def test_error_stays_in_its_task(broken: list[str], expected: list[str], statuses: tuple[str, str]) -> None:
    """An exception in one task is an event and a record of that task; the other is not touched."""
    with serving(FailingModel(*broken)) as served:
        events = served.answer("hi")
        assert kinds(events) == expected
        assert served.observer.statuses == dict(zip(("sentiment", "chat"), statuses, strict=True))
        for error, task in zip(failures(events), broken, strict=True):
            assert isinstance(error, LookupError)
            assert served.observer.of(task).error is error


def test_error_in_the_middle_of_a_reply() -> None:
    """A reply that breaks off gives its chunks, then the error; the record keeps the text so far."""
    with serving(FakeModel("hello", fail_after=2)) as served:
        events = served.answer("hi")
    assert kinds(events) == ["accepted", "sentiment", "chunk", "chunk", "failed chat"]
    record = served.observer.of("chat")
    assert (record.status, record.fields["output_text"], record.fields["output_tokens"]) == ("error", "he", 2)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("\u200b\u200d\ufeff", "empty"),
        ("x" * 2001, "too_long"),
        ("x" * 100_000, "too_long"),
        ("a\x00b", "control_character"),
        ("half \ud83d", "control_character"),
        (None, "not_text"),
        (7, "not_text"),
        ({"text": "hi"}, "not_text"),
    ],
)
def test_rejected_input(text: object, code: str) -> None:
    """Input that cannot be answered fails each task, leaves its record, and no pass runs."""
    model = FakeModel()
    with serving(model) as served:
        events = served.answer(text)
    assert kinds(events) == ["accepted", "failed sentiment", "failed chat"]
    for error in failures(events):
        assert isinstance(error, InputError)
        assert error.code == code
    assert served.observer.statuses == {"sentiment": "rejected", "chat": "rejected"}
    expected_chars = len(text) if isinstance(text, str) else 0
    assert {record.fields["input_chars"] for record in served.observer.records} == {expected_chars}
    assert model.passes == 0


@pytest.mark.parametrize("text", ["👍", "👨‍👩‍👧", "שלום", "\u202bمرحبا\u202c", "你好！", "e\u0301"])
def test_any_language_is_answered(text: str) -> None:
    """Emoji, right-to-left text and Chinese are answered by both tasks."""
    model = FakeModel()
    with serving(model) as served:
        assert kinds(served.answer(text)) == GOOD
    assert all(prompt.rstrip("\n").endswith(f"user:{text}") for prompt in model.prompts)


def test_message_of_too_many_tokens() -> None:
    """A message that does not fit into the context fails the chat; its sentiment is still answered."""
    with serving(FakeModel(), context_tokens=1024, max_new_tokens=512) as served:
        events = served.answer("x" * 500)
    assert kinds(events) == ["accepted", "failed chat", "sentiment"]
    (error,) = failures(events)
    assert isinstance(error, InputError)
    assert error.code == "too_many_tokens"
    assert served.observer.statuses == {"sentiment": "ok", "chat": "rejected"}


@pytest.mark.parametrize(
    ("failed", "text"), [(False, "still being loaded"), (True, "could not be loaded: broken")]
)
def test_model_that_is_not_ready(failed: bool, text: str) -> None:
    """A message before the model is loaded, or after its loading failed, is rejected with the reason."""
    done = threading.Event()

    def load(report: object) -> object:
        raise RuntimeError("broken")

    loader = Loader(load, lambda loader: done.set())  # type: ignore[arg-type]  # it returns nothing
    if failed:
        loader.start()
        assert done.wait(30)
    observer = RecordingObserver()
    events = list(Service(loader, observer, make_config()).respond("hi"))
    assert kinds(events) == ["accepted", "failed sentiment", "failed chat"]
    for error in failures(events):
        assert isinstance(error, ModelNotReady)
        assert text in str(error)
    assert observer.statuses == {"sentiment": "rejected", "chat": "rejected"}
    loader.close()


def test_busy_engine() -> None:
    """A message beyond the limit is refused before it is tokenized, and answered when there is room again."""
    model = SteppedModel()
    with serving(model, max_batch=1, max_waiting=0) as served:
        first = served.service.respond("first")
        model.allow(1)
        assert kinds([next(first) for _ in range(3)]) == GOOD[:3]
        encoded = model.encoded
        refused = served.answer("hi")
        assert kinds(refused) == ["accepted", "failed sentiment", "failed chat"]
        assert all(isinstance(error, EngineBusy) for error in failures(refused))
        assert model.encoded == encoded
        assert [record.status for record in served.observer.records[-2:]] == ["rejected"] * 2
        model.allow()
        list(first)
        assert kinds(served.answer("hi")) == GOOD


def test_closed_engine() -> None:
    """A message to an engine that was closed is rejected with the code `closed`."""
    with serving(FakeModel()) as served:
        served.engine.close()
        errors = failures(served.answer("hi"))
    assert [error.code for error in errors if isinstance(error, InferenceError)] == ["closed", "closed"]
    assert served.observer.statuses == {"sentiment": "rejected", "chat": "rejected"}


def test_first_token_is_counted_from_the_request() -> None:
    """The time to first token includes the time before the submission, which the engine does not measure."""
    standing_still = Clock()
    engine = make_engine(FakeModel("hello"), standing_still)
    served = Serving(engine)
    times = [event.ttft_ms for event in served.answer("hi") if isinstance(event, Chunk)]
    engine.close()
    assert len(times) == 6
    assert len(set(times)) == 1
    assert times[0] is not None
    assert times[0] > 0
    assert served.observer.of("chat").fields["ttft_ms"] == times[0]
