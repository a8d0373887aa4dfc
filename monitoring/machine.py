"""The cores and the memory of a machine."""

from dataclasses import dataclass
from typing import Literal

AUTO_SHARE = 0.8  # of the memory, where the limit is "auto"


@dataclass(slots=True)
class Machine:
    """The machine on which the records were made: that of the reader, until `app.started` says more."""

    cores: float
    memory_mb: float  # MiB

    def update(self, cores: float | None, memory_mb: float | None) -> None:
        """Replace the number of cores and the memory, in MiB; None, zero and less leave what is known."""
        if cores and cores > 0:
            self.cores = cores
        if memory_mb and memory_mb > 0:
            self.memory_mb = memory_mb

    def limit_mb(self, said: float | Literal["auto"]) -> float:
        """Return a limit of memory in MiB; "auto" is a share of what there is."""
        return AUTO_SHARE * self.memory_mb if said == "auto" else said
