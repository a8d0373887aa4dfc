"""A model that a drill may disturb."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from drills.disturbed_model import Disturbance
from inference.model.batch import SequenceSlice
from inference.model.language_model import Model
from tests.fakes import END_ID, FakeModel


class Counted:
    """A model that can be disturbed, and how often it was."""

    def __init__(self) -> None:
        self.disturbance = Disturbance()
        self.times = 0
        self.fake = FakeModel("hi")
        self.model: Any = self.disturbance.wrap(cast(Model, self.fake))

    def disturb(self) -> None:
        self.times += 1

    def reply(self) -> None:
        """Let the model read a prompt and write two further tokens."""
        cache = self.model.new_cache()
        self.model.forward([SequenceSlice(b"ab\n", cache, "all")])
        for token in b"hi":
            self.model.forward([SequenceSlice([token], cache, "all")])

    @contextmanager
    def disturbed(self, what: str) -> Iterator[None]:
        """Count how often it is disturbed before what is named."""
        with self.disturbance.of(what, self.disturb):
            yield


@pytest.mark.parametrize(("what", "times"), [("prompt", 1), ("token", 2)])
def test_only_what_is_named_is_disturbed(what: str, times: int) -> None:
    """Either each prompt, or each further token; the model works all the same."""
    counted = Counted()
    with counted.disturbed(what):
        counted.reply()
    assert (counted.times, counted.fake.passes) == (times, 3)


def test_prompts_and_tokens_may_be_disturbed_at_once() -> None:
    """Each has its own end."""
    counted = Counted()
    with counted.disturbed("prompt"):
        with counted.disturbed("token"):
            counted.reply()
        counted.reply()
    assert counted.times == 3 + 1


def test_after_the_block_it_is_over() -> None:
    """Nothing is disturbed before the block, nor after it."""
    counted = Counted()
    counted.reply()
    with counted.disturbed("token"):
        pass
    counted.reply()
    assert (counted.times, counted.fake.passes) == (0, 6)


def test_a_block_that_raises_ends_it_too() -> None:
    """What goes wrong in a drill does not leave its fault behind."""
    counted = Counted()
    with pytest.raises(LookupError), counted.disturbed("token"):
        raise LookupError
    counted.reply()
    assert counted.times == 0


def test_a_disturbance_that_raises_is_the_models_failure() -> None:
    """Whoever asks the model gets the error, and the model itself is not reached."""
    counted = Counted()

    def fail() -> None:
        raise RuntimeError("as a drill says")

    with counted.disturbance.of("prompt", fail), pytest.raises(RuntimeError, match="as a drill says"):
        counted.reply()
    assert counted.fake.passes == 0


def test_everything_else_is_the_models_own() -> None:
    """Names, tokens and texts pass through."""
    model = Counted().model
    assert (model.name, model.dtype, model.end_ids) == ("fake", "fp32", frozenset({END_ID}))
    assert model.encode("hi") == [104, 105]
    with pytest.raises(AttributeError):
        _ = model.nothing
