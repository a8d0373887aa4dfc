"""Made parts: each made once, all of them within one number of bytes."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from ui.dashboard.made_parts import OVERHEAD_BYTES, MadeParts

PAGES = 8
KIB = 1024


def test_a_part_is_made_once_for_many_pages() -> None:
    """Pages that request a part at the same time get the same bytes, made once."""
    parts = MadeParts()
    made: list[bytes] = []
    together = Barrier(PAGES)

    def make() -> bytes:
        made.append(bytes([len(made)]) * 10)
        return made[-1]

    def request(_: int) -> bytes:
        together.wait()
        return parts.once("part", make)

    with ThreadPoolExecutor(PAGES) as pages:
        got = list(pages.map(request, range(PAGES)))
    assert len(made) == 1
    assert all(part is made[0] for part in got)
    assert parts.once("other", make) is made[1]


def test_another_part_does_not_wait() -> None:
    """While one part is being made, another one is made and asked for."""
    parts, begun, go_on = MadeParts(), Event(), Event()

    def slow() -> bytes:
        begun.set()
        assert go_on.wait(20)
        return b"slow"

    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(parts.once, "slow", slow)
        try:
            assert begun.wait(20)
            assert parts.once("quick", lambda: b"quick") == b"quick"
            assert not waiting.done()
        finally:
            go_on.set()
        assert waiting.result() == b"slow"


def test_a_part_that_fails_is_tried_again() -> None:
    """The error reaches the caller; the next caller makes the part."""
    parts = MadeParts()

    def fail() -> bytes:
        raise MemoryError

    with pytest.raises(MemoryError):
        parts.once("part", fail)
    assert parts.once("part", lambda: b"made") == b"made"


def test_a_failure_reaches_all_who_wait() -> None:
    """Pages that wait for a part get its error, and do not wait for ever."""
    parts, begun, go_on = MadeParts(), Event(), Event()

    def fail() -> bytes:
        begun.set()
        assert go_on.wait(20)
        raise ZeroDivisionError

    with ThreadPoolExecutor(2) as pages:
        first = pages.submit(parts.once, "part", fail)
        assert begun.wait(20)
        second = pages.submit(parts.once, "part", fail)
        go_on.set()
        assert isinstance(first.exception(), ZeroDivisionError)
        assert isinstance(second.exception(), ZeroDivisionError)


def test_however_many_parts_are_made_their_memory_is_bounded() -> None:
    """The bytes are counted, not the parts: the newest stay, and the oldest are made again."""
    parts = MadeParts(max_bytes=64 * KIB)
    for number in range(1600):
        parts.once(number, lambda: bytes(6 * KIB))
        assert parts.nbytes <= 64 * KIB
    assert parts.nbytes > 32 * KIB
    assert len(parts.once(1599, lambda: b"anew")) == 6 * KIB
    assert parts.once(0, lambda: b"anew") == b"anew"


def test_a_part_that_is_used_stays() -> None:
    """A part that pages ask for again and again is not pushed out by newer ones that nobody asks for."""
    parts = MadeParts(max_bytes=64 * KIB)
    parts.once("shared", lambda: b"first")
    for number in range(100):
        parts.once(number, lambda: bytes(6 * KIB))
        assert parts.once("shared", lambda: b"anew") == b"first"


def test_a_part_larger_than_a_quarter_is_not_kept() -> None:
    """A large part is made anew each time, and pushes out nothing."""
    parts = MadeParts(max_bytes=64 * KIB)
    parts.once("small", lambda: b"small")
    assert parts.once("large", lambda: bytes(16 * KIB)) == bytes(16 * KIB)
    assert parts.once("large", lambda: b"anew") == b"anew"
    assert parts.once("small", lambda: b"anew") == b"small"
    limit = 16 * KIB - OVERHEAD_BYTES
    assert parts.once("fits", lambda: bytes(limit)) is parts.once("fits", lambda: b"anew")
