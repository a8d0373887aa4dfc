"""The engine beside the usual first version: tokens a second, times to first token, labels, quality, memory.

python -m benchmarks.inference_bench [--json FILE] [--rounds N] [--soak-seconds S]
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import torch
from gradio_client import Client

from benchmarks.engine.article import Article
from benchmarks.engine.divergence import divergence, replies
from benchmarks.engine.own_process import OwnProcess
from benchmarks.engine.peers import PEERS
from benchmarks.engine.prompts import CHINESE, ENGLISH, PROMPTS
from benchmarks.report import print_table, write_json
from inference.config import EngineConfig
from inference.engine.engine import Engine
from inference.loader import load_engine
from inference.model.language_model import Model
from inference.tasks.chat import Chat
from inference.tasks.sentiment import Sentiment
from inference.types import Chunk, Message, Sampling
from inference.weights.catalog import EMBEDDED
from inference.weights.obtain import Weights, obtain
from tests.inference.asking import ask_reply, ask_score, prepare_score, prepare_stream
from tests.running_app import RunningApp

TOKENS = 48  # of a reply
GREEDY = Sampling(temperature=0, repetition_penalty=1.0, max_new_tokens=TOKENS)
HISTORY_TOKENS = 500
SUBJECTS = ("lighthouses", "the history of bread", "trains at night", "the sea")
TURNS = 5  # of a conversation in the soak test
WARM_SECONDS = 180.0  # until the memory for conversations is full
SOAK_MESSAGES = 1000  # after which the memory's growth is told, and at the end of the soak test
Figures = dict[str, float]


class Ours:
    """This project's engine, as the app runs it."""

    def __init__(self, config: EngineConfig) -> None:
        loaded: list[Engine] = []
        # a thread of its own, as in the app: loops run best in one thread, and that is the engine's
        load = partial(load_engine, config, lambda progress: None)
        loading = threading.Thread(target=lambda: loaded.append(load()[0]))
        loading.start()
        loading.join()
        (self._engine,) = loaded
        generate(self._engine, "Hello", 4)

    def decode(self, text: str, tokens: int) -> float:
        """Write up to so many tokens; return how many came a second after the first."""
        return generate(self._engine, text, tokens).tokens_per_second or 0.0

    def sentiment(self, text: str) -> float:
        """Judge a text; return how many ms it took."""
        return timed(lambda: score(self._engine, text))

    def figures(self, rounds: int) -> Figures:
        """Measure what only this engine does."""
        return engine_figures(self._engine, rounds)

    def divergence(self, expected: Sequence[tuple[list[int], torch.Tensor]]) -> float:
        """Return how far it is from the expected."""
        return divergence(self._engine._model, expected)


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--rounds", type=int, default=5, help="of each measurement (default: 5)")
    parser.add_argument("--soak-seconds", type=float, default=600.0, help="of the soak test; 0 for none")
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
                print(f"{package} is not installed: not measured")
        decoded: dict[str, list[float]] = {name: [] for name in contenders}
        judged: dict[str, list[float]] = {"": [], "article_": []}
        for number in range(rounds):
            for name, contender in contenders.items():
                contender.call("decode", PROMPTS[-1], 4)  # awake
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


def engine_figures(engine: Engine, rounds: int) -> Figures:
    """Measure the engine as its callers get it."""
    together, alone, plain, riding = [], [], [], []
    long_together, long_alone = [], []
    for n in range(rounds):
        together.append(four_streams(engine, ENGLISH[4 * n :][:4]))
        alone.append(one_after_the_other(engine, CHINESE[4 * n :][:4]))
        long_together.append(four_streams(engine, for_long_replies(2 * n + 1))[0])
        long_alone.append(one_after_the_other(engine, for_long_replies(2 * n + 2)))
    for n in range(2 * rounds):
        plain.append(first_token(engine, f"{n}. {ENGLISH[n]}", False))
        riding.append(first_token(engine, f"{n}: {ENGLISH[n]}", True))
    turns = [second_turn(engine, number) for number in range(rounds)]
    return {
        "ttft_plain_ms": statistics.median(plain),
        "ttft_with_sentiment_ms": statistics.median(riding),
        "four_streams_tps": statistics.median(speed for speed, _ in together),
        "four_streams_ttft_p50_ms": statistics.median(ttft for _, times in together for ttft in times),
        "four_streams_fifo_tps": statistics.median(alone),
        "four_long_streams_tps": statistics.median(long_together),
        "four_long_streams_fifo_tps": statistics.median(long_alone),
        "turn2_ttft_reused_ms": statistics.median(reused for reused, _ in turns),
        "turn2_ttft_fresh_ms": statistics.median(fresh for _, fresh in turns),
    }


