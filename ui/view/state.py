"""The state of one view: everything that a page's address can say about the dashboard."""

from dataclasses import dataclass, field
from math import ceil

from monitoring.analysis.filters import Filter
from monitoring.reading.sources import LIVE

RANGES = {"15m": 900, "1h": 3600, "6h": 6 * 3600, "24h": 86_400, "7d": 7 * 86_400}  # s
ALL, OWN, AUTO = "all", "own", ""
# The columns that the table can be sorted by; those with texts are first sorted from A to Z.
SORTS = ("time", "task", "status", "level", "label", "response", "wait", "ttft", "tokens", "speed")
TEXT_SORTS = ("task", "status", "level", "label")
# A visitor sees the other columns, and cannot sort by these: an order tells what is in a column.
OPERATOR_SORTS = ("level", "label")
PAGE_ROWS = 25


@dataclass(frozen=True, slots=True)
class ViewState:
    """One view. Times are in s since the epoch, whole milliseconds."""

    source: str = LIVE
    near: float | None = None  # the moment around which files are offered
    # The source's names for our fields, as `--map` takes them; "" leaves that to the settings.
    mapping: str = ""
    range: str = AUTO
    since: float | None = None  # begin of an own range
    until: float | None = None
    zoom: tuple[float, float] | None = None  # begin and end of what the charts show
    filter: Filter = field(default_factory=Filter)
    sort: str = "time"
    is_descending: bool = True
    page: int = 1

    @property
    def scope(self) -> tuple[object, ...]:
        """Source, its mapping and time range: views of the same scope share a snapshot."""
        return (self.source, self.mapping, self.range, self.since, self.until)

    def place(self, count: int) -> tuple[int, int]:
        """Return the page of the table that is shown, and how many pages `count` records have."""
        pages = max(1, ceil(count / PAGE_ROWS))
        return min(self.page, pages), pages
