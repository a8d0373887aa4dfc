"""Options, log and notices that several commands share."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from monitoring.record.visible import visible

if TYPE_CHECKING:
    from monitoring.config import MonitoringConfig

Commands = argparse._SubParsersAction  # argparse has no public name for it.


class MissingExtraError(Exception):
    """A command needs packages that the base install does not bring; the text names the extra that does."""


def add_command(
    commands: "Commands[argparse.ArgumentParser]",
    name: str,
    purpose: str,
    examples: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    """Add a command with its help; `run` returns the exit status."""
    command = commands.add_parser(
        name, help=purpose, epilog=examples, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command.set_defaults(run=run)
    return command


def add_log_option(command: argparse.ArgumentParser) -> None:
    """Add `--log`, the log that a command asks."""
    command.add_argument(
        "--log", type=file_name, metavar="FILE", help="default: qwen.log in LOG_DIR; - is the standard input"
    )


def file_name(text: str) -> Path:
    """Return the file that an option names; an empty name, as of a variable that is not set, is none."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty; name a file, such as logs/qwen.log")
    return Path(text)


def add_map_option(command: argparse.ArgumentParser) -> None:
    """Add `--map`, the field names of another program's log."""
    command.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="NAME=FIELD",
        help="a foreign log's name for one of our fields, such as latency:s=response_time_ms (a duration in "
        "s) or span.total_time=response_time_ms; may be repeated, or hold several names, separated by commas "
        "(default: LOG_MAP)",
    )
    command.add_argument(
        "--timezone",
        metavar="ZONE",
        help="the zone of times that tell none, such as Asia/Shanghai (default: LOG_TIMEZONE, else UTC)",
    )


def settings() -> "MonitoringConfig":
    """Return the settings of the environment.

    Raises:
        ValueError: A setting is wrong; the text names it, its value and what is allowed.
    """
    from pydantic import ValidationError

    from monitoring.config import MonitoringConfig, explain

    try:
        return MonitoringConfig()
    except ValidationError as error:
        raise ValueError(explain(error)) from error


def field_names(options: argparse.Namespace) -> dict[str, str]:
    """Return for each foreign name of `--map`, or else of LOG_MAP, our field.

    Raises:
        ValueError: It is not NAME=FIELD, or there is no such field.
    """
    if not options.map:
        # The settings take longer to import than a summary takes; they are left alone where nothing is set.
        if not os.environ.get("LOG_MAP"):
            return {}
        return settings().log_map
    from monitoring.record.mapping import parse_mapping

    return parse_mapping(options.map)


def time_zone(options: argparse.Namespace) -> tzinfo:
    """Return the zone of times that tell none: that of `--timezone`, else of LOG_TIMEZONE, else UTC.

    Raises:
        ValueError: There is no such zone.
    """
    name = options.timezone or os.environ.get("LOG_TIMEZONE")
    if not name:
        return UTC
    from monitoring.record.zones import zone_of

    try:
        return zone_of(name)
    except ValueError as error:
        raise ValueError(f"{'--timezone' if options.timezone else 'LOG_TIMEZONE'}: {error}") from error


def print_notices(notices: Iterable[str]) -> None:
    """Print what the user should know beside the result to the standard error output."""
    for notice in notices:
        print(f"note: {visible(notice)}", file=sys.stderr)
