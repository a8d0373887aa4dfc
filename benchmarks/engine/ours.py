"""This project's engine as a contender, and the measurements that only it takes part in."""

import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import torch

from benchmarks.engine.divergence import divergence
from benchmarks.engine.prompts import CHINESE, ENGLISH
from benchmarks.engine.typed_tasks import NAMES, send_message, task_figures
from inference.config import EngineConfig
from inference.engine.engine import Engine
from inference.loading import load_engine
from inference.tasks import load_tasks, tasks_of_message
from inference.tasks.chat import Chat
from inference.tasks.tasks_file import shipped_task
from inference.types import Caller, Chunk, Message, Sampling
from tests.inference.asking import ask_reply, ask_score, prepare_stream

# Tokens of a reply.
TOKENS = 48
GREEDY = Sampling(temperature=0, repetition_penalty=1.0, max_new_tokens=TOKENS)
HISTORY_TOKENS = 500
SUBJECTS = ("lighthouses", "the history of bread", "trains at night", "the sea")


class Ours:
    """This project's engine, as the app runs it."""

    def __init__(self, config: EngineConfig) -> None:
        loaded: list[Engine] = []
        # The engine is loaded in a thread of its own, as in the app. The compiled loops run fastest in one
        # thread, which is the engine's thread.
        tasks = tasks_of_message(load_tasks(on=NAMES))
        load = partial(load_engine, config, lambda progress: None, tasks=tasks)
        loading = threading.Thread(target=lambda: loaded.append(load()[0]))
        loading.start()
        loading.join()
        (self._engine,) = loaded
        generate(self._engine, "Hello", 4)

    def decode(self, text: str, tokens: int) -> float:
        """Write up to so many tokens; return the tokens per second after the first one."""
        return generate(self._engine, text, tokens).tokens_per_second or 0.0

    def sentiment(self, text: str) -> float:
        """Find the sentiment of a text; return the time in ms."""
        return timed(lambda: score(self._engine, text))

    def figures(self, rounds: int) -> dict[str, float]:
        """Return the figures of this engine alone."""
        return engine_figures(self._engine, rounds) | task_figures(self._engine, rounds)

    def divergence(self, expected: Sequence[tuple[list[int], torch.Tensor]]) -> float:
        """Return the divergence from the expected probabilities, in nats a token."""
        return divergence(self._engine._model, expected)


def engine_figures(engine: Engine, rounds: int) -> dict[str, float]:
    """Measure the engine through the interface of its callers."""
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
    """Return the time that the work takes, in ms."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def generate(engine: Engine, text: str, tokens: int = TOKENS) -> Chunk:
    """Write a reply; return its last chunk."""
    return ask_reply(engine, Chat.first_prompt(text), replace(GREEDY, max_new_tokens=tokens))


def score(engine: Engine, text: str) -> object:
    """Find the sentiment of a text."""
    sentiment = shipped_task("sentiment")
    return ask_score(engine, sentiment.first_prompt(text), sentiment.words)


def first_token(engine: Engine, text: str, with_sentiment: bool) -> float:
    """Return the time to first token in ms, with or without the sentiment of the same message."""
    _, ttft = send_message(engine, text, [shipped_task("sentiment")] if with_sentiment else [])
    return ttft


def four_streams(engine: Engine, texts: Sequence[str]) -> tuple[float, list[float]]:
    """Return the tokens per second of simultaneous replies, and their times to first token in ms."""
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
    """Return four messages that ask for long texts, so that each reply has its full length."""
    return [f"Write {pages} pages about {subject}." for subject in SUBJECTS]


def one_after_the_other(engine: Engine, texts: Sequence[str]) -> float:
    """Return the tokens per second of replies that are written one after the other."""
    began = time.perf_counter()
    tokens = sum(generate(engine, text).usage.output_tokens for text in texts)
    return tokens / (time.perf_counter() - began)


def second_turn(engine: Engine, number: int) -> tuple[float, float]:
    """Return two times to first token after some 500 tokens of history, in ms: cached and not cached."""
    once = Sampling(temperature=0, max_new_tokens=1)
    times = []
    for is_known in (True, False):
        words = f"{number} {is_known} " + "one two three four five six seven eight nine ten " * 50
        text = " ".join(words.split()[:HISTORY_TOKENS])
        begin = [*Chat.first_prompt(text), Message("assistant", "Fine.")]
        visitor = Caller(session=f"{number} {is_known}")
        if is_known:
            ask_reply(engine, begin[:-1], once, visitor)
        reply = ask_reply(engine, [*begin, Message("user", "And now?")], once, visitor)
        times.append(reply.ttft_ms or 0.0)
    return times[0], times[1]
