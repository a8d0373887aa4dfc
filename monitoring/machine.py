"""What the rules must know of the machine."""

from dataclasses import dataclass
from typing import Literal

from monitoring.alerts.observation import Observation
from monitoring.record.mapping import number

AUTO_SHARE = 0.8  # of the memory, where the limit is "auto"


@dataclass(slots=True)
class Machine:
    """The machine on which the records were made: that of the reader, until `app.started` says more."""

    cores: float
    memory_mb: float  # MiB

    def take(self, started: Observation) -> None:
        """Take over what the record of a start tells."""
        cores, memory = (number(started.fields.get(name)) for name in ("cpu_cores", "memory_total_mb"))
        if cores and cores > 0:
            self.cores = cores
        if memory and memory > 0:
            self.memory_mb = memory

    def limit_mb(self, said: float | Literal["auto"]) -> float:
        """Return a limit of memory in MiB; "auto" is a share of what there is."""
        return AUTO_SHARE * self.memory_mb if said == "auto" else said
