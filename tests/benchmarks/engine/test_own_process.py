"""What is measured in a process of its own."""

import os

import pytest

from benchmarks.engine.own_process import OwnProcess


class Counter:
    """Something to build and to call."""

    def __init__(self, start: int) -> None:
        if start < 0:
            raise ValueError("it starts at nothing")
        self.value = start

    def add(self, number: int) -> int:
        """Add a number."""
        self.value += number
        return self.value

    def process(self) -> int:
        """Tell where it runs."""
        return os.getpid()

    def fail(self) -> None:
        """Raise."""
        raise RuntimeError("no")


def test_calls_are_answered_elsewhere() -> None:
    """The object lives on between calls, and an error does not end it."""
    with OwnProcess(Counter, 5) as counter:
        assert counter.call("add", 2) == 7
        with pytest.raises(RuntimeError, match="no"):
            counter.call("fail")
        assert counter.call("add", 1) == 8
        assert counter.call("process") != os.getpid()


def test_an_error_while_it_is_built_is_raised() -> None:
    """With its own text."""
    with pytest.raises(ValueError, match="starts at nothing"):
        OwnProcess(Counter, -1)
