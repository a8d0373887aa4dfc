"""How many files that were put aside stay, and what is told of those that do not."""

from dataclasses import dataclass
from typing import Literal

# A folder that holds more than this many times the files that would stay is left alone at first.
FAR_MORE = 2


@dataclass(frozen=True, slots=True)
class Keeping:
    """How many rotated files stay, and for how long."""

    files: int
    days: float | None = None  # None for no limit
    # Whether somebody has chosen the number of files; where nobody has, it does not empty a full folder.
    is_chosen: bool = True

    def is_far_exceeded(self, files: int) -> bool:
        """Tell whether a folder with so many files is to be left alone until somebody chooses a number."""
        return not self.is_chosen and files > FAR_MORE * self.files

    def is_too_old(self, seconds: float) -> bool:
        """Tell whether a file that was written to so long ago is to go."""
        return self.days is not None and seconds > self.days * 86_400


@dataclass(frozen=True, slots=True)
class Removal:
    """Files that were removed together, and why."""

    files: int
    first: str  # the moment at which the oldest of them was put aside, as in its name
    last: str  # the moment of the newest
    reason: Literal["count", "age"]
    keeping: Keeping


@dataclass(frozen=True, slots=True)
class Surplus:
    """The oldest files of a folder: those that are more than would stay."""

    files: int
    size: int  # bytes
    first: str  # the moment at which the oldest of them was put aside, as in its name
    last: str  # the moment of the newest


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A folder that holds far more files than would stay, of which none is removed by their number."""

    files: int
    keeping: Keeping
    surplus: Surplus


@dataclass(frozen=True, slots=True)
class Agreed:
    """The operator agreed that of a folder that was left alone no more stays than by default."""

    surplus: Surplus
    keeping: Keeping


ArchiveEvent = Removal | LeftAlone | Agreed | OSError
