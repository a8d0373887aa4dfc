"""Reading at a position, with the system's help and without it."""

import os
from io import FileIO
from pathlib import Path

import pytest

from monitoring.storage.positions import read_at


@pytest.mark.parametrize("has_pread", [True, False])
def test_reading_leaves_the_position(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_pread: bool
) -> None:
    """What is read comes from the given place; the file is read on from where it was."""
    if not has_pread:
        monkeypatch.delattr(os, "pread")
    (tmp_path / "file").write_bytes(b"0123456789")
    with FileIO(tmp_path / "file") as file:
        assert file.read(3) == b"012"
        assert read_at(file.fileno(), 4, 5) == b"5678"
        assert read_at(file.fileno(), 4, 8) == b"89"
        assert read_at(file.fileno(), 4, 20) == b""
        assert file.read(3) == b"345"
