"""`python -m monitoring`: what a log says, asked from a shell."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitoring.history.scan import Statistics

# Each command imports what it needs: a summary is done before DuckDB or the settings are imported.

QUERY_EXAMPLES = """\
examples:
  python -m monitoring query "describe log"
  python -m monitoring query "select task_type, quantile_cont(response_time_ms, .95) from log group by 1"
  python -m monitoring query "select timestamp, error_type, error_message from log where status = 'error'
                              order by timestamp desc limit 20"
  python -m monitoring query --format csv "from log where task_type = 'chat'" > chats.csv
  python -m monitoring query --log other.log --map latency=response_time_ms \\
      "select max(response_time_ms) from log"

The table `log` is the log with all its rotated files, also the compressed ones. Times are in UTC.
Files are only read; a query is one SELECT (or FROM, WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE).
"""

SUMMARY_EXAMPLES = """\
examples:
  python -m monitoring summary
  python -m monitoring summary --json | jq .tasks.chat.p95_ms
  python -m monitoring summary --log other.log --map latency=response_time_ms --map kind=task_type

Percentiles are exact, and of requests that ended ok. Lines that are no records are counted as broken.
"""

ALERTS_EXAMPLES = """\
examples:
  python -m monitoring alerts --replay logs/qwen.log
  python -m monitoring alerts --replay old.log.gz --rules my-rules.toml --json | jq -r .rule
  python -m monitoring alerts --replay foreign.log --map latency=response_time_ms && echo "nothing fired"
  python -m monitoring alerts --check --rules my-rules.toml

The rules are those of ALERT_RULES, else the shipped ones (monitoring/alerts/rules.toml). The exit status is
1 when something fired, 2 for wrong rules or a file that cannot be read.
"""

DRILL_EXAMPLES = """\
examples:
  DRILLS=1 python app.py &                       the app must allow drills
  python -m monitoring drill slow_model          one of those that `python -m monitoring drill` lists
  python -m monitoring drill all --json | jq .passed

A drill makes a fault in the running app, for real: whoever uses it at that time is hurt, too. The exit status
is 1 when an alert came late, never or beside others, 2 when the drill could not be run.
"""

DRILL_URL = "http://127.0.0.1:7860"

SUMMARY_COLUMNS = ("requests", "ok", "errors", "rejected", "cancelled", "p50_ms", "p95_ms", "p99_ms")


class MissingExtraError(Exception):
    """A command needs packages that the base install does not bring; the text says which extra does."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 where a file cannot be read, 2 for a wrong query."""
    options = _parser().parse_args(arguments)
    status = 0
    try:
        status = options.run(options) or 0
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # as with `| head`: what is left to write has no reader
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        return _fail(error, 1)
    except (ValueError, MissingExtraError) as error:  # a query, a mapping or a setting
        return _fail(error, 2)
    return status


