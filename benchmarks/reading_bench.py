"""The cost of reading the log back: this project beside its peers, in one run.

    python -m benchmarks.reading_bench [--json FILE] [--records N] [--rounds N]

"Cold" is a whole process, from its start to the 95th percentile of the response time of each task, over a log
that is in the page cache. The contenders take turns, and all of them must find the same percentiles. jq
passes its rows to sort and awk, in one pass for both tasks. "Refresh" is the work of the app after ten new
records: read them, put them into the window, update percentiles and counts, and take a snapshot. The last
table is a summary of the same requests as other programs write them.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.log.cold import cold_figures, run_all
from benchmarks.log.formats import format_figures
from benchmarks.log.window import window_figures
from benchmarks.report import write_json
from benchmarks.sample_log import write_log


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    parser.add_argument(
        "--records", type=int, default=1_000_000, help="records in the log (default: %(default)s)"
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="turns of each contender (default: %(default)s)"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reading-bench-") as folder:
        log = Path(folder) / "qwen.log"
        write_log(log, options.records)
        figures = {
            **cold_figures(run_all(log, options.rounds)),
            **window_figures(log, options.records),
            **format_figures(log, max(1, options.records // 10), options.rounds),
        }
    write_json(options.json, figures)


if __name__ == "__main__":
    main()
