"""Texts of which people have said whether they are positive or negative."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

NAMES = ("chnsenticorp", "waimai_10k", "sst2")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text, and whether it is positive."""

    text: str
    is_positive: bool


def data_folder() -> Path:
    """Return the folder that BENCH_DATA names."""
    return Path(os.environ.get("BENCH_DATA", "../shared/data"))


def labelled_texts(folder: Path, count: int) -> dict[str, list[Labelled]]:
    """Return the first texts of each set that is in the folder, as `sentiment/NAME.csv`."""
    found = {}
    for name in NAMES:
        path = folder / "sentiment" / f"{name}.csv"
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                rows = [Labelled(row["text"], row["label"] == "1") for row in csv.DictReader(file)]
            found[name] = rows[:count]
    return found
