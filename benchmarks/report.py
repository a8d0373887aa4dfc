"""The results of a benchmark: a table for people, and a flat JSON object for programs."""

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table; the first column is text, and the others are figures."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    print(f"\n{title} ({platform.machine()}, Python {platform.python_version()})\n")
    for row in (head, ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])], *rows):
        figures = zip(row[1:], widths[1:], strict=True)
        print(
            " | ".join(["| " + row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in figures)])
            + " |"
        )


def write_json(path: Path | None, figures: Mapping[str, float]) -> None:
    """Write the figures to the file of `--json`, if there is one."""
    if path is not None:
        path.write_text(json.dumps(dict(figures), indent=2) + "\n", encoding="utf-8")
