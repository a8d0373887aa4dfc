"""Typed questions over the API beside transformers' decision pipeline: how often right, and how fast.

python -m benchmarks.decisions_bench [--json FILE] [--texts N] [--rounds N]
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import mean, median

from benchmarks.decisions.ours import Asked
from benchmarks.decisions.peer import Peer
from benchmarks.decisions.questions import MADE_UP, SENTIMENT, TEN
from benchmarks.decisions.sets import Labelled, data_folder, labelled_texts
from benchmarks.decisions.task import Task
from benchmarks.decisions.unsure import Judged, least_limit, right_share, unsure_share
from benchmarks.engine.own_process import OwnProcess
from benchmarks.report import print_table, write_json
from inference.config import EngineConfig
from inference.weights.catalog import EMBEDDED
from inference.weights.obtain import obtain
from tests.running_app import RunningApp

Figures = dict[str, float]
AT_ONCE = 16
OFTEN = "1000000000"  # requests a minute
# Texts of usual length, for ten questions beside one.
USUAL_CHARS = range(80, 200)


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file, too")
    parser.add_argument("--texts", type=int, default=400, help="texts of each set (default: 400)")
    parser.add_argument("--rounds", type=int, default=10, help="rounds of ten questions (default: 10)")
    options = parser.parse_args()
    sets = labelled_texts(data_folder(), options.texts)
    if not sets:
        print(f"{data_folder()} has no sentiment/*.csv: name a folder by BENCH_DATA", file=sys.stderr)
        return
    config = EngineConfig(model=EMBEDDED.name)
    weights = obtain(config, lambda progress: None)
    with (
        tempfile.TemporaryDirectory(prefix="decisions-bench-") as folder,
        OwnProcess(Peer, weights.folder) as peer,
        OwnProcess(Task, config) as task,
        RunningApp(
            Path(folder) / "logs",
            MODEL=EMBEDDED.name,
            MESSAGES_PER_MINUTE=OFTEN,
            MAX_PER_CLIENT=str(2 * AT_ONCE),
        ) as app,
    ):
        app.wait_for_page()
        app.wait_for_model()
        asked = Asked(app.url)
        figures = quality(asked, peer, task, sets) | speed(asked, peer, sets, options.rounds)
        print(f"\nThe peer's best settings: {peer.call('settings')}.")
    rows = [(name, f"{value:,.4g}") for name, value in figures.items()]
    print_table(weights.name, ("figure", "value"), rows)
    write_json(options.json, figures)


def quality(asked: Asked, peer: OwnProcess, task: OwnProcess, sets: dict[str, list[Labelled]]) -> Figures:
    """Ask for the sentiment of each text in turns; return how often it was right, and the times."""
    figures: Figures = {}
    judged: dict[str, list[Judged]] = {}
    ours_ms, peer_ms = [], []
    same = count = 0
    for name, texts in sets.items():
        right: dict[str, list[bool]] = {"accuracy": [], "peer_accuracy": [], "made_up_accuracy": []}
        for each in texts:
            expected = "positive" if each.is_positive else "negative"
            ((answer,), ms), (theirs, theirs_ms) = (
                asked.ask(each.text, [SENTIMENT]),
                peer.call("ask", each.text),
            )
            ((made_up,), _) = asked.ask(each.text, [MADE_UP])
            ours_ms.append(ms)
            peer_ms.append(theirs_ms)
            same += answer["choice"] == task.call("label", each.text)
            count += 1
            choices = (answer["choice"], theirs, made_up["choice"])
            for found, choice in zip(right.values(), choices, strict=True):
                found.append(choice == expected)
            best = max(value["probability"] for value in answer["probabilities"])
            judged.setdefault(name, []).append((best, answer["choice"] == expected))
        figures |= {f"{key}_{name}": mean(found) for key, found in right.items()}
    print(f"\n{same} of {count} labels of /v1/decisions are those of the sentiment task.")
    print_unsure(judged)
    return figures | {"decision_ms": median(ours_ms), "peer_decision_ms": median(peer_ms)}


def print_unsure(judged: dict[str, list[Judged]]) -> None:
    """Print what stays of each set above some limits, and how much of it is right."""
    least = least_limit(judged)
    together = judged | {"all": [each for found in judged.values() for each in found]}
    head = (
        "unsure_below",
        *(f"{name}: right" for name in together),
        *(f"{name}: unsure" for name in together),
    )
    rows = [
        (
            f"{limit:.2f}" + (" (95 % right in each)" if limit == least else ""),
            *(f"{right_share(found, limit):.3f}" for found in together.values()),
            *(f"{unsure_share(found, limit):.3f}" for found in together.values()),
        )
        for limit in sorted({0.0, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, least})
    ]
    print_table("Sentiment: answers below a limit are unsure", head, rows)


def speed(asked: Asked, peer: OwnProcess, sets: dict[str, list[Labelled]], rounds: int) -> Figures:
    """Return the cost of ten questions beside one, and the texts a second of many callers."""
    texts = [each.text for found in zip(*sets.values(), strict=False) for each in found]
    usual = [text for text in texts if len(text) in USUAL_CHARS][:rounds] or texts[:rounds]
    # What the model leans to is found out once for each question.
    asked.ask(usual[0], TEN)
    ratios = []
    for number, text in enumerate(usual):
        one = asked.ask(text, [TEN[number % len(TEN)]])[1]
        ratios.append(asked.ask(text, TEN)[1] / one)
    many = texts[: 4 * AT_ONCE]
    return {
        "ten_questions_ratio": median(ratios),
        "texts_per_second_16": asked.per_second(many, SENTIMENT, AT_ONCE),
        "peer_texts_per_second": peer.call("per_second", many),
    }


if __name__ == "__main__":
    main()
