"""Tests of `inference.memory_budget`."""

import logging
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from inference.memory_budget import LEAST_KV_MB, MIB, PROCESS_BYTES, fit_to_memory, usable_memory
from tests.inference.doubles import make_config

WEIGHTS = 100 * MIB
PROCESS_MB = PROCESS_BYTES // MIB


class Events:
    """Keep what is told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int, dict[str, object]]] = []

    def __call__(self, event: str, message: str, level: int, /, **fields: object) -> None:
        self.seen.append((event, level, fields))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two files, with 100 Mi weights."""
    folder = tmp_path_factory.mktemp("model")
    save_file({"a": np.zeros((WEIGHTS // 4, 3), np.int8)}, folder / "model-1.safetensors")
    save_file({"b": np.zeros(WEIGHTS // 4, np.int8)}, folder / "model-2.safetensors")
    return folder


@pytest.mark.parametrize(("dtype", "model_mb"), [("int8", 150), ("bf16", 200), ("fp32", 400)])
def test_a_budget_that_fits_is_left_alone(folder: Path, dtype: str, model_mb: int) -> None:
    """Where there is room for everything, nothing is changed or told; with a MiB less, both happen."""
    events, config = Events(), make_config(kv_memory_mb=1000)
    enough = (PROCESS_MB + model_mb + 1000) * MIB
    assert fit_to_memory(config, folder, dtype, events, enough) is config
    assert events.seen == []
    assert fit_to_memory(config, folder, dtype, events, enough - MIB).kv_memory_mb == 999
    assert len(events.seen) == 1


def test_a_space_keeps_its_defaults(folder: Path) -> None:
    """A machine of 16 GB has room for the default settings."""
    config = make_config()
    assert fit_to_memory(config, folder, "int8", Events(), 16 << 30) is config


def test_a_budget_that_does_not_fit_is_lowered_and_told(folder: Path) -> None:
    """The warning has the figures, the setting, what was done, and what to do."""
    events = Events()
    lowered = fit_to_memory(make_config(kv_memory_mb=2048), folder, "int8", events, 2048 * MIB)
    room = 2048 - PROCESS_MB - 150
    assert lowered.kv_memory_mb == room
    ((event, level, fields),) = events.seen
    assert (event, level) == ("memory.short", logging.WARNING)
    assert fields.pop("error_message") == (
        f"there are 2048 MiB of memory, and the model and the app take about {PROCESS_MB + 150}: "
        f"KV_MEMORY_MB=2048 does not fit beside, and is lowered to {room}. "
        f"Give the app {PROCESS_MB + 150 + 2048} MiB, or set KV_MEMORY_MB={room}"
    )
    assert fields == {
        "memory_total_mb": 2048,
        "needed_mb": PROCESS_MB + 150,
        "kv_asked_mb": 2048,
        "kv_budget_mb": room,
    }


def test_a_model_that_does_not_fit_is_told(folder: Path) -> None:
    """Where there is hardly room for the model, it is tried with a small budget, and the danger is told."""
    events = Events()
    lowered = fit_to_memory(make_config(kv_memory_mb=2048), folder, "int8", events, 900 * MIB)
    assert lowered.kv_memory_mb == LEAST_KV_MB
    assert "the system may end the app at any time" in str(events.seen[0][2]["error_message"])
    assert f"Give it {PROCESS_MB + 150 + LEAST_KV_MB} MiB" in str(events.seen[0][2]["error_message"])


def test_a_small_budget_stays(folder: Path) -> None:
    """A budget is never raised."""
    lowered = fit_to_memory(make_config(kv_memory_mb=10), folder, "int8", Events(), 512 * MIB)
    assert lowered.kv_memory_mb == 10


def test_this_machine_has_memory() -> None:
    """The memory of the machine or its container is known."""
    assert 0 < usable_memory() < float("inf")
