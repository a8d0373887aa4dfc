"""Long conversations: the time to first token of each turn, and the memory of many visitors at once.

python -m benchmarks.conversation_bench [--json FILE] [--turns N] [--default-shape-turns N] [--model NAME]
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.engine.conversation import Conversations, Turn, is_trimmed, summary
from benchmarks.engine.own_process import OwnProcess
from benchmarks.engine.random_weights import write_default_shape
from benchmarks.report import print_table, write_json
from inference.config import EngineConfig
from inference.weights.catalog import EMBEDDED
from inference.weights.obtain import obtain

TURNS = 120
REPLY_TOKENS = 32


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    parser.add_argument("--turns", type=int, default=TURNS, help=f"turns (default: {TURNS})")
    parser.add_argument(
        "--default-shape-turns",
        type=int,
        default=TURNS,
        help=f"turns with random weights in the default model's shape; 0 for none (default: {TURNS})",
    )
    parser.add_argument("--model", default=EMBEDDED.name, help=f"the model (default: {EMBEDDED.name})")
    options = parser.parse_args()
    config = EngineConfig(model=options.model, max_new_tokens=REPLY_TOKENS)
    figures = measured(config, options.model, options.turns)
    if options.default_shape_turns:
        figures |= in_default_shape(config, options.default_shape_turns)
    print_table("Summary", ("figure", "value"), [(name, f"{value:,.4g}") for name, value in figures.items()])
    write_json(options.json, figures)


def in_default_shape(config: EngineConfig, turns: int) -> dict[str, float]:
    """Measure a model of random weights; its figures begin with `default_shape_`."""
    tokenizer = obtain(config.model_copy(update={"model": EMBEDDED.name}), lambda progress: None).folder
    with tempfile.TemporaryDirectory(prefix="default-shape-") as parent:
        folder = Path(parent) / "random-weights"
        write_default_shape(folder, tokenizer)
        own = config.model_copy(update={"model": str(folder)})
        figures = measured(own, "random weights in the default model's shape", turns)
    return {f"default_shape_{name}": value for name, value in figures.items()}


def measured(config: EngineConfig, title: str, count: int) -> dict[str, float]:
    """Have one conversation and then many at once, in a process of their own; print the turns."""
    with OwnProcess(Conversations, config) as process:
        turns: list[Turn] = process.call("turns", count)
        peaks: dict[str, float] = process.call("visitors")
    print_turns(title, turns)
    return {"turns": float(count), **summary(turns), **peaks}


def print_turns(title: str, turns: Sequence[Turn]) -> None:
    """Print a row for each turn; one whose history was cut is marked."""
    rows = [
        (
            f"{number}{' (cut)' if was_cut else ''}",
            f"{turn.prompt_tokens:,}",
            f"{turn.cached_tokens:,}",
            f"{turn.ttft_ms:,.0f}",
        )
        for number, (turn, was_cut) in enumerate(zip(turns, is_trimmed(turns), strict=True), 1)
    ]
    print_table(title, ("turn", "prompt tokens", "of them cached", "first token, ms"), rows)


if __name__ == "__main__":
    main()