def timed(work: Callable[[], object]) -> float:
    """Return how many ms it takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def generate(engine: Engine, text: str, tokens: int = TOKENS) -> Chunk:
    """Have a reply written."""
    return ask_reply(engine, Chat.first_prompt(text), replace(GREEDY, max_new_tokens=tokens))


def score(engine: Engine, text: str) -> object:
    """Have a label found."""
    return ask_score(engine, Sentiment.first_prompt(text), Sentiment.words)


def first_token(engine: Engine, text: str, with_sentiment: bool) -> float:
    """Return the time to first token, in ms, with the label of the same message or without."""
    label, wait = prepare_score(engine, Sentiment.first_prompt(text), Sentiment.words)
    reply, chunks = prepare_stream(engine, Chat.first_prompt(text), GREEDY)
    engine.submit([label, reply] if with_sentiment else [reply])
    first = next(chunks)
    chunks.close()  # type: ignore[attr-defined]  # it is a generator
    if with_sentiment:
        wait()
    return first.ttft_ms or 0.0


def four_streams(engine: Engine, texts: Sequence[str]) -> tuple[float, list[float]]:
    """Return tokens a second of replies that are written together, and their times to first token, in ms."""
    began = time.perf_counter()
    prepared = [prepare_stream(engine, Chat.first_prompt(text), GREEDY) for text in texts]
    engine.submit([request for request, _ in prepared])
    streams = [chunks for _, chunks in prepared]
    ends: list[Chunk] = []
    readers = [threading.Thread(target=lambda s=stream: ends.append(list(s)[-1])) for stream in streams]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    seconds = time.perf_counter() - began
    return sum(end.usage.output_tokens for end in ends) / seconds, [end.ttft_ms or 0.0 for end in ends]


def for_long_replies(pages: int) -> list[str]:
    """Return what four visitors write who want so much that each reply has its full length."""
    return [f"Write {pages} pages about {subject}." for subject in SUBJECTS]


def one_after_the_other(engine: Engine, texts: Sequence[str]) -> float:
    """Return tokens a second of replies that are written one after the other."""
    began = time.perf_counter()
    tokens = sum(generate(engine, text).usage.output_tokens for text in texts)
    return tokens / (time.perf_counter() - began)


def second_turn(engine: Engine, number: int) -> tuple[float, float]:
    """Return times to first token after some 500 tokens of history, in ms: remembered, and never seen."""
    once = Sampling(temperature=0, max_new_tokens=1)
    times = []
    for is_known in (True, False):
        words = f"{number} {is_known} " + "one two three four five six seven eight nine ten " * 50
        text = " ".join(words.split()[:HISTORY_TOKENS])
        begin = [*Chat.first_prompt(text), Message("assistant", "Fine.")]
        if is_known:
            ask_reply(engine, begin[:-1], once)
        times.append(ask_reply(engine, [*begin, Message("user", "And now?")], once).ttft_ms or 0.0)
    return times[0], times[1]


def app_figures(soak_seconds: float) -> Figures:
    """Start the app with its defaults, and let visitors chat for so long."""
    with tempfile.TemporaryDirectory(prefix="inference-bench-") as folder:
        began = time.perf_counter()
        with RunningApp(Path(folder) / "logs", MODEL=EMBEDDED.name, MAX_NEW_TOKENS="8") as app:
            app.wait_for_page()
            page = time.perf_counter() - began
            app.wait_for_model()
            figures = {"page_s": page, "warm_start_s": time.perf_counter() - began}
            warm = soak(app, WARM_SECONDS if soak_seconds else 5.0)
            messages = warm + soak(app, soak_seconds)
            counts = {"soak": min(warm + SOAK_MESSAGES, messages), "soak_end": messages}
            before = memory_after(app, warm)
            memory = {name: memory_after(app, count) for name, count in counts.items()}
            growth = {f"{name}_growth_percent": 100 * (mb / before - 1) for name, mb in memory.items()}
            return {**figures, "rss_mb": memory["soak_end"], **growth, "soak_messages": messages - warm}


def memory_after(app: RunningApp, messages: int) -> float:
    """Return the memory in the first sample after so many messages were answered, in MiB."""
    moment = app.tasks("chat")[messages - 1]["timestamp"]
    samples = app.records("resource.sample")
    return float(next(s for s in samples if s["timestamp"] >= moment)["memory_usage_mb"])


def soak(app: RunningApp, seconds: float) -> int:
    """Chat for so long, four at a time, and wait for a sample of the memory; return how many messages."""
    end = time.monotonic() + seconds
    counts = [0] * 4

    def visit(visitor: int) -> None:
        while time.monotonic() < end:
            if counts[visitor] % TURNS == 0:  # a new conversation, as another visitor has one
                client = Client(app.url, verbose=False)
            client.predict(PROMPTS[(visitor * 10 + counts[visitor]) % len(PROMPTS)], api_name="/chat")
            counts[visitor] += 1

    visitors = [threading.Thread(target=visit, args=(visitor,)) for visitor in range(4)]
    for thread in visitors:
        thread.start()
    for thread in visitors:
        thread.join()
    time.sleep(6)  # the next sample of the resources
    return sum(counts)


if __name__ == "__main__":
    main()
