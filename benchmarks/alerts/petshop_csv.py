"""Make the file of a service's measurements from a copy of the PetShop data set.

    python -m benchmarks.alerts.petshop_csv FOLDER FILE

FOLDER is a clone of https://github.com/amazon-science/petshop-root-cause-analysis (CC-BY-4.0). FILE gets one
row for each measurement of the service's front end under high traffic.
"""

import argparse
import csv
import json
from collections.abc import Iterator
from pathlib import Path

SCENARIO = "high_traffic"
NODE = "PetSite"
COLUMNS = ("scenario", "case", "unix_timestamp", "node", "metric", "statistic", "value", "target_timestamp")


def main() -> None:
    """Write the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="a copy of the data set")
    parser.add_argument("file", type=Path, help="the file to write")
    options = parser.parse_args()
    try:
        rows = list(measurements(options.folder))
    except OSError as error:
        parser.error(f"{options.folder} is not a copy of the data set: {error}")
    with options.file.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
    print(f"{options.file}: {len(rows):,} measurements")


def measurements(folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield the rows of all cases: first the time without faults, then those with one fault each.

    Raises:
        OSError: a file is missing or cannot be read.
    """
    cases = folder / "dataset" / SCENARIO
    yield from _case(cases / "noissue", "noissue", "")
    for part in ("train", "test"):
        for case in sorted((cases / part).iterdir(), key=lambda path: int(path.name.partition("_")[2])):
            target = json.loads((case / "target.json").read_text("utf-8"))["target"]["timestamp"]
            yield from _case(case, f"{part}/{case.name}", str(target))


def _case(folder: Path, name: str, target: str) -> Iterator[tuple[str, ...]]:
    with (folder / "metrics.csv").open(encoding="utf-8", newline="") as file:
        # The first three rows name node, metric and statistic of each column; the fourth row is empty.
        nodes, metrics, statistics, _, *rows = csv.reader(file)
    columns = [column for column, node in enumerate(nodes) if node == NODE]
    for row in rows:
        time = str(int(float(row[0])))
        for column in columns:
            yield SCENARIO, name, time, NODE, metrics[column], statistics[column], row[column], target


if __name__ == "__main__":
    main()
