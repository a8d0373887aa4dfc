"""The cost of the dashboard: a refresh at several sizes of the log, many pages, and the model beside them.

    python -m benchmarks.dashboard_bench [--json FILE] [--rounds N] [--without-model] [--quick]

"Refresh" is the whole work of the server after ten new records, for a page that shows all records of the
window: measures, charts, table, JSON, compression. "Ten pages" compares the processor time of the whole app
with ten open pages to that with one page, with one request a second in the log. "Tokens per second" compares
the speed of the same reply, as logged, with and without three open pages, in turns, with a full window.
"""

import argparse
from pathlib import Path

from benchmarks.pages.extent import FULL, QUICK
from benchmarks.pages.refresh import refresh_figures
from benchmarks.pages.running import speed_figures, viewer_figures
from benchmarks.report import write_json


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    parser.add_argument("--rounds", type=int, default=8, help="turns with and without pages (default: 8)")
    parser.add_argument("--without-model", action="store_true", help="leave the tokens per second out")
    parser.add_argument(
        "--quick", action="store_true", help="try the benchmark itself: its figures mean nothing"
    )
    options = parser.parse_args()
    extent = QUICK if options.quick else FULL
    figures = refresh_figures(extent)
    figures |= viewer_figures(max(1, options.rounds // 2), extent)
    if not options.without_model:
        figures |= speed_figures(options.rounds)
    write_json(options.json, figures)


if __name__ == "__main__":
    main()
