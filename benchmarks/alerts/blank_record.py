"""An observation with no value in any field."""

import math

from monitoring.alerts.observation import NUMBERS, TEXTS, Observation

NOTHING = Observation._make((math.nan, *(math.nan for _ in NUMBERS), *("" for _ in TEXTS), "", {}))
