"""Tests of `inference.model.checkpoint`."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from inference.model.checkpoint import Checkpoint


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    """A checkpoint of two files, as large models have."""
    save_file({"a": torch.arange(3), "b": torch.ones(2)}, tmp_path / "model-00001-of-00002.safetensors")
    save_file({"c": torch.zeros(1, dtype=torch.bfloat16)}, tmp_path / "model-00002-of-00002.safetensors")
    return Checkpoint(tmp_path)


def test_tensors_of_all_files_are_found_by_name(checkpoint: Checkpoint) -> None:
    """A tensor of either file is read with its own type."""
    assert checkpoint.tensor("a").tolist() == [0, 1, 2]
    assert checkpoint.tensor("c").dtype == torch.bfloat16
    assert "b" in checkpoint
    assert "d" not in checkpoint


def test_a_name_that_is_not_there_is_told(checkpoint: Checkpoint) -> None:
    """The error names the tensor that does not exist."""
    with pytest.raises(KeyError, match="lm_head"):
        checkpoint.tensor("lm_head")
