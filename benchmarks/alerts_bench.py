"""What the alerts find, how many false alarms they raise, and what they cost.

    python -m benchmarks.alerts_bench [--json FILE] [--petsite FILE] [--trace FILE] [--quick]

"A real service" fits the limits of two rules to a service's fault-free time and training faults, and judges
them by its test faults. "Unseen" is the number of false alarms a day in each half of the fault-free time,
with limits that were fitted on the other half. "Normal days" are simulated from a real trace: each alert
there is a false alarm. They are counted in the first draw and in all draws. The cost is that of the engine
alone, over the first draw. Then the app itself runs: its drills, and a load test (benchmarks.capacity_load).

The data of the first parts is not part of this project. If it is missing, these parts are left out.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.alerts.data import PETSITE, TRACE, DataFile
from benchmarks.alerts.drills import drill_figures
from benchmarks.alerts.normal_report import cost_figures, normal_figures
from benchmarks.alerts.petsite_report import petsite_figures
from benchmarks.capacity_load import capacity_figures
from benchmarks.report import write_json

# The hours of normal days, and how many times they are drawn.
LENGTH, QUICK = (72.0, 12), (3.0, 1)
Figures = dict[str, float]


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    for file in (PETSITE, TRACE):
        parser.add_argument(
            f"--{file.option}", type=Path, metavar="FILE", help=f"{file.content} (default: {file.default})"
        )
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"{QUICK[0]:.0f} normal hours, not {LENGTH[0]:.0f}; without the running app",
    )
    options = parser.parse_args()
    hours, draws = QUICK if options.quick else LENGTH
    try:
        figures = with_data(PETSITE, options.petsite, petsite_figures)
        figures |= with_data(
            TRACE,
            options.trace,
            lambda trace: normal_figures(trace, hours, draws) | cost_figures(trace, hours),
        )
        if not options.quick:
            figures |= drill_figures() | capacity_figures()
    except (OSError, ValueError) as error:
        parser.error(str(error))
    write_json(options.json, figures)


def with_data(file: DataFile, named: Path | None, measure: Callable[[Path], Figures]) -> Figures:
    """Return the figures of a part that needs data; none, and print a message, if the data is missing.

    Raises:
        OSError: the file that the command line names cannot be read.
    """
    if named is None and not file.default.exists():
        print(file.notice, file=sys.stderr)
        return {}
    return measure(named or file.default)


if __name__ == "__main__":
    main()
