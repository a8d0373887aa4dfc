"""Tests of `drills.disturbed_model`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from drills.disturbed_model import Disturbance, Phase
from inference.model.batch import SequenceSlice
from inference.model.language_model import Model
from tests.fakes import END_ID, FakeModel


class Counted:
    """A model that can be disturbed, and the number of its disturbances."""

    def __init__(self) -> None:
        self.disturbance = Disturbance()
        self.times = 0
        self.fake = FakeModel("hi")
        self.model: Any = self.disturbance.wrap(cast(Model, self.fake))

    def disturb(self) -> None:
        self.times += 1

    def reply(self) -> None:
        """Run a prefill pass and two decode passes."""
        cache = self.model.new_cache()
        self.model.forward([SequenceSlice(b"ab\n", cache, "all")])
        for token in b"hi":
            self.model.forward([SequenceSlice([token], cache, "all")])

    @contextmanager
    def disturbed(self, phase: Phase) -> Iterator[None]:
        """Count the disturbances before passes of a phase."""
        with self.disturbance.before(phase, self.disturb):
            yield


@pytest.mark.parametrize(("phase", "times"), [("prefill", 1), ("decode", 2)])
def test_only_the_named_phase_is_disturbed(phase: Phase, times: int) -> None:
    """Either prefill or decode passes are disturbed; the model works all the same."""
    counted = Counted()
    with counted.disturbed(phase):
        counted.reply()
    assert (counted.times, counted.fake.passes) == (times, 3)


def test_both_phases_may_be_disturbed_at_once() -> None:
    """Each disturbance ends with its own block."""
    counted = Counted()
    with counted.disturbed("prefill"):
        with counted.disturbed("decode"):
            counted.reply()
        counted.reply()
    assert counted.times == 3 + 1


def test_after_the_block_it_is_over() -> None:
    """No pass before or after the block is disturbed."""
    counted = Counted()
    counted.reply()
    with counted.disturbed("decode"):
        pass
    counted.reply()
    assert (counted.times, counted.fake.passes) == (0, 6)


def test_a_block_that_raises_ends_it_too() -> None:
    """An error in a drill does not leave its fault behind."""
    counted = Counted()
    with pytest.raises(LookupError), counted.disturbed("decode"):
        raise LookupError
    counted.reply()
    assert counted.times == 0


def test_a_disturbance_that_raises_is_the_models_failure() -> None:
    """The caller gets the error, and the model itself is not called."""
    counted = Counted()

    def fail() -> None:
        raise RuntimeError("as a drill says")

    with counted.disturbance.before("prefill", fail), pytest.raises(RuntimeError, match="as a drill says"):
        counted.reply()
    assert counted.fake.passes == 0


def test_everything_else_is_the_models_own() -> None:
    """All other attributes are those of the model."""
    model = Counted().model
    assert (model.name, model.dtype, model.end_ids) == ("fake", "fp32", frozenset({END_ID}))
    assert model.encode("hi") == [104, 105]
    with pytest.raises(AttributeError):
        _ = model.nothing
