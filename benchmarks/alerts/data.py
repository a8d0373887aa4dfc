"""The data of the alerts' benchmark: real measurements that are not part of this project."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of real measurements, where to get it, and what needs it."""

    option: str  # The command line's option for its path, without the dashes.
    path: str  # The path inside the data folder.
    content: str
    needed_by: str
    source: str

    @property
    def default(self) -> Path:
        """Return the path where the file is looked for unless the command line names another one."""
        return Path(os.environ.get("BENCH_DATA", "../shared/data")) / self.path

    @property
    def notice(self) -> str:
        """Return a sentence for the user of a machine without the file."""
        return (
            f"{self.default} is missing, so {self.needed_by} left out: get it from {self.source}, "
            f"and name it with --{self.option} FILE, or name its data folder with BENCH_DATA."
        )


PETSITE = DataFile(
    option="petsite",
    path="faults/petsite_high_traffic.csv",
    content="measurements of a service, with and without faults",
    needed_by="the faults of a real service are",
    source=(
        "the PetShop data set (github.com/amazon-science/petshop-root-cause-analysis, CC-BY-4.0) "
        "with `python -m benchmarks.alerts.petshop_csv`"
    ),
)
TRACE = DataFile(
    option="trace",
    path="traces/azure_llm_conv_3000.csv",
    content="arrival times and lengths of requests",
    needed_by="normal days and the cost of a record are",
    source=(
        "the Azure LLM inference trace 2023 (github.com/Azure/AzurePublicDataset, CC-BY-4.0), the header and "
        "the first 3,000 requests of data/AzureLLMInferenceTrace_conv.csv"
    ),
)
