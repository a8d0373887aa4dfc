"""Count names that a log tells; a hostile one has endlessly many."""

from collections import Counter

# So many names are counted; of further ones nothing is kept.
MAX_NAMES = 1000


def count_name(counts: Counter[str], name: str) -> None:
    """Count a name once more, unless it is new and there are too many."""
    if name in counts or len(counts) < MAX_NAMES:
        counts[name] += 1
