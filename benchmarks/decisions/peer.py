"""The peer: transformers' decision pipeline with the same weights and its best settings."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline

QUESTION = {
    "type": "choice",
    "instructions": "What is the sentiment of the text?",
    "criteria": {"positive": None, "negative": None},
}
WARM_UP = ("The soup was cold.", "The room was large and quiet, and we slept well.")


class Peer:
    """The pipeline, with whichever type of weights and number of threads is the fastest here."""

    def __init__(self, folder: Path, dtypes: Sequence[str] = ("float32", "bfloat16")) -> None:
        cores = os.cpu_count() or 1
        times: dict[tuple[str, int], float] = {}
        pipelines: dict[str, Any] = {}
        tokenizer = AutoTokenizer.from_pretrained(folder)
        for dtype in dtypes:
            # By its path alone, the pipeline would load the weights as a decision model, with a head that is
            # not trained.
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype))
            pipelines[dtype] = pipeline("decision", model=model, tokenizer=tokenizer, device="cpu")
            for threads in sorted({1, cores}):
                torch.set_num_threads(threads)
                self._decide = pipelines[dtype]
                self.ask(WARM_UP[0])
                times[dtype, threads] = self.ask(WARM_UP[1])[1]
        dtype, threads = min(times, key=lambda setting: times[setting])
        torch.set_num_threads(threads)
        self._decide = pipelines[dtype]
        self._settings = f"{dtype}, {threads} threads"

    def settings(self) -> str:
        """Return the settings that were the fastest."""
        return self._settings

    def ask(self, text: str) -> tuple[str, float]:
        """Return the sentiment of a text, and the time in ms."""
        began = time.perf_counter()
        answers = self._decide({"state": text, "questions": {"sentiment": QUESTION}})
        return str(answers["sentiment"]["choice"]), (time.perf_counter() - began) * 1000

    def per_second(self, texts: Sequence[str]) -> float:
        """Hand the pipeline all texts at once; return the texts a second."""
        began = time.perf_counter()
        self._decide([{"state": text, "questions": {"sentiment": QUESTION}} for text in texts])
        return len(texts) / (time.perf_counter() - began)
