"""A folder of weights in safetensors files, read a tensor at a time."""

from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open


class Checkpoint:
    """The tensors of all files by their names; a tensor that is not used any more takes no memory."""

    def __init__(self, folder: Path) -> None:
        files: list[Any] = [safe_open(path, framework="pt") for path in sorted(folder.glob("*.safetensors"))]
        self._files = {name: file for file in files for name in file.keys()}  # noqa: SIM118  # it is no dict

    def __contains__(self, name: str) -> bool:
        """Tell whether there is such a tensor."""
        return name in self._files

    def tensor(self, name: str) -> torch.Tensor:
        """Read a tensor.

        Raises:
            KeyError: there is none of that name.
        """
        tensor: torch.Tensor = self._files[name].get_tensor(name)
        return tensor
