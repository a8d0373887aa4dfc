"""Up to where a measure is fine."""

from dataclasses import fields

from monitoring.analysis.limits import Limits


def test_every_limit_is_a_positive_number() -> None:
    """The defaults can be drawn as they are, and each can be set for itself."""
    assert all(getattr(Limits(), field.name) > 0 for field in fields(Limits))
    assert Limits(memory_mb=512).sentiment_ms == Limits().sentiment_ms
