"""The usual first version of such an app: transformers' `generate()` in fp32, and a prompt for each task."""

import time
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.generation.streamers import BaseStreamer

SENTIMENT = "Classify the sentiment of the text. Answer with one word, positive or negative."
CHAT = "You are a helpful assistant."


class Moments(BaseStreamer):
    """Record the time of each token; the first call is the prompt."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def put(self, value: torch.Tensor) -> None:
        """Record the time of the prompt, or of the next token."""
        self.times.append(time.perf_counter())

    def end(self) -> None:
        """Do nothing at the end of the reply."""


class Article:
    """One model with a prompt for each of the two tasks."""

    def __init__(self, folder: Path) -> None:
        self._network: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)

    def decode(self, text: str, tokens: int) -> float:
        """Write so many tokens; return the tokens per second after the first one."""
        moments = Moments()
        self._generate(CHAT, text, tokens, streamer=moments, min_new_tokens=tokens)
        _, first, *_, last = moments.times
        return (len(moments.times) - 2) / (last - first)

    def sentiment(self, text: str) -> float:
        """Find the sentiment of a text; return the time in ms."""
        began = time.perf_counter()
        self._generate(SENTIMENT, text, 3)
        return (time.perf_counter() - began) * 1000

    def _generate(self, system: str, text: str, tokens: int, **options: Any) -> None:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": text}]
        inputs = self._tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        self._network.generate(**inputs, max_new_tokens=tokens, do_sample=False, **options)
