"""Tests of `inference.service`: requests that are cancelled, left early, or ended by the shutdown."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from inference.errors import EngineFailed, InferenceError, RequestCancelled, RequestTimeout
from inference.loader import Loader
from inference.service import Service
from inference.types import Chunk
from tests.fakes import FakeModel
from tests.inference.doubles import SteppedModel, make_config, make_engine
from tests.inference.serving import FailingModel, Record, RecordingObserver, failures, kinds, serving

GOOD = ["accepted", "sentiment", *["chunk"] * 5, "last"]


class SlowObserver(RecordingObserver):
    """An observer that writes the record of the chat task only when the test allows it."""

    def __init__(self) -> None:
        super().__init__()
        self.writing = threading.Event()
        self.go = threading.Event()

    @contextmanager
    def track(self, task_type: str, request_id: str, **fields: object) -> Iterator[Record]:
        with super().track(task_type, request_id, **fields) as record:
            yield record
            if task_type == "chat":
                self.writing.set()
                assert self.go.wait(30)


@pytest.mark.parametrize("count", range(len(GOOD) + 1))
def test_caller_that_leaves(count: int) -> None:
    """A caller that closes the iterator after any event leaves exactly one record a task."""
    with serving(FakeModel("hello")) as served:
        events = served.service.respond("hi")
        seen = [next(events) for _ in range(count)]
        events.close()
        assert kinds(seen) == GOOD[:count]
        if count == 0:
            assert served.observer.records == []  # a generator that was never started has begun nothing
            return
        sentiment = "ok" if count >= 2 else "cancelled"
        chat = "ok" if count == len(GOOD) else "cancelled"
        assert served.observer.statuses == {"sentiment": sentiment, "chat": chat}
        if 3 <= count < len(GOOD):
            fields = served.observer.of("chat").fields
            assert fields["finish_reason"] == "cancelled"
            assert fields["output_text"] == "hello"[: count - 2]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_caller_that_leaves_after_failures(count: int) -> None:
    """A caller that closes the iterator at a failure changes nothing about that task's record."""
    with serving(FailingModel("sentiment", "chat")) as served:
        events = served.service.respond("hi")
        for _ in range(count):
            next(events)
        events.close()
    statuses = [("cancelled", "cancelled"), ("error", "cancelled"), ("error", "error")][count - 1]
    assert served.observer.statuses == dict(zip(("sentiment", "chat"), statuses, strict=True))


def test_caller_that_leaves_stops_the_model() -> None:
    """The model stops before its next token when the caller closes the iterator."""
    model = SteppedModel()
    with serving(model) as served:
        events = served.service.respond("hi")
        model.allow(2)
        assert kinds([next(events) for _ in range(3)]) == GOOD[:3]
        for _ in range(3):
            model.await_pass()  # the first pass reads both prompts, the others decode
        events.close()
        model.allow()
        served.engine.close()
    assert model.passes == 3


def test_cancelled_before_the_sentiment() -> None:
    """A request that is cancelled at once ends both tasks as cancelled, and no model runs."""
    model = FakeModel()
    with serving(model) as served:
        events = served.service.respond("hi", (), "s")
        next(events)
        served.service.cancel("s")
        rest = list(events)
    assert kinds(rest) == ["failed sentiment", "last"]
    assert isinstance(failures(rest)[0], RequestCancelled)
    assert isinstance(rest[-1], Chunk)
    assert rest[-1].finish_reason == "cancelled"
    assert served.observer.statuses == {"sentiment": "cancelled", "chat": "cancelled"}
    assert model.passes == 0


def test_cancelled_during_the_sentiment() -> None:
    """A cancel while the model reads both prompts lets that pass end, and nothing runs after it."""
    model = SteppedModel()
    with serving(model) as served:
        events: list[object] = []
        caller = threading.Thread(target=lambda: events.extend(served.answer("hi", "s")))
        caller.start()
        model.await_pass()
        served.service.cancel("s")
        model.allow()
        caller.join(30)
    assert served.observer.statuses == {"sentiment": "ok", "chat": "cancelled"}
    assert model.passes == 1
    assert len(events) == 4


def test_cancelled_during_the_chat() -> None:
    """A cancel in the middle of a reply ends it before the next token; the record has what was said."""
    model = SteppedModel()
    with serving(model) as served:
        events = served.service.respond("hi", (), "s")
        model.allow(1)
        seen = [next(events) for _ in range(3)]
        for _ in range(2):
            model.await_pass()
        served.service.cancel("s")
        model.allow()
        seen += events
    assert kinds(seen) == ["accepted", "sentiment", "chunk", "chunk", "last"]
    assert served.observer.statuses == {"sentiment": "ok", "chat": "cancelled"}
    fields = served.observer.of("chat").fields
    assert (fields["finish_reason"], fields["output_text"], fields["output_tokens"]) == ("cancelled", "he", 2)
    assert model.passes == 2


