"""Read tensors one at a time from a folder of safetensors files."""

from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open


class Checkpoint:
    """The tensors of all files by name; each is read on request and not kept."""

    def __init__(self, folder: Path) -> None:
        self._paths: dict[str, Path] = {}
        for path in sorted(folder.glob("*.safetensors")):
            with _open(path) as file:
                self._paths |= dict.fromkeys(file.keys(), path)

    def __contains__(self, name: str) -> bool:
        """Return whether there is a tensor of this name."""
        return name in self._paths

    def tensor(self, name: str) -> torch.Tensor:
        """Read a tensor.

        Raises:
            KeyError: there is no tensor of this name.
        """
        # Open the file for each tensor: the mapped pages of a file that stays open would stay in memory.
        with _open(self._paths[name]) as file:
            tensor: torch.Tensor = file.get_tensor(name)
        return tensor


def _open(path: Path) -> Any:
    return safe_open(path, framework="pt")
