"""More tasks in the list: each has its own records, events, limits and pinned prefix."""

from collections.abc import Sequence

from inference.engine.request import Request
from inference.events import Event, Failed
from inference.observer import Span
from inference.service import Service
from inference.tasks import TypedTask, load_tasks, tasks_of_message
from inference.tasks.declaration import TaskTable
from inference.tasks.reply_task import ReplyTask
from inference.tasks.task import TaskKind
from inference.types import Chunk, Label, Message
from tests.fakes import FakeModel
from tests.inference.doubles import SteppedModel, make_config
from tests.inference.serving import Serving, failures, kinds, serving

NAMES = ["sentiment", "chat", "translation", "topic"]


class Translation(ReplyTask):
    """A second task that streams."""

    name = "translation"

    @staticmethod
    def first_prompt(text: str) -> Sequence[Message]:
        return [Message("system", "Translate."), Message("user", text)]


TOPIC = TypedTask.declared(
    "topic",
    TaskTable.model_validate(
        {
            "type": "choice",
            "instructions": "Name the topic.",
            "labels": [
                {"word": "a", "value": "food"},
                {"word": "b", "value": "travel"},
                {"word": "positive", "value": "none"},
            ],
        }
    ),
)
SHIPPED = tasks_of_message(load_tasks())


class Broken(Translation):
    """A task whose own code fails."""

    name = "broken"

    def on_result(self, result: object, span: Span) -> None:
        raise LookupError("the task is broken")


class Unprepared(Translation):
    """A task that raises before there is a request."""

    name = "unprepared"

    def prepare(self, *args: object) -> Request[Chunk]:
        raise LookupError("the task is not prepared")


ALL: tuple[TaskKind, ...] = (*SHIPPED, Translation, TOPIC)


def answer(served: Serving, tasks: Sequence[TaskKind] = ALL) -> list[Event]:
    """Return the events of one message to a service of these tasks."""
    service = Service(served.loader, served.observer, make_config(temperature=0), tasks)
    return list(service.respond("hi", (), "session"))


def test_each_task_has_its_own_record() -> None:
    """Four tasks leave four records, each with its own prompt's tokens and its own result."""
    with serving(FakeModel("hello")) as served:
        answer(served)
    assert served.observer.statuses == dict.fromkeys(NAMES, "ok")
    assert len({record.request_id for record in served.observer.records}) == 1
    translation, topic = served.observer.of("translation").fields, served.observer.of("topic").fields
    assert (translation["output_text"], translation["finish_reason"]) == ("hello", "stop")
    assert translation["prompt_tokens"] == len("system:Translate.\nuser:hi\n")
    assert topic["label"] == "none"
    assert topic["prompt_tokens"] == len("system:Name the topic.\nuser:hi\n")
    assert {record.fields["session_id"] for record in served.observer.records} == {"session"}


def test_each_event_names_its_task() -> None:
    """The chunks of two replies that stream at a time, and the labels of two tasks, can be told apart."""
    with serving(FakeModel("hello")) as served:
        _, *events = answer(served)
    for name in ("chat", "translation"):
        chunks = [event for event in events if isinstance(event, Chunk) and event.task == name]
        assert "".join(chunk.text for chunk in chunks) == "hello"
        assert [chunk.finish_reason for chunk in chunks][-1] == "stop"
    labels = {event.task: event.label for event in events if isinstance(event, Label)}
    assert labels == {"sentiment": "正面", "topic": "none"}


def test_a_message_of_four_tasks_counts_once_in_each_limit() -> None:
    """With a single slot and no queue, messages one after the other are all answered."""
    with serving(FakeModel("hi"), max_batch=1, max_waiting=0) as served:
        for _ in range(10):
            assert not failures(answer(served))


def test_a_message_takes_one_place_for_all_its_tasks() -> None:
    """With a single place, a message of four tasks is answered, and all tasks of a second one are refused."""
    model = SteppedModel("hello")
    with serving(model, max_batch=1, max_waiting=0) as served:
        service = Service(served.loader, served.observer, make_config(temperature=0), ALL)
        events = service.respond("one")
        model.allow(1)
        seen = [next(events), next(events)]
        refused = answer(served)
        model.allow()
        seen += events
    assert kinds(refused) == ["accepted", *(f"failed {name}" for name in NAMES)]
    assert {*kinds(seen)} == {
        "accepted",
        "sentiment",
        "topic",
        "chunk",
        "last",
        "translation chunk",
        "translation last",
    }


def test_a_cancel_ends_every_task() -> None:
    """A caller that leaves at once leaves a cancelled record for each task in the list."""
    with serving(FakeModel("hello")) as served:
        service = Service(served.loader, served.observer, make_config(temperature=0), ALL)
        events = service.respond("hi")
        next(events)
        events.close()
    assert served.observer.statuses == dict.fromkeys(NAMES, "cancelled")


def test_a_tasks_own_error_stays_in_it() -> None:
    """A task whose code raises fails by itself, before or after its request; the others are answered."""
    with serving(FakeModel("hello")) as served:
        events = answer(served, (*SHIPPED, Broken, Unprepared))
    assert {event.task for event in events if isinstance(event, Failed)} == {"broken", "unprepared"}
    assert all(isinstance(error, LookupError) for error in failures(events))
    assert served.observer.statuses == {
        "sentiment": "ok",
        "chat": "ok",
        "broken": "error",
        "unprepared": "error",
    }


def test_all_tasks_start_with_the_same_pass() -> None:
    """Every prompt of a message is tokenized before the first one is read, and all share one pass."""
    model = SteppedModel("hi")
    sizes: list[int] = []
    with serving(model) as served:
        service = Service(served.loader, served.observer, make_config(temperature=0), ALL)
        events = service.respond("hi")
        next(events)
        model.allow(1)
        next(events)
        sizes.append(len(model.prompts))
        model.allow()
        list(events)
    assert sizes == [len(ALL)]
