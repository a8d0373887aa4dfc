"""Below which probability an answer should be called unsure."""

from collections.abc import Mapping, Sequence

# A share of what stays that is right.
WANTED = 0.95
# A probability, and whether the answer with it was right.
Judged = tuple[float, bool]


def right_share(judged: Sequence[Judged], limit: float) -> float:
    """Return which share of the answers at or above a limit is right; 1 where none is left."""
    kept = [is_right for probability, is_right in judged if probability >= limit]
    return sum(kept) / len(kept) if kept else 1.0


def unsure_share(judged: Sequence[Judged], limit: float) -> float:
    """Return which share of the answers is below a limit."""
    return sum(probability < limit for probability, _ in judged) / len(judged)


def least_limit(sets: Mapping[str, Sequence[Judged]], wanted: float = WANTED) -> float:
    """Return the lowest limit, in steps of 0.01, above which enough is right in each set; 1 if none is."""
    steps = (0.5 + step / 100 for step in range(50))
    enough = (limit for limit in steps if all(right_share(each, limit) >= wanted for each in sets.values()))
    return round(next(enough, 1.0), 2)
