"""Other engines with the same weights, each with its best settings."""

import os
import time
from pathlib import Path
from typing import Any

from benchmarks.engine.gguf_files import in_eight_bits, original

PROMPT = (
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
    "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
)


class LlamaCpp:
    """llama.cpp through llama-cpp-python, with the published weights (Q4_K_M)."""

    def __init__(self, folder: Path) -> None:
        import llama_cpp

        cores = os.cpu_count()
        self._llama: Any = llama_cpp.Llama(
            str(original(folder)), n_ctx=4096, n_threads=cores, n_threads_batch=cores, verbose=False
        )

    def decode(self, text: str, tokens: int) -> float:
        """Write so many tokens; return the tokens per second after the first one."""
        prompt = self._llama.tokenize(PROMPT.format(text).encode(), add_bos=False, special=True)
        times = []
        for _ in self._llama.generate(prompt, temp=0.0):
            times.append(time.perf_counter())
            if len(times) == tokens:
                break
        return (len(times) - 1) / (times[-1] - times[0])


class OpenVino:
    """OpenVINO GenAI, with the weights in Q8_0."""

    def __init__(self, folder: Path) -> None:
        import openvino_genai

        self._pipeline: Any = openvino_genai.LLMPipeline(str(in_eight_bits(folder)), "CPU")
        self._how: Any = openvino_genai.GenerationConfig()
        self._how.do_sample = False
        self._how.ignore_eos = True
        self._how.apply_chat_template = False

    def decode(self, text: str, tokens: int) -> float:
        """Write so many tokens; return the tokens per second after the first one, as OpenVINO measures it."""
        self._how.max_new_tokens = tokens
        metrics = self._pipeline.generate([PROMPT.format(text)], self._how).perf_metrics
        return float(metrics.get_throughput().mean)


# The package and the class of each peer.
PEERS = {"llamacpp": ("llama_cpp", LlamaCpp), "openvino": ("openvino_genai", OpenVino)}
