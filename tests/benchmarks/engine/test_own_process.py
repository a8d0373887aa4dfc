"""An object in a process of its own."""

import os

import pytest

from benchmarks.engine.own_process import OwnProcess


class Counter:
    """An object that counts, and that can fail."""

    def __init__(self, start: int) -> None:
        if start < 0:
            raise ValueError("it starts at nothing")
        self.value = start

    def add(self, number: int) -> int:
        """Add a number."""
        self.value += number
        return self.value

    def process(self) -> int:
        """Return the id of its process."""
        return os.getpid()

    def fail(self) -> None:
        """Raise an error."""
        raise RuntimeError("no")


def test_calls_are_answered_by_another_process() -> None:
    """The object keeps its state between calls, also after an error."""
    with OwnProcess(Counter, 5) as counter:
        assert counter.call("add", 2) == 7
        with pytest.raises(RuntimeError, match="no"):
            counter.call("fail")
        assert counter.call("add", 1) == 8
        assert counter.call("process") != os.getpid()


def test_an_error_of_the_constructor_is_raised() -> None:
    """The caller gets the same exception with the same text."""
    with pytest.raises(ValueError, match="starts at nothing"):
        OwnProcess(Counter, -1)
