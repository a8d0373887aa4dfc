"""A model that cannot be loaded."""

from typing import Any

import pytest

from monitoring.alerts.observation import Observation
from tests.monitoring.alerts.helpers import engine_of, feed, observed, short, told


def failed(second: float, **fields: Any) -> Observation:
    """Return the record of a failed attempt."""
    return told(second, "model.failed", **fields)


def test_a_model_that_does_not_load_is_an_alert_until_it_does() -> None:
    """It names the error, is told once, and ends with the first success."""
    engine = engine_of("model_not_loaded")
    attempts = [failed(second, error_type="OSError") for second in (0, 60, 120)]
    fired, resolved = feed(engine, [*attempts, observed(180, "model.loaded"), observed(190, "model.loaded")])
    assert short([fired, resolved]) == [("fired", "system", 0), ("resolved", "system", 180)]
    assert (fired.level, fired.measure, fired.value) == ("ERROR", "failed loads of the model (OSError)", 1)
    assert resolved.value == 3


def test_what_former_versions_wrote_is_understood() -> None:
    """There, a failure was a `model.loaded` with the status `error`."""
    engine = engine_of("model_not_loaded")
    records = [observed(0, "model.loaded", status="error"), observed(5, "model.loaded")]
    assert short(feed(engine, records)) == [("fired", "system", 0), ("resolved", "system", 5)]


@pytest.mark.parametrize("error", [None, 5, ["OSError"]])
def test_an_odd_error_is_not_named(error: object) -> None:
    """Records may hold anything."""
    (change,) = feed(engine_of("model_not_loaded"), [failed(0, error_type=error)])
    assert change.measure == "failed loads of the model"


def test_another_process_that_has_its_model_hides_nothing() -> None:
    """The one that failed must succeed itself."""
    engine = engine_of("model_not_loaded")
    other = observed(1, "model.loaded", process="b")
    own = observed(2, "model.loaded", process="a")
    changes = feed(engine, [failed(0)._replace(process="a"), other, own])
    assert short(changes) == [("fired", "system", 0), ("resolved", "system", 2)]
