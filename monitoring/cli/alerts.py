"""The command `alerts`: run the alert rules over a log, or check a file of rules."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from monitoring.cli.named_log import opened_log
from monitoring.cli.options import (
    Commands,
    add_command,
    add_map_option,
    field_names,
    file_name,
    print_notices,
    settings,
    time_zone,
)
from monitoring.cli.streams import OutputError

if TYPE_CHECKING:
    from collections import Counter

    from monitoring.alerts.rules import Rules
    from monitoring.alerts.watching.recorded_jumps import Dated
    from monitoring.window.line_decoder import LineDecoder

# Jumps of the clock that are told one by one.
MAX_JUMPS = 5

EXAMPLES = """\
examples:
  %(prog)s --replay logs/qwen.log
  %(prog)s --replay old.log.gz --rules my-rules.toml --json | jq -r .rule
  %(prog)s --replay foreign.log --map latency=response_time_ms && echo "nothing fired"
  %(prog)s --check --rules my-rules.toml

The rules are those of ALERT_RULES, else the shipped ones (monitoring/alerts/rules.toml). The exit status is
1 when something fired, 2 for wrong rules or a file that cannot be read.
"""


def add(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add the command."""
    command = add_command(commands, "alerts", "tell what the alert rules say of a log", EXAMPLES, run)
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--replay",
        type=file_name,
        metavar="FILE",
        help="run the rules over a log, of any program and form; - is the standard input",
    )
    what.add_argument("--check", action="store_true", help="only check the rules")
    command.add_argument(
        "--rules", type=file_name, metavar="FILE", help="default: ALERT_RULES, or the shipped rules"
    )
    command.add_argument("--json", action="store_true", help="one JSON object a line instead of a report")
    add_map_option(command)


def run(options: argparse.Namespace) -> int:
    """Print each alert that fires or is resolved; return 1 if one fired.

    Raises:
        ValueError: The rules are wrong, the log cannot be read, or it has nothing that a rule looks at.
    """
    from monitoring.alerts.rules_file import load_rules

    rules = load_rules(options.rules or settings().alert_rules)
    if options.check:
        print("the rules are fine")
        return 0
    try:
        with opened_log(options.replay) as path:
            fired, records = _replay(options, path, rules)
    except (BrokenPipeError, OutputError):  # Nothing is wrong with the log.
        raise
    except OSError as error:
        told = f"{options.replay} cannot be read: {error.strerror}" if error.strerror else str(error)
        raise ValueError(told) from error
    if not options.json:
        print(f"records: {records:,}, alerts fired: {fired}")
    return int(fired > 0)


def _replay(options: argparse.Namespace, path: Path, rules: "Rules") -> tuple[int, int]:
    """Print the changes of a log's alerts; return how many alerts fired, and of how many records."""
    from collections import Counter

    from monitoring.alerts.records import line_of, record_of
    from monitoring.alerts.replay import replay
    from monitoring.record.encode import to_line
    from monitoring.record.visible import visible
    from monitoring.window.line_decoder import LineDecoder
    from monitoring.writing.resources import machine

    fired = 0
    mapping = field_names(options)
    decoder, looked_at = LineDecoder(mapping, zone=time_zone(options)), Counter[str]()
    jumps: list[Dated] = []
    for change in replay(path, rules, machine(), decoder, looked_at=looked_at, jumps=jumps):
        fired += change.event == "alert.fired"
        text = to_line(record_of(change)).decode().rstrip() if options.json else line_of(change)
        print(visible(text))
    _check(decoder, mapping, looked_at, options.replay)
    print_notices(map(_told, jumps[:MAX_JUMPS]))
    if len(jumps) > MAX_JUMPS:
        print_notices([f"... and {len(jumps) - MAX_JUMPS:,} more jumps of the clock"])
    return fired, looked_at.total()


def _told(dated: "Dated") -> str:
    """Return what is said of a jump of the clock."""
    from monitoring.record.timestamps import timestamp

    moment = timestamp(dated.seen.time)
    return f"the clock jumped by {dated.jump:+,.0f} s to {moment}; for the rules, no time passed"


def _check(decoder: "LineDecoder", mapping: dict[str, str], looked_at: "Counter[str]", named: Path) -> None:
    """Say what was read; nothing is said to be fine that no rule has looked at.

    Raises:
        ValueError: The log has nothing that a rule looks at, or no record has a name of the mapping.
    """
    from monitoring.formats.reading_notes import ReadingNotes
    from monitoring.record.vocabulary import EVENTS, FINISHED

    records = looked_at.total()
    sentences = ReadingNotes.of(decoder.rows).checked(mapping, records, looked_at[FINISHED] > 0)
    if not any(looked_at[event] for event in EVENTS - {"log"}):
        what = f"{records:,} records were read, and no rule looks at any of them" if records else "no records"
        raise ValueError(f"{named}: {what}: {'; '.join(sentences)}")
    print_notices(sentences)
