"""Read a line that holds several records; a part that is none costs the others nothing."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

Part = TypeVar("Part")
Read = TypeVar("Read")

# So many records of a line are read; 64 KiB hold no more of any use. The rest counts as one.
MAX_RECORDS: Final = 2000
# Where so many parts in a row are no records, the rest of the line is not looked at: it counts as one more.
MAX_BROKEN: Final = 100


class NotARecordError(ValueError):
    """A line is no record; `kind` says why, as in `BROKEN_KINDS`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def read_parts(
    parts: Iterable[Part], read: Callable[[Part], Iterator[Read]], broken: Counter[str]
) -> Iterator[Read]:
    """Yield what is read of the parts; those that are no records count in `broken`, by kind.

    Raises:
        NotARecordError: there are no parts.
    """
    left = iter(parts)
    is_empty, in_a_row, records = True, 0, 0
    for part in left:
        is_empty = False
        try:
            for record in read(part):
                yield record
                records += 1
            in_a_row = 0
        except NotARecordError as error:
            broken[error.kind] += 1
            in_a_row += 1
            if in_a_row == MAX_BROKEN:
                broken[error.kind] += next(left, None) is not None
                return
        if records >= MAX_RECORDS:
            broken["too_many"] += next(left, None) is not None
            return
    if is_empty:
        raise NotARecordError("no_time")
