"""What a rule thinks of a task at a moment."""

import math
from typing import NamedTuple

MAX_REQUESTS = 10  # that an alert names


class Signal(NamedTuple):
    """What a rule sees of a task now."""

    task: str
    is_bad: bool
    measure: str = ""  # what the value is, and its unit
    value: float = math.nan
    limit: float = math.nan
    requests: tuple[str, ...] = ()  # ids of those that made it
    clears: bool = True  # whether a value that is not bad is far enough below the limit


FINE = (Signal("system", False),)  # Most records give this signal, so it is made once.
