"""The speed of other engines is measured; stand-ins take the place of their packages."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from benchmarks.engine import peers


@pytest.fixture(autouse=True)
def files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the files of the peers, so that no weights are fetched."""
    monkeypatch.setattr(peers, "original", lambda folder: folder / "original.gguf")
    monkeypatch.setattr(peers, "in_eight_bits", lambda folder: folder / "q8_0.gguf")


def stand_in(monkeypatch: pytest.MonkeyPatch, name: str, **parts: object) -> None:
    """Put a stand-in in the place of a package."""
    module: Any = ModuleType(name)
    module.__dict__.update(parts)
    monkeypatch.setitem(sys.modules, name, module)


def test_llama_cpp_is_timed_between_its_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time runs from the first token to the last one, so that the prompt does not count."""
    moments = iter([10.0, 10.5, 11.0, 11.5])
    monkeypatch.setattr("benchmarks.engine.peers.time.perf_counter", lambda: next(moments))
    llama = MagicMock()
    llama.return_value.generate.return_value = iter(range(100))
    stand_in(monkeypatch, "llama_cpp", Llama=llama)
    assert peers.LlamaCpp(Path("folder")).decode("hi", 4) == pytest.approx(2.0)
    assert llama.call_args.args == (str(Path("folder/original.gguf")),)
    (prompt,) = llama.return_value.tokenize.call_args.args
    assert b"<|im_start|>user\nhi<|im_end|>" in prompt


def test_openvino_measures_its_own_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The given number of tokens is written, greedily."""
    pipeline = MagicMock()
    metrics = pipeline.return_value.generate.return_value.perf_metrics
    metrics.get_throughput.return_value = SimpleNamespace(mean=21.5)
    stand_in(monkeypatch, "openvino_genai", LLMPipeline=pipeline, GenerationConfig=SimpleNamespace)
    assert peers.OpenVino(Path("folder")).decode("hi", 7) == 21.5
    _, how = pipeline.return_value.generate.call_args.args
    assert (how.max_new_tokens, how.do_sample, how.ignore_eos) == (7, False, True)
