"""The cost of more typed tasks beside a message: when its labels are there, and its reply's first token."""

import statistics
import time
from collections.abc import Sequence

from benchmarks.engine.prompts import ENGLISH
from inference.engine.engine import Engine
from inference.tasks.chat import Chat
from inference.tasks.tasks_file import load_tasks
from inference.tasks.typed_task import TypedTask
from inference.types import Sampling
from tests.inference.asking import prepare_score, prepare_stream

# The task that is asked of each message, and two that wait to be named.
NAMES = ("sentiment", "toxicity", "urgency")
FIRST_TOKEN = Sampling(temperature=0, max_new_tokens=2)


def task_figures(engine: Engine, rounds: int) -> dict[str, float]:
    """Measure messages with one task and with three in turns; return medians in ms."""
    tasks = [task for task in load_tasks(on=NAMES) if task.is_on]
    few: list[tuple[float, float]] = []
    many: list[tuple[float, float]] = []
    for number in range(4 * rounds):
        text = ENGLISH[number % len(ENGLISH)]
        # Texts that differ in their first word: nothing of a message is remembered.
        few.append(send_message(engine, f"{number}, {text}", tasks[:1]))
        many.append(send_message(engine, f"{number}; {text}", tasks))
    return {
        "labels_ms_1_task": statistics.median(labels for labels, _ in few),
        "labels_ms_3_tasks": statistics.median(labels for labels, _ in many),
        "ttft_with_1_task_ms": statistics.median(ttft for _, ttft in few),
        "ttft_with_3_tasks_ms": statistics.median(ttft for _, ttft in many),
    }


def send_message(engine: Engine, text: str, tasks: Sequence[TypedTask]) -> tuple[float, float]:
    """Send a message with its tasks; return after how many ms all labels are there, and the first token."""
    began = time.perf_counter()
    scores = [prepare_score(engine, task.first_prompt(text), task.words) for task in tasks]
    reply, chunks = prepare_stream(engine, Chat.first_prompt(text), FIRST_TOKEN)
    engine.submit([*(request for request, _ in scores), reply])
    for _, wait in scores:
        wait()
    labels = (time.perf_counter() - began) * 1000
    first = next(chunks)
    for _ in chunks:
        pass
    return labels, first.ttft_ms or 0.0
