"""The command `summary`: requests of each task, with percentiles of their times."""

import argparse
import sys
from typing import TYPE_CHECKING

from monitoring.cli.named_log import named_log
from monitoring.cli.options import (
    Commands,
    add_command,
    add_log_option,
    add_map_option,
    field_names,
    print_notices,
    time_zone,
)

if TYPE_CHECKING:
    from monitoring.history.scan import Statistics

EXAMPLES = """\
examples:
  %(prog)s
  %(prog)s --json | jq .tasks.chat.p95_ms
  %(prog)s --log other.log --map latency=response_time_ms --map kind=task_type

Percentiles are exact, and of requests that ended ok. Lines that are no records are counted as broken.
"""
COLUMNS = ("requests", "ok", "errors", "rejected", "cancelled", "p50_ms", "p95_ms", "p99_ms")


def add(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add the command."""
    command = add_command(
        commands, "summary", "count requests, with percentiles of their times", EXAMPLES, run
    )
    add_log_option(command)
    add_map_option(command)
    command.add_argument("--json", action="store_true", help="one JSON object instead of a table")


def run(options: argparse.Namespace) -> int:
    """Print the summary of a log; return 0.

    Raises:
        ValueError: no line of it could be read, or no record has a name of the mapping.
    """
    from container.limits import whole_cores
    from monitoring.formats.reading_notes import likely_wrong_unit
    from monitoring.history.scan import scan

    mapping = field_names(options)
    with named_log(options) as path:
        statistics = scan(path, mapping, workers=whole_cores(), zone=time_zone(options))
    print_notices(statistics.notes.checked(mapping, statistics.records, bool(statistics.tasks)))
    medians = [task.p50_ms for task in statistics.tasks.values() if task.p50_ms is not None]
    print_notices(likely_wrong_unit(mapping, max(medians, default=None)))
    if options.json:
        from monitoring.history.values import to_json
        from monitoring.record.visible import visible

        notes = statistics.notes
        figures = {name: getattr(statistics, name) for name in ("tasks", "records", "broken", "files")}
        print(visible(to_json({**figures, "broken_by_kind": notes.broken, "read_as": notes.read_as})))
    else:
        _print_table(statistics)
    return 0


def _print_table(statistics: "Statistics") -> None:
    from monitoring.cli.tables import write_table

    rows = [
        (name, *(_rounded(getattr(task, column)) for column in COLUMNS))
        for name, task in statistics.tasks.items()
    ]
    write_table(sys.stdout, ("task", *COLUMNS), rows)
    print(f"records: {statistics.records}, broken lines: {statistics.broken}, files: {statistics.files}")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