def _fail(error: Exception, status: int) -> int:
    print(f"error: {error}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m monitoring", description="Ask the log what it says.")
    commands = parser.add_subparsers(required=True, metavar="command")
    query = _command(commands, "query", "ask with SQL", QUERY_EXAMPLES)
    query.add_argument("sql", help="one SELECT over the table `log`")
    query.add_argument(
        "--format", choices=("table", "json", "csv"), default="table", help="json is one object a line"
    )
    query.set_defaults(run=_query)
    summary = _command(
        commands, "summary", "count requests, with percentiles of their times", SUMMARY_EXAMPLES
    )
    summary.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    summary.set_defaults(run=_summary)
    alerts = commands.add_parser(
        "alerts",
        help="tell what the alert rules say of a log",
        epilog=ALERTS_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = alerts.add_mutually_exclusive_group(required=True)
    what.add_argument("--replay", type=Path, metavar="FILE", help="run the rules over a log, plain or .gz")
    what.add_argument("--check", action="store_true", help="only check the rules")
    alerts.add_argument(
        "--rules", type=Path, metavar="FILE", help="default: ALERT_RULES, or the shipped rules"
    )
    alerts.add_argument("--json", action="store_true", help="one JSON object a line instead of a report")
    _add_map(alerts)
    alerts.set_defaults(run=_alerts)
    drill = commands.add_parser(
        "drill",
        help="make a fault in the running app, and see which alert tells of it",
        epilog=DRILL_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    drill.add_argument("name", nargs="?", help="which one, or all; left out: list them")
    drill.add_argument("--url", default=DRILL_URL, help="where the app answers (default: %(default)s)")
    drill.add_argument("--json", action="store_true", help="one JSON object a drill instead of a sentence")
    drill.set_defaults(run=_drill)
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, does: str, examples: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name, help=does, epilog=examples, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command.add_argument("--log", type=Path, metavar="FILE", help="default: qwen.log in LOG_DIR")
    _add_map(command)
    return command


def _add_map(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="NAME=FIELD",
        help="a foreign log's name for one of our fields; may be repeated",
    )


def _query(options: argparse.Namespace) -> None:
    from monitoring.cli.tables import WRITERS

    try:
        from monitoring.history.sql import query
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"SQL needs {error.name}, which is not installed: pip install 'qwen-all-in-one[sql]'"
        ) from error

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # DuckDB lets no Python handler run while it computes
    answer = query(_log(options), options.sql, _mapping(options))
    _hint(answer.notices)
    WRITERS[options.format](sys.stdout, answer.columns, answer.rows)


def _summary(options: argparse.Namespace) -> None:
    from monitoring.history.scan import scan

    path = _log(options)
    statistics = scan(path, _mapping(options), workers=len(os.sched_getaffinity(0)))
    if not statistics.records:
        _hint([f"{path} is empty or missing: there are no records"])
    if options.json:
        from monitoring.cli.tables import to_json

        print(to_json(statistics))
    else:
        _print_summary(statistics)


def _alerts(options: argparse.Namespace) -> int:
    from monitoring.alerts.records import line_of, record_of
    from monitoring.alerts.replay import replay
    from monitoring.alerts.rules_file import load_rules
    from monitoring.config import MonitoringConfig
    from monitoring.record.encode import to_line
    from monitoring.storage.blocks import DAMAGED
    from monitoring.writing.resources import machine

    rules = load_rules(options.rules or MonitoringConfig().alert_rules)
    if options.check:
        print("the rules are fine")
        return 0
    fired = 0
    try:
        for change in replay(options.replay, rules, machine(), _mapping(options)):
            fired += change.event == "alert.fired"
            text = to_line(record_of(change)).decode().rstrip() if options.json else line_of(change)
            print(text)
    except BrokenPipeError:  # of the output: nothing is wrong with the log
        raise
    except DAMAGED as error:
        raise ValueError(f"{options.replay} is damaged: {error}") from error
    except OSError as error:
        raise ValueError(f"{options.replay} cannot be read: {error.strerror or error}") from error
    if not options.json:
        print(f"alerts fired: {fired}")
    return int(fired > 0)


def _drill(options: argparse.Namespace) -> int:
    from monitoring.cli.drill_client import describe, names_of, run_drills
    from monitoring.cli.tables import to_json

    if options.name is None:
        print("\n".join(names_of(options.url)))
        return 0
    passed = True
    for run in run_drills(options.url, options.name, lambda text: _hint([text])):
        passed = passed and run["passed"]
        print(to_json(run) if options.json else describe(run), flush=True)
    return int(not passed)


def _print_summary(statistics: "Statistics") -> None:
    from monitoring.cli.tables import write_table

    rows = [
        (name, *(_rounded(getattr(task, column)) for column in SUMMARY_COLUMNS))
        for name, task in statistics.tasks.items()
    ]
    write_table(sys.stdout, ("task", *SUMMARY_COLUMNS), rows)
    print(f"records: {statistics.records}, broken lines: {statistics.broken}, files: {statistics.files}")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _log(options: argparse.Namespace) -> Path:
    if options.log is not None:
        path: Path = options.log
        return path
    from monitoring.config import MonitoringConfig

    return MonitoringConfig().log_path


def _mapping(options: argparse.Namespace) -> dict[str, str]:
    if not options.map:
        return {}
    from monitoring.record.mapping import parse_mapping

    return parse_mapping(options.map)


def _hint(notices: Sequence[str]) -> None:
    for notice in notices:
        print(f"note: {notice}", file=sys.stderr)
