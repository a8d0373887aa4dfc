"""Write a sample log, as of a busy day.

python -m benchmarks.sample_log FILE [RECORDS]
"""

import argparse
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from monitoring.record.encode import to_line
from monitoring.record.timestamps import timestamp

START = 1_760_000_000.0  # 2025-10-09
SAMPLE_SECONDS = 5.0
TEXTS = ("今天天气真好，我很开心！", "这家店的服务太差了。", "What is a language model?", "Thanks a lot!")


def main() -> None:
    """Write as many records as the command line says."""
    parser = argparse.ArgumentParser(description="Write a sample log.")
    parser.add_argument("file", type=Path)
    parser.add_argument("records", type=int, nargs="?", default=1_000_000, help="default: %(default)s")
    options = parser.parse_args()
    write_log(options.file, options.records)


def write_log(path: Path, count: int, seed: int = 7) -> None:
    """Write `count` records; the same seed gives the same bytes."""
    with path.open("wb") as file:
        for number, record in enumerate(islice(records(random.Random(seed)), count), 1):
            file.write(to_line({**record, "pid": 4242, "seq": number}))


def records(rng: random.Random) -> Iterator[dict[str, Any]]:
    """Yield the records of consecutive requests, with a resource sample every five seconds."""
    now, sampled = START, START
    while True:
        now += rng.expovariate(2.0)
        usage = {
            "cpu_usage_percent": round(rng.uniform(0, 200), 1),
            "memory_usage_mb": round(rng.uniform(1600, 1620), 1),
        }
        if now - sampled >= SAMPLE_SECONDS:
            sampled = now
            yield {
                "timestamp": timestamp(now),
                "level": "INFO",
                "message": "资源采样",
                "task_type": "system",
                "event": "resource.sample",
                **usage,
            }
        yield from request(rng, now, usage)


def request(rng: random.Random, now: float, usage: dict[str, float]) -> Iterator[dict[str, Any]]:
    """Yield the two records of a message; one message in a hundred fails."""
    text = rng.choice(TEXTS)
    failed = rng.random() < 0.01
    common = {
        "level": "ERROR" if failed else "INFO",
        "request_id": f"{rng.getrandbits(128):032x}",
        **usage,
        "event": "task.finished",
        "status": "error" if failed else "ok",
        **({"error_type": "RuntimeError", "error_message": "out of memory"} if failed else {}),
        "session_id": f"{rng.getrandbits(10):016x}",
        "model": "qwen1.5-0.5b-chat",
        "engine": "torch-bf16",
        "queue_wait_ms": round(rng.expovariate(0.1), 1),
        "input_chars": len(text),
        "input_text": text,
    }
    yield {
        **common,
        "timestamp": timestamp(now),
        "message": "情感分析完成: 正面",
        "task_type": "sentiment",
        "response_time_ms": round(rng.lognormvariate(5.5, 0.5), 1),
        "prompt_tokens": 120,
        "output_tokens": 1,
        "label": rng.choice(("正面", "负面")),
        "confidence": round(rng.uniform(0.5, 1.0), 4),
    }
    tokens = rng.randrange(1, 512)
    yield {
        **common,
        "timestamp": timestamp(now + 0.1),
        "message": f"对话完成: {tokens} tokens",
        "task_type": "chat",
        "response_time_ms": round(tokens * rng.uniform(80, 120), 1),
        "ttft_ms": round(rng.lognormvariate(6, 0.4), 1),
        "prompt_tokens": rng.randrange(30, 900),
        "cached_tokens": 0,
        "output_tokens": tokens,
        "tokens_per_second": round(rng.uniform(8, 12), 1),
        "finish_reason": "stop",
        "output_chars": tokens * 2,
    }


if __name__ == "__main__":
    main()
