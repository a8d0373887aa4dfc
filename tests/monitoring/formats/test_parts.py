"""A line that holds several records is read part by part."""

from collections import Counter
from collections.abc import Iterator

import pytest

from monitoring.formats.parts import MAX_BROKEN, MAX_RECORDS, NotARecordError, read_parts


def doubled(part: int) -> Iterator[int]:
    """Read a number as two; below 0 it is no record."""
    if part < 0:
        raise NotARecordError("torn")
    yield part
    yield part


def test_a_part_that_is_no_record_costs_the_others_nothing() -> None:
    """It is counted, by kind."""
    broken: Counter[str] = Counter()
    assert list(read_parts([1, -1, 2, -1], doubled, broken)) == [1, 1, 2, 2]
    assert broken == {"torn": 2}


def test_a_line_of_nothing_is_no_record() -> None:
    """Somebody wrote it, so that it counts."""
    with pytest.raises(NotARecordError) as error:
        list(read_parts([], doubled, Counter()))
    assert error.value.kind == "no_time"


@pytest.mark.parametrize("more", [0, 1, 1_000_000])
def test_a_line_of_many_parts_that_are_no_records_is_not_read_to_its_end(more: int) -> None:
    """What is not looked at counts as one more; a record in between begins the count anew."""
    looked_at: list[int] = []

    def parts() -> Iterator[int]:
        for part in [-1, 1, *[-1] * MAX_BROKEN]:
            looked_at.append(part)
            yield part
        for part in range(more):
            looked_at.append(part)
            yield part

    broken: Counter[str] = Counter()
    assert list(read_parts(parts(), doubled, broken)) == [1, 1]
    assert broken == {"torn": 1 + MAX_BROKEN + bool(more)}
    assert len(looked_at) == 2 + MAX_BROKEN + bool(more)


@pytest.mark.parametrize("more", [0, 1, 1_000_000])
def test_a_line_has_a_bounded_number_of_records(more: int) -> None:
    """What it holds beyond them counts as one that was not read."""
    left = iter(range(MAX_RECORDS // 2 + more))
    broken: Counter[str] = Counter()
    assert len(list(read_parts(left, doubled, broken))) == MAX_RECORDS
    assert +broken == ({"too_many": 1} if more else {})
    assert len(list(left)) == max(0, more - 1)
