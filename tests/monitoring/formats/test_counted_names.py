"""Names are counted within a bound."""

from collections import Counter

from monitoring.formats.counted_names import MAX_NAMES, count_name


def test_known_names_count_on_when_no_new_ones_are_kept() -> None:
    """The first ones stay exact."""
    counts: Counter[str] = Counter()
    for number in range(MAX_NAMES + 5):
        count_name(counts, str(number))
    count_name(counts, "0")
    assert (len(counts), counts["0"], counts[str(MAX_NAMES)]) == (MAX_NAMES, 2, 0)
