"""A conversation that a caller brings whole."""

import pytest

from inference.call import Call
from inference.errors import InputError
from inference.tasks.conversation import Conversation
from inference.types import Chunk, Message, Sampling
from tests.fakes import FakeModel
from tests.inference.serving import failures, serving

MESSAGES = [Message("user", " one "), Message("assistant", "two"), Message("user", "three")]


def call(messages: list[Message], sampling: Sampling) -> Call:
    """Return a call that answers some messages."""
    return Call(messages[-1].content, tasks=[Conversation(messages)], sampling=sampling)


def test_the_messages_are_the_prompt() -> None:
    """The model reads the caller's messages as they are, and the record is one of the chat."""
    model = FakeModel("hello")
    sampling = Sampling(temperature=0.0, stop=("lo",))
    with serving(model) as served:
        events = list(served.service.ask(call(MESSAGES, sampling)))
        record = served.observer.of("chat")
    assert model.prompts == ["user: one \nassistant:two\nuser:three\n"]
    assert "".join(event.text for event in events if isinstance(event, Chunk)) == "hel"
    assert [event.finish_reason for event in events if isinstance(event, Chunk)][-1] == "stop"
    assert (record.status, record.fields["finish_reason"]) == ("ok", "stop")
    assert (record.fields["input_text"], record.fields["output_text"]) == ("three", "hel")


@pytest.mark.parametrize("reply_tokens", [100, 400])
def test_nothing_is_left_out(reply_tokens: int) -> None:
    """A conversation that does not fit beside its reply is refused, though its end alone would fit."""
    messages = [Message("user", "x" * 500), *MESSAGES]
    model = FakeModel()
    with serving(model, context_tokens=512, max_new_tokens=16) as served:
        events = list(served.service.ask(call(messages, Sampling(max_new_tokens=reply_tokens))))
        record = served.observer.of("chat")
    (error,) = failures(events)
    assert isinstance(error, InputError)
    assert error.code == "too_many_tokens"
    assert (record.status, model.passes) == ("rejected", 0)
