"""The command `alerts`: run the alert rules over a log, or check a file of rules."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from monitoring.cli.options import Commands, add_command, add_map_option, field_names, settings

if TYPE_CHECKING:
    from monitoring.alerts.rules import Rules

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
    what.add_argument("--replay", type=Path, metavar="FILE", help="run the rules over a log, plain or .gz")
    what.add_argument("--check", action="store_true", help="only check the rules")
    command.add_argument(
        "--rules", type=Path, metavar="FILE", help="default: ALERT_RULES, or the shipped rules"
    )
    command.add_argument("--json", action="store_true", help="one JSON object a line instead of a report")
    add_map_option(command)


def run(options: argparse.Namespace) -> int:
    """Print each alert that fires or is resolved; return 1 if one fired.

    Raises:
        ValueError: The rules are wrong, or the log cannot be read.
    """
    from monitoring.alerts.rules_file import load_rules
    from monitoring.storage.blocks import DAMAGED

    rules = load_rules(options.rules or settings().alert_rules)
    if options.check:
        print("the rules are fine")
        return 0
    try:
        fired = _replay(options, rules)
    except BrokenPipeError:  # The reader of the output has gone; nothing is wrong with the log.
        raise
    except DAMAGED as error:
        raise ValueError(f"{options.replay} is damaged: {error}") from error
    except OSError as error:
        raise ValueError(f"{options.replay} cannot be read: {error.strerror or error}") from error
    if not options.json:
        print(f"alerts fired: {fired}")
    return int(fired > 0)


def _replay(options: argparse.Namespace, rules: "Rules") -> int:
    """Print the changes of a log's alerts; return how many alerts fired."""
    from monitoring.alerts.records import line_of, record_of
    from monitoring.alerts.replay import replay
    from monitoring.record.encode import to_line
    from monitoring.record.visible import visible
    from monitoring.writing.resources import machine

    fired = 0
    for change in replay(options.replay, rules, machine(), field_names(options)):
        fired += change.event == "alert.fired"
        text = to_line(record_of(change)).decode().rstrip() if options.json else line_of(change)
        print(visible(text))
    return fired
