"""The cores and the memory of a machine."""

from dataclasses import dataclass
from typing import Literal

# The share of the memory that is the limit where the limit is "auto".
AUTO_SHARE = 0.8
# The largest share of the memory that a limit may be: one above the memory would never be reached.
MAX_SHARE = 0.9


@dataclass(slots=True)
class Machine:
    """The machine on which the records were made; the reader's own machine until `app.started` says more."""

    cores: float
    memory_mb: float  # MiB

    def update(self, cores: float | None, memory_mb: float | None) -> None:
        """Replace the number of cores and the memory, in MiB; None, zero and less leave what is known."""
        if cores and cores > 0:
            self.cores = cores
        if memory_mb and memory_mb > 0:
            self.memory_mb = memory_mb

    def limit_mb(self, limit: float | Literal["auto"]) -> float:
        """Return a limit in MiB, at most `MAX_SHARE` of the memory; "auto" is `AUTO_SHARE` of it."""
        return AUTO_SHARE * self.memory_mb if limit == "auto" else min(limit, MAX_SHARE * self.memory_mb)
