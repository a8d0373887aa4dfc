"""The engine beside its peers and the usual first version: speed, quality, memory.

python -m benchmarks.inference_bench [--json FILE] [--rounds N] [--soak-seconds S]
"""

import argparse
import statistics
import sys
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from benchmarks.engine.article import Article
from benchmarks.engine.divergence import replies
from benchmarks.engine.ours import TOKENS, Ours
from benchmarks.engine.own_process import OwnProcess
from benchmarks.engine.peers import PEERS
from benchmarks.engine.prompts import PROMPTS
from benchmarks.engine.soak import app_figures
from benchmarks.report import print_table, write_json
from inference.config import EngineConfig
from inference.model.language_model import Model
from inference.weights.builder import Weights
from inference.weights.catalog import EMBEDDED
from inference.weights.obtain import obtain

Figures = dict[str, float]


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each measurement (default: 5)")
    parser.add_argument("--soak-seconds", type=float, default=600.0, help="seconds of the soak test")
    options = parser.parse_args()
    config = EngineConfig(model=EMBEDDED.name)
    weights = obtain(config, lambda progress: None)
    figures = beside_others(config, weights, options.rounds)
    figures |= app_figures(options.soak_seconds)
    rows = [(name, f"{value:,.4g}") for name, value in figures.items()]
    print_table(weights.name, ("figure", "value"), rows)
    write_json(options.json, figures)


def beside_others(config: EngineConfig, weights: Weights, rounds: int) -> Figures:
    """Measure this engine, the usual first version, and the peers that are installed, round by round."""
    expected = replies(Model(weights.folder, weights.name, "fp32"), PROMPTS)
    files = config.cache / "benchmarks"
    with ExitStack() as processes:
        contenders = {
            "": processes.enter_context(OwnProcess(Ours, config)),
            "article_": processes.enter_context(OwnProcess(Article, weights.folder)),
        }
        for name, (package, build) in PEERS.items():
            if find_spec(package):
                contenders[f"{name}_"] = processes.enter_context(OwnProcess(build, files))
            else:
                print(
                    f"{package} is not installed, so it is left out: see benchmarks/README.md",
                    file=sys.stderr,
                )
        decoded: dict[str, list[float]] = {name: [] for name in contenders}
        judged: dict[str, list[float]] = {"": [], "article_": []}
        for number in range(rounds):
            for name, contender in contenders.items():
                # A short reply wakes the process up.
                contender.call("decode", PROMPTS[-1], 4)
                decoded[name].append(contender.call("decode", PROMPTS[number], TOKENS))
            for name, times in judged.items():
                times += [contenders[name].call("sentiment", text) for text in PROMPTS[2 * number :][:2]]
        ours = contenders[""]
        own: Figures = ours.call("figures", rounds)
        return (
            {f"{name}decode_tps": statistics.median(speeds) for name, speeds in decoded.items()}
            | {f"{name}sentiment_ms": statistics.median(times) for name, times in judged.items()}
            | own
            | {"kl_to_fp32": ours.call("divergence", expected)}
        )


if __name__ == "__main__":
    main()
