"""Long conversations with the service, as the page has them, and many visitors at once."""

import statistics
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import psutil

from benchmarks.engine.prompts import PROMPTS
from inference.config import EngineConfig
from inference.engine.engine import Engine
from inference.events import Failed
from inference.loader import Loader
from inference.loading import load_engine
from inference.service import Service
from inference.types import Chunk, Message
from tests.inference.serving import RecordingObserver

VISITORS = 16
# Words of what each of many visitors has said before, some 600 tokens: in the default model's shape these
# take 120 MiB, so that all visitors together come to the limit.
HISTORY_WORDS = 95
SAMPLE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Turn:
    """The figures of one message and its reply."""

    prompt_tokens: int
    cached_tokens: int
    ttft_ms: float
    text: str


class Conversations:
    """A service with all its tasks, loaded as the app loads it."""

    def __init__(self, config: EngineConfig) -> None:
        done = threading.Event()
        self._loader = Loader(partial(load_engine, config), lambda loader: done.set())
        self._loader.start()
        done.wait()
        self._service = Service(self._loader, RecordingObserver(), config)
        ask(self._service, "Hello", [], "warm-up")

    def turns(self, count: int) -> list[Turn]:
        """Have one conversation of so many messages."""
        return converse(self._service, count)

    def visitors(self) -> dict[str, float]:
        """Answer many visitors at once, each with a long history; return the peaks of memory in MiB."""
        return visit_at_once(self._service, self._loader.engine)


def converse(service: Service, count: int) -> list[Turn]:
    """Have one conversation of so many messages, with its whole history each time, as the page does."""
    history: list[Message] = []
    turns = []
    for number in range(count):
        message = f"{number + 1}. {PROMPTS[number % len(PROMPTS)]}"
        turns.append(ask(service, message, history, "conversation"))
        history += [Message("user", message), Message("assistant", turns[-1].text)]
    return turns


def visit_at_once(service: Service, engine: Engine) -> dict[str, float]:
    """Answer many visitors at once, each with a long history; return the peaks of memory in MiB."""
    with peaks(engine) as found:
        threads = [
            threading.Thread(target=ask, args=(service, PROMPTS[n], long_history(n), f"visitor {n}"))
            for n in range(VISITORS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return found


def ask(service: Service, message: str, history: Sequence[Message], session: str) -> Turn:
    """Return the figures of one message.

    Raises:
        Exception: what ended the reply.
    """
    chunks = []
    for event in service.respond(message, history, session):
        if isinstance(event, Failed):
            raise event.error
        if isinstance(event, Chunk):
            chunks.append(event)
    usage, text = chunks[-1].usage, "".join(chunk.text for chunk in chunks)
    return Turn(usage.prompt_tokens, usage.cached_tokens, chunks[-1].ttft_ms or 0.0, text)


def long_history(number: int) -> list[Message]:
    """Return what a visitor has said before, which is different for each."""
    words = " ".join(f"{number}:{word}" for word in range(HISTORY_WORDS))
    return [Message("user", f"Remember: {words}"), Message("assistant", "I will.")]


@contextmanager
def peaks(engine: Engine) -> Iterator[dict[str, float]]:
    """Measure the highest memory of keys and values, and of the process, while the block runs, in MiB."""
    found = {"kv_peak_mb": 0.0, "rss_peak_mb": 0.0}
    process, done = psutil.Process(), threading.Event()

    def sample() -> None:
        while not done.wait(SAMPLE_SECONDS):
            now = {"kv_peak_mb": engine.kv_bytes, "rss_peak_mb": process.memory_info().rss}
            for name, size in now.items():
                found[name] = max(found[name], size / 2**20)

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield found
    finally:
        done.set()
        sampler.join()


def is_trimmed(turns: Sequence[Turn]) -> list[bool]:
    """Tell of each turn whether its history was cut: its prompt is shorter than the one before."""
    before = [0, *(turn.prompt_tokens for turn in turns)]
    return [turn.prompt_tokens < previous for turn, previous in zip(turns, before, strict=False)]


def summary(turns: Sequence[Turn]) -> dict[str, float]:
    """Return the figures of a conversation."""
    median = statistics.median(turn.ttft_ms for turn in turns)
    cut = is_trimmed(turns)
    slowest = max(turn.ttft_ms for turn, was_cut in zip(turns, cut, strict=True) if not was_cut)
    return {
        "ttft_p50_ms": median,
        "ttft_max_over_median_untrimmed": slowest / median,
        "trims": float(sum(cut)),
    }
