"""A model that cannot be loaded."""

from collections.abc import Iterable

from monitoring.alerts.detectors.base import Detector
from monitoring.alerts.observation import Observation
from monitoring.alerts.rule import NoSeconds, Rule
from monitoring.alerts.signal import FINE, Signal

# Characters of an error's name in a measure.
MAX_ERROR_CHARS = 100


class ModelNotLoaded(Rule):
    """The model could not be loaded."""

    for_seconds: NoSeconds = 0


class ModelNotLoadedDetector(Detector[ModelNotLoaded]):
    """Count failed attempts to load the model in a row, until one of them succeeds.

    Former versions wrote a failed attempt as `model.loaded` with the status `error`.
    """

    name = "model_not_loaded"
    events = ("model.failed", "model.loaded")

    def __init__(self, rule: ModelNotLoaded) -> None:
        super().__init__(rule)
        self._failed = 0

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        if seen.event == "model.loaded" and seen.status != "error":
            self._failed = 0
            return FINE
        self._failed += 1
        error = seen.fields.get("error_type")
        name = f" ({error[:MAX_ERROR_CHARS]})" if isinstance(error, str) else ""
        return (Signal("system", True, f"failed loads of the model{name}", self._failed, 0.0),)
