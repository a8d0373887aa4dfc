"""How much the dashboard's benchmark measures, and for how long."""

from dataclasses import dataclass

from ui.dashboard.snapshot import MAX_FRESH_SECONDS


@dataclass(frozen=True, slots=True)
class Extent:
    """The size of one run of the benchmark."""

    # Share of the records of each size.
    share: float
    refreshes: int
    # Records in the window while pages are open.
    viewed_records: int
    # Seconds after which a started app has read its log, and opened pages have asked once.
    settle: float
    # Seconds without news after which the start of the app is over.
    quiet: float
    # Refreshes with nothing new.
    idle_asks: int
    # Seconds of processor time for each count of pages.
    watched: float


FULL = Extent(1.0, 40, 200_000, 5.0, 2 + MAX_FRESH_SECONDS, 5, 20.0)
# A view of few records is fresh for two seconds, and each page asks within three.
QUICK = Extent(0.1, 3, 2_000, 1.0, 4.0, 2, 3.0)
