"""`python -m monitoring`, or `qwen-log` once installed: what a log says, asked from a shell."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from monitoring.cli import alerts, drill, query, records, summary
from monitoring.cli.options import MissingExtraError
from monitoring.cli.streams import OutputError, discard_output, prepare_streams
from monitoring.record.visible import visible_lines

# Commands import what they need when they run: a summary takes less time than importing DuckDB does.
COMMANDS = (query, summary, alerts, records, drill)
INSTALLED_NAME = "qwen-log"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its status, 1 where a file cannot be read, 2 for a wrong query or setting."""
    options = _parser().parse_args(arguments)
    try:
        prepare_streams()
        status: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # The reader has gone, as with `| head`.
        discard_output()
        return 0
    except OutputError as error:
        discard_output()
        return _fail(error, 1)
    except OSError as error:
        return _fail(error, 1)
    except (ValueError, MissingExtraError) as error:
        return _fail(error, 2)
    return status


def _fail(error: Exception, status: int) -> int:
    print(f"error: {visible_lines(str(error))}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    is_installed = Path(sys.argv[0]).stem == INSTALLED_NAME
    program = INSTALLED_NAME if is_installed else "python -m monitoring"
    parser = argparse.ArgumentParser(prog=program, description="Ask the log what it says.")
    commands = parser.add_subparsers(required=True, metavar="command")
    for command in COMMANDS:
        command.add(commands)
    return parser