@pytest.mark.parametrize(("cancelled", "other"), [("a", "b"), ("a", None), (None, "a")])
def test_cancel_hits_one_session(cancelled: str | None, other: str | None) -> None:
    """A cancel stops every request of its session and none of another."""
    with serving(FakeModel("hello")) as served:
        stopped = [served.service.respond("one", (), cancelled), served.service.respond("two", (), cancelled)]
        goes_on = served.service.respond("three", (), other)
        for events in (*stopped, goes_on):
            next(events)
        served.service.cancel(cancelled)
        for events in stopped:
            assert kinds(list(events)) == ["failed sentiment", "last"]
        assert kinds(list(goes_on)) == GOOD[1:]


def test_cancel_without_requests() -> None:
    """A cancel of a session in which nothing runs does nothing, also to its next message."""
    with serving(FakeModel()) as served:
        served.service.cancel("s")
        assert kinds(served.answer("hi", "s")) == GOOD
        served.service.cancel("s")
        assert kinds(served.answer("another", "s")) == GOOD


def test_many_callers_leave_one_record_each() -> None:
    """Messages from several threads at once each leave one record a task."""
    with serving(FakeModel("hello")) as served:
        threads = [threading.Thread(target=served.answer, args=(f"text {i}",)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    tasks = [(record.request_id, record.task_type, record.status) for record in served.observer.records]
    assert len(set(tasks)) == len(tasks) == 16
    assert {status for _, _, status in tasks} == {"ok"}


def test_closed_service_rejects() -> None:
    """A message after the close is rejected with the code `closed`, and leaves its records."""
    model = FakeModel()
    with serving(model) as served:
        served.service.close()
        served.service.close()
        errors = failures(served.answer("hi"))
    assert [error.code for error in errors if isinstance(error, InferenceError)] == ["closed", "closed"]
    assert served.observer.statuses == {"sentiment": "rejected", "chat": "rejected"}
    assert model.passes == 0


@pytest.mark.parametrize("passes", [1, 3])
def test_close_stops_running_requests(passes: int) -> None:
    """A request that runs at the close stops before its next task or token."""
    model = SteppedModel()
    with serving(model) as served:
        caller = threading.Thread(target=served.answer, args=("hi",))
        caller.start()
        model.allow(passes - 1)
        for _ in range(passes):
            model.await_pass()
        closer = threading.Thread(target=served.service.close)
        closer.start()
        while not is_closed(served.service):
            pass
        model.allow()
        caller.join(30)
        closer.join(30)
    ends = [(r.task_type, r.status) for r in served.observer.records if r.fields["input_text"] == "hi"]
    assert ends == [("sentiment", "ok"), ("chat", "cancelled")]
    assert model.passes == passes


def is_closed(service: Service) -> bool:
    """Return whether a service refuses messages; the message that it sends never reaches the model."""
    return any(getattr(error, "code", "") == "closed" for error in failures(list(service.respond(""))))


def test_close_waits_for_records() -> None:
    """The close returns only when the last running request has left its records."""
    observer = SlowObserver()
    engine = make_engine(FakeModel())
    loaded = threading.Event()
    loader = Loader(lambda report: (engine, "a test"), lambda loader: loaded.set())
    loader.start()
    assert loaded.wait(30)
    service = Service(loader, observer, make_config())
    caller = threading.Thread(target=lambda: list(service.respond("hi")))
    caller.start()
    assert observer.writing.wait(30)
    counts: list[int] = []

    def close() -> None:
        service.close()
        counts.append(len(observer.records))

    closer = threading.Thread(target=close)
    closer.start()
    closer.join(0.1)
    assert closer.is_alive(), "it has to wait for the record that is being written"
    observer.go.set()
    closer.join(30)
    caller.join(30)
    engine.close()
    assert counts == [2]


def test_close_does_not_wait_forever() -> None:
    """A caller that neither reads on nor leaves cannot hold up the shutdown."""
    with serving(FakeModel()) as served:
        service = Service(served.loader, served.observer, make_config(), close_seconds=0.01)
        events = service.respond("hi")
        next(events)
        service.close()
        assert served.observer.records == []
        events.close()
    assert served.observer.statuses == {"sentiment": "cancelled", "chat": "cancelled"}


def test_engine_that_hangs() -> None:
    """Where the engine gives no result long after the timeout, each task ends with a timeout."""
    model = SteppedModel()
    with serving(model) as served:
        hasty = make_config(request_timeout=0.001)
        service = Service(served.loader, served.observer, hasty, grace_seconds=0.0)
        events = list(service.respond("hi"))
        assert kinds(events) == ["accepted", "failed sentiment", "failed chat"]
        assert [type(error) for error in failures(events)] == [RequestTimeout, RequestTimeout]
        assert served.observer.statuses == {"sentiment": "error", "chat": "error"}


class PanickingModel(FakeModel):
    """A model whose tokenizer panics for some texts, which is no Exception."""

    class Panic(BaseException):
        """What a library in Rust raises."""

    def encode(self, text: str) -> list[int]:
        if "bad" in text:
            raise self.Panic("index 7")
        return super().encode(text)


def test_tokenizer_that_panics() -> None:
    """Texts that break the tokenizer end with an error, and take no place away."""
    with serving(PanickingModel(), max_batch=1, max_waiting=0) as served:
        for _ in range(3):
            events = served.answer("bad")
            assert sorted(kinds(events)) == ["accepted", "failed chat", "failed sentiment"]
            assert all(isinstance(error, EngineFailed) for error in failures(events))
        assert kinds(served.answer("good")) == GOOD
