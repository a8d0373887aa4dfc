"""Read the logs of other programs: their names for our fields, and values of another type."""

import math
from collections.abc import Iterable, Mapping

from monitoring.record.schema import TYPES

# The units that a mapping may name (`latency:s=response_time_ms`), in ms.
DURATION_UNITS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6}


def parse_mapping(texts: Iterable[str]) -> dict[str, str]:
    """Turn texts like `latency=response_time_ms,kind=task_type` (foreign name, our name) into a mapping.

    Raises:
        ValueError: a text is not of that form, a name is not a field, or a name comes twice.
    """
    mapping: dict[str, str] = {}
    pairs = (pair.strip() for text in texts for pair in text.split(","))
    for pair in filter(None, pairs):
        foreign, _, ours = pair.rpartition("=")
        if not foreign or not ours:
            raise ValueError(
                f"{pair!r} is not of the form foreign_name=our_name, e.g. latency=response_time_ms"
            )
        if foreign in mapping:
            raise ValueError(f"{foreign!r} is mapped twice: to {mapping[foreign]!r} and to {ours!r}")
        mapping[foreign] = ours
    check_targets(mapping)
    return mapping


def check_targets(mapping: Mapping[str, str]) -> None:
    """Check a mapping (foreign name -> ours).

    Raises:
        ValueError: a name is not a field, or two foreign names stand for one.
    """
    taken: dict[str, str] = {}
    for foreign, ours in mapping.items():
        if ours not in TYPES:
            raise ValueError(
                f"{ours!r}, which {foreign!r} is mapped to, is no field; allowed are {', '.join(TYPES)}"
            )
        if path_of(foreign) != foreign and not ours.endswith("_ms"):
            durations = ", ".join(name for name in TYPES if name.endswith("_ms"))
            raise ValueError(
                f"{foreign!r} names a unit, and {ours!r} has none; those with a unit are {durations}"
            )
        if ours in taken:
            raise ValueError(
                f"{ours!r} is mapped from two names, {taken[ours]!r} and {foreign!r}; allowed is one"
            )
        taken[ours] = foreign


def path_of(name: str) -> str:
    """Return the path of a field in a mapping's name, without the unit that may follow it."""
    path, _, unit = name.rpartition(":")
    return path if path and unit in DURATION_UNITS else name


def number(value: object) -> float | None:
    """Return the number that a value stands for, also a text like "12.5"; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        result = float(value)
    except (OverflowError, ValueError):
        return None
    return result if math.isfinite(result) else None
