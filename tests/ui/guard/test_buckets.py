"""How often one client may ask."""

import pytest

from ui.guard.buckets import BURST_SECONDS, MAX_CLIENTS, TokenBuckets


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time, in seconds."""
        return self.now


def test_a_burst_is_allowed_and_then_the_rate() -> None:
    """A client may ask ten seconds' worth at once, then as often as its rate; it reads when to come back."""
    clock = Clock()
    buckets = TokenBuckets(60, clock=clock)
    assert [buckets.take("a") for _ in range(int(BURST_SECONDS))] == [0.0] * int(BURST_SECONDS)
    assert buckets.take("a") == pytest.approx(1.0)
    clock.now += 0.6
    assert buckets.take("a") == pytest.approx(0.4)
    clock.now += 0.4
    assert buckets.take("a") == 0.0
    assert buckets.take("a") > 0


def test_refused_requests_cost_nothing() -> None:
    """Whoever goes on asking does not have to wait longer for that."""
    clock = Clock()
    buckets = TokenBuckets(60, clock=clock)
    while not buckets.take("a"):
        pass
    for _ in range(100):
        buckets.take("a")
    clock.now += 1.01
    assert buckets.take("a") == 0.0


def test_clients_do_not_share_a_bucket() -> None:
    """What one client uses up is not missing to another."""
    buckets = TokenBuckets(6, clock=Clock())
    assert buckets.take("a") == 0.0
    assert buckets.take("a") > 0
    assert buckets.take("b") == 0.0


def test_an_unused_bucket_does_not_overflow() -> None:
    """An hour of silence allows no larger burst than ten seconds do."""
    clock = Clock()
    buckets = TokenBuckets(60, clock=clock)
    buckets.take("a")
    clock.now += 3600
    assert sum(buckets.take("a") == 0.0 for _ in range(50)) == int(BURST_SECONDS)


def test_a_seldom_allowed_thing_has_its_whole_minute_at_once() -> None:
    """With `min_burst`, a low rate still allows so many at once."""
    buckets = TokenBuckets(5, min_burst=5, clock=Clock())
    assert sum(buckets.take("a") == 0.0 for _ in range(10)) == 5


def test_waiting_is_told_without_taking() -> None:
    """`wait` says how long it takes until there is a token, as often as it is asked."""
    buckets = TokenBuckets(60, clock=Clock())
    assert [buckets.wait("a") for _ in range(30)] == [0.0] * 30
    while not buckets.take("a"):
        pass
    assert buckets.wait("a") == pytest.approx(1.0)


def test_the_number_of_clients_that_are_remembered_is_bounded() -> None:
    """A flood of addresses takes no more memory than a fixed number of them."""
    buckets = TokenBuckets(60, clock=Clock())
    for number in range(MAX_CLIENTS + 100):
        buckets.take(str(number))
    assert len(buckets._left) == MAX_CLIENTS
