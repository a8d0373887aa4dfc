"""Arrival times and lengths of real requests, from the Azure LLM inference trace 2023."""

import csv
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple


class Traced(NamedTuple):
    """One request of the trace."""

    gap: float  # s since the previous request
    context: int  # tokens
    generated: int  # tokens


def load_trace(path: Path) -> list[Traced]:
    """Read the trace.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file has other columns, or fewer than two requests.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        times = [datetime.fromisoformat(row["TIMESTAMP"][:26]).timestamp() for row in rows]
        lengths = [(int(row["ContextTokens"]), int(row["GeneratedTokens"])) for row in rows]
    except KeyError as error:
        raise ValueError(f"{path} has no column {error}") from error
    if len(rows) < 2:
        raise ValueError(f"{path} has {len(rows)} requests; at least two are needed")
    gaps = (after - before for before, after in pairwise(times))
    return [Traced(gap, *length) for gap, length in zip(gaps, lengths[1:], strict=True)]
