"""The command `query`: ask the log with SQL."""

import argparse
import signal
import sys

from monitoring.cli.named_log import named_log
from monitoring.cli.options import (
    Commands,
    MissingExtraError,
    add_command,
    add_log_option,
    add_map_option,
    field_names,
    print_notices,
    time_zone,
)
from monitoring.cli.streams import standard_input

EXAMPLES = """\
examples:
  %(prog)s 'describe log'
  %(prog)s 'select task_type, quantile_cont(response_time_ms, .95) from log group by 1'
  %(prog)s --format csv 'select timestamp, response_time_ms from log' > times.csv
  %(prog)s --log other.log --map latency=response_time_ms \\
      'select max(response_time_ms) from log'
  %(prog)s - < query.sql

Put a query into single quotes, never into double ones: there the shell runs what stands in $(...) and `...`.
A query that holds quotes itself is best read from a file, as in the last example.

The table `log` is the log with all its rotated files, also the compressed ones. Times are in UTC.
Files are only read; a query is one SELECT (or FROM, WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE).
"""


def add(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add the command."""
    command = add_command(commands, "query", "ask with SQL", EXAMPLES, run)
    add_log_option(command)
    add_map_option(command)
    command.add_argument("sql", help="one SELECT over the table `log`; - reads it from the standard input")
    command.add_argument(
        "--format", choices=("table", "json", "csv"), default="table", help="json is one object a line"
    )


def run(options: argparse.Namespace) -> int:
    """Print the answer to a query; return 0."""
    from monitoring.cli.tables import WRITERS

    try:
        from monitoring.history.sql import query
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"SQL needs {error.name}, which is not installed: pip install 'qwen-all-in-one[sql]'"
        ) from error

    # DuckDB lets no Python handler run while it computes, so Ctrl-C must end the process by itself.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sql = standard_input().read() if options.sql == "-" else options.sql
    with named_log(options) as path:
        answer = query(path, sql, field_names(options), zone=time_zone(options))
        print_notices(answer.notices)
        WRITERS[options.format](sys.stdout, answer.columns, answer.rows)
    return 0
