"""The command `drill`: make a fault in the running app, and see which alert tells of it."""

import argparse

from monitoring.cli.options import Commands, add_command, print_notices

EXAMPLES = """\
examples:
  DRILLS=1 python app.py &       (the app must allow drills)
  %(prog)s slow_model            (one of those that `%(prog)s` lists)
  %(prog)s all --json | jq .passed

A drill makes a fault in the running app, for real: whoever uses it at that time is hurt, too. The exit status
is 1 when an alert came late, never or beside others, 2 when the drill could not be run.
"""
DEFAULT_URL = "http://127.0.0.1:7860"


def add(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add the command."""
    command = add_command(
        commands, "drill", "make a fault in the running app, and see which alert tells of it", EXAMPLES, run
    )
    command.add_argument("name", nargs="?", help="which one, or all; left out: list them")
    command.add_argument("--url", default=DEFAULT_URL, help="where the app answers (default: %(default)s)")
    command.add_argument("--json", action="store_true", help="one JSON object a drill instead of a sentence")


def run(options: argparse.Namespace) -> int:
    """Run drills in the app, or list them; return 1 if one did not pass."""
    from container.proxies import use_proxies
    from monitoring.cli.drill_client import describe, names_of, run_drills
    from monitoring.history.values import to_json

    print_notices(use_proxies())
    if options.name is None:
        print("\n".join(names_of(options.url)))
        return 0
    passed = True
    for result in run_drills(options.url, options.name, lambda text: print_notices([text])):
        passed = passed and result["passed"]
        print(to_json(result) if options.json else describe(result), flush=True)
    return int(not passed)
