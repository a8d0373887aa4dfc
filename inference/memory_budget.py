"""Fit the memory of the model's keys and values to what the machine or its container has."""

import logging
import math
import os
from dataclasses import dataclass
from pathlib import Path

from safetensors import safe_open

from container.limits import memory_limit
from inference.config import EngineConfig
from inference.observer import ModelEvents

MIB = 1 << 20
# Everything but weights, keys and values: the libraries, the page, the window of the log. Measured: 600 MiB
# after the start, and some more after thousands of messages.
PROCESS_BYTES = 700 * MIB
# Bytes that a weight takes in memory: with int8, embeddings and what is needed to load are larger.
BYTES_OF_WEIGHT = {"int8": 1.5, "bf16": 2.0, "fp32": 4.0}
LEAST_KV_MB = 256  # with less, a model has hardly room for one conversation


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Who gets how much of the memory, in MiB."""

    total: int  # of the machine, or of the container where that has less
    needed: int  # by the model and the app, about
    asked: int  # for keys and values: KV_MEMORY_MB
    granted: int  # for keys and values

    @property
    def is_enough(self) -> bool:
        """Return whether what is granted fits beside the rest."""
        return self.needed + self.granted <= self.total

    @property
    def advice(self) -> str:
        """Return the figures, what follows from them, and what to do."""
        known = f"there are {self.total} MiB of memory, and the model and the app take about {self.needed}"
        if self.is_enough:
            return (
                f"{known}: KV_MEMORY_MB={self.asked} does not fit beside, and is lowered to {self.granted}. "
                f"Give the app {self.needed + self.asked} MiB, or set KV_MEMORY_MB={self.granted}"
            )
        return (
            f"{known}, with keys and values of {self.granted} (KV_MEMORY_MB={self.asked}): the system may "
            f"end the app at any time. Give it {self.needed + self.granted} MiB, or choose a smaller MODEL"
        )


def fit_to_memory(
    config: EngineConfig, folder: Path, dtype: str, on_event: ModelEvents, memory: float | None = None
) -> EngineConfig:
    """Return the settings with as much of KV_MEMORY_MB as fits beside the model; report where that is less.

    With a budget that is too large, the system would end the process in the middle of replies; with a smaller
    one, requests wait for each other. `memory` is in bytes, by default what this process may use.
    """
    memory = usable_memory() if memory is None else memory
    needed = PROCESS_BYTES + _weights_in(folder) * BYTES_OF_WEIGHT[dtype]
    if needed + config.kv_memory_mb * MIB <= memory:
        return config
    total_mb, needed_mb = int(memory // MIB), int(needed // MIB)
    granted_mb = min(config.kv_memory_mb, max(total_mb - needed_mb, LEAST_KV_MB))
    plan = MemoryPlan(total_mb, needed_mb, config.kv_memory_mb, granted_mb)
    on_event(
        "memory.short",
        f"内存不足: 共 {plan.total} MiB，模型和应用约需 {plan.needed} MiB，"
        f"KV_MEMORY_MB={plan.asked}，实际使用 {plan.granted} MiB",
        logging.WARNING,
        error_message=plan.advice,
        memory_total_mb=plan.total,
        needed_mb=plan.needed,
        kv_asked_mb=plan.asked,
        kv_budget_mb=plan.granted,
    )
    return config.model_copy(update={"kv_memory_mb": plan.granted})


def usable_memory() -> float:
    """Return the bytes of memory of the machine, or of its container where that has less."""
    try:
        physical = float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf, other systems lack the names
        physical = math.inf
    return min(physical, memory_limit())


def _weights_in(folder: Path) -> int:
    """Return the number of weights of a model."""
    count = 0
    for path in folder.glob("*.safetensors"):
        with safe_open(path, framework="numpy") as file:
            names = list(file.keys())
            count += sum(math.prod(file.get_slice(name).get_shape()) for name in names)
    return count
