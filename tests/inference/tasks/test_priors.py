"""What a model leans to, whatever the text."""

import pytest

from inference.tasks.priors import Priors, calibrated


def test_probabilities_without_what_the_model_leans_to() -> None:
    """An answer counts for as much as it is more probable than about nothing."""
    assert calibrated((0.6, 0.4), (0.8, 0.2)) == pytest.approx((0.75 / 2.75, 2 / 2.75))
    assert calibrated((0.6, 0.4), (0.5, 0.5)) == pytest.approx((0.6, 0.4))


def test_what_is_hardly_ever_said_does_not_win_by_noise() -> None:
    """A probability about nothing counts as a tenth of chance at least."""
    assert calibrated((0.999, 0.001), (1.0, 0.0)) == pytest.approx((0.999 / 1.019, 0.02 / 1.019))


def test_answers_about_nothing_are_remembered() -> None:
    """They are found by who has asked, and what."""
    priors = Priors()
    priors.put(("a", "question"), (0.5, 0.5))
    assert priors.get(("a", "question")) == (0.5, 0.5)
    assert priors.get(("b", "question")) is None
