"""The limit below which an answer is unsure."""

from benchmarks.decisions.unsure import least_limit, right_share, unsure_share

JUDGED = [(0.99, True), (0.9, True), (0.8, False), (0.6, True)]


def test_what_stays_above_a_limit() -> None:
    """The limit itself is not below it."""
    assert [right_share(JUDGED, limit) for limit in (0.5, 0.81, 0.99, 1.0)] == [0.75, 1.0, 1.0, 1.0]
    assert [unsure_share(JUDGED, limit) for limit in (0.6, 0.8, 1.0)] == [0.0, 0.25, 1.0]


def test_the_least_limit_serves_each_set() -> None:
    """A set that is right everywhere needs none, and another one decides."""
    assert least_limit({"a": [(0.7, True)], "b": JUDGED}) == 0.81
    assert least_limit({"a": [(0.7, True)]}) == 0.5
    assert least_limit({"a": [(1.0, False)]}) == 1.0
