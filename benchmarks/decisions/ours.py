"""This project's app, asked over HTTP as a program asks it."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2

SECONDS = 600.0


class Asked:
    """A running app; each call gives the answers, and the time that they took."""

    def __init__(self, url: str) -> None:
        self._client = httpx2.Client(base_url=url, timeout=SECONDS, trust_env=False)
        self._model = self._client.get("/v1/models").json()["data"][0]["id"]

    def ask(self, text: str, questions: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], float]:
        """Return the answers about a text, and the time in ms."""
        began = time.perf_counter()
        body = {"model": self._model, "input": text, "questions": list(questions)}
        response = self._client.post("/v1/decisions", json=body)
        response.raise_for_status()
        answers: list[dict[str, Any]] = response.json()["answers"]
        return answers, (time.perf_counter() - began) * 1000

    def per_second(self, texts: Sequence[str], question: dict[str, Any], at_once: int) -> float:
        """Ask a question about each text, so many at once; return the texts a second."""
        began = time.perf_counter()
        with ThreadPoolExecutor(at_once) as threads:
            done = list(threads.map(lambda text: self.ask(text, [question]), texts))
        return len(done) / (time.perf_counter() - began)
