"""The running app: its start, and its memory after many messages."""

import tempfile
import threading
import time
from pathlib import Path

from gradio_client import Client

from benchmarks.engine.prompts import PROMPTS
from inference.weights.catalog import EMBEDDED
from tests.running_app import RunningApp

# Turns of a conversation in the soak test.
TURNS = 5
OFTEN = "1000000000"  # messages a minute: four visitors at one address write without a pause
WARM_SECONDS = 180.0  # by then the memory for conversations is full
SOAK_MESSAGES = 1000  # the growth of the memory is measured after so many messages, and at the end


def app_figures(soak_seconds: float) -> dict[str, float]:
    """Start the app with its defaults, and chat with it for so many seconds; 0 for a few messages only."""
    with tempfile.TemporaryDirectory(prefix="inference-bench-") as folder:
        began = time.perf_counter()
        settings = {"MODEL": EMBEDDED.name, "MAX_NEW_TOKENS": "8", "MESSAGES_PER_MINUTE": OFTEN}
        with RunningApp(Path(folder) / "logs", **settings) as app:
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
    """Return the memory in MiB, in the first sample after so many answered messages."""
    moment = app.tasks("chat")[messages - 1]["timestamp"]
    samples = app.records("resource.sample")
    return float(next(s for s in samples if s["timestamp"] >= moment)["memory_usage_mb"])


def soak(app: RunningApp, seconds: float) -> int:
    """Chat in four conversations at a time, and wait for a memory sample; return the number of messages."""
    end = time.monotonic() + seconds
    counts = [0] * 4

    def visit(visitor: int) -> None:
        while time.monotonic() < end:
            # A new client is a new visitor, with a new conversation.
            if counts[visitor] % TURNS == 0:
                client = Client(app.url, verbose=False)
            client.predict(PROMPTS[(visitor * 10 + counts[visitor]) % len(PROMPTS)], api_name="/respond")
            counts[visitor] += 1

    visitors = [threading.Thread(target=visit, args=(visitor,)) for visitor in range(4)]
    for thread in visitors:
        thread.start()
    for thread in visitors:
        thread.join()
    # By then the next sample of the memory is in the log.
    time.sleep(6)
    return sum(counts)
