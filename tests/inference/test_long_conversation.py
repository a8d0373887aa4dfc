"""A conversation of 120 turns with a small context: its cuts are seldom, and each turn reads what is new."""

from collections.abc import Sequence
from dataclasses import dataclass

from inference.types import Chunk, Message
from tests.fakes import FakeModel
from tests.inference.serving import Serving, serving

TURNS = 120
CONTEXT = {"context_tokens": 1200, "max_new_tokens": 40}
REPLY = "a reply of some length"


class Conversing(FakeModel):
    """A model whose replies, as history, have the same tokens as when they were decoded."""

    def encode_chat(self, messages: Sequence[Message]) -> list[int]:
        texts = [m.content if m.role == "assistant" else f"{m.role}:{m.content}" for m in messages]
        return self.encode("".join(f"{text}\n" for text in texts))


@dataclass
class Turn:
    """What a turn has cost."""

    prompt_tokens: int
    new_tokens: int  # of the message, and of the reply before it
    read_tokens: int
    encoded: int  # characters that were tokenized


def converse(served: Serving, model: FakeModel, turns: int = TURNS) -> list[Turn]:
    """Have one conversation, as the page has it."""
    history: list[Message] = []
    found = []
    for number in range(turns):
        before = model.encoded
        message = f"message {number}"
        events = list(served.service.respond(message, history, "mine", "10.0.0.1"))
        usage = [event for event in events if isinstance(event, Chunk)][-1].usage
        new = len(f"{REPLY}\nuser:{message}\n")
        read = usage.prompt_tokens - usage.cached_tokens
        found.append(Turn(usage.prompt_tokens, new, read, model.encoded - before))
        history += [Message("user", message), Message("assistant", REPLY)]
    return found


def test_a_cut_is_seldom_and_all_other_turns_read_what_is_new() -> None:
    """The history is cut a few times; in every other turn all but the newest turn is in the cache."""
    model = Conversing(REPLY)
    with serving(model, **CONTEXT) as served:
        turns = converse(served, model)
    cuts = [
        number for number in range(1, TURNS) if turns[number].prompt_tokens < turns[number - 1].prompt_tokens
    ]
    assert 1 <= len(cuts) <= 8
    for number, turn in enumerate(turns):
        if number and number not in cuts:
            assert turn.read_tokens <= turn.new_tokens
    assert all(turn.prompt_tokens <= 1200 - 40 for turn in turns)
    assert all(turns[number].prompt_tokens <= 1200 * 0.6 for number in cuts)


def test_a_turn_tokenizes_no_more_at_the_end_than_at_the_beginning() -> None:
    """The characters that a turn tokenizes are its prompt and what is new, however long the history is."""
    model = Conversing(REPLY)
    with serving(model, **CONTEXT) as served:
        turns = converse(served, model)
    assert max(turn.encoded - turn.prompt_tokens for turn in turns) <= 2 * turns[0].encoded


def test_nothing_is_counted_twice_for_a_session() -> None:
    """A conversation that another session repeats is counted anew, so that its time tells nothing."""
    model = Conversing(REPLY)
    history = [Message(role, f"{role} {n}") for n in range(10) for role in ("user", "assistant")]
    encoded = []
    with serving(model, **CONTEXT) as served:
        for session in ("mine", "mine", "yours"):
            before = model.encoded
            list(served.service.respond("hi", history, session, "10.0.0.1"))
            encoded.append(model.encoded - before)
    assert encoded[0] == encoded[2] > encoded[1]
