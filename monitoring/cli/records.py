"""The command `records`: print a log as records of ours, for jq and other tools."""

import argparse
import sys

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

EXAMPLES = """\
examples:
  %(prog)s --log pino.log | jq 'select(.status == "error")'
  kubectl logs my-pod | %(prog)s --log - > records.jsonl

Each record is one line of JSON with our names, as docs/log-record.md describes it, whatever program wrote it.
"""


def add(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add the command."""
    command = add_command(commands, "records", "print any log as records of ours", EXAMPLES, run)
    add_log_option(command)
    add_map_option(command)


def run(options: argparse.Namespace) -> int:
    """Print the records of a log; return 0.

    Raises:
        ValueError: no line of it could be read, or no record has a name of the mapping.
        OSError: it cannot be read.
    """
    from monitoring.formats.reading_notes import ReadingNotes
    from monitoring.history.records import records_of

    mapping, notes, count = field_names(options), ReadingNotes(), 0
    out = sys.stdout.buffer
    with named_log(options) as path:
        for lines in records_of(path, mapping, time_zone(options), notes):
            count += len(lines)
            out.writelines(line + b"\n" for line in lines)
    out.flush()
    print_notices(notes.checked(mapping, count))
    return 0
