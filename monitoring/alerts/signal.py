"""A signal: the judgement of a rule about a task at one moment."""

import math
from typing import NamedTuple

# Requests that an alert names.
MAX_REQUESTS = 10


class Signal(NamedTuple):
    """The judgement of a rule about a task."""

    task: str
    is_bad: bool
    # The name of the measure, with its unit.
    measure: str = ""
    value: float = math.nan
    limit: float = math.nan
    # Ids of the requests that caused it.
    requests: tuple[str, ...] = ()
    # Whether a value that is not bad is so far from the limit that the alert may be resolved.
    clears: bool = True
    # Whether a higher value is told again while the alert is active.
    tells_rise: bool = False


# Most records give this signal, so it is made once.
FINE = (Signal("system", False),)
