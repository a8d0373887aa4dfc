"""A part of a log file is read as whole lines."""

from pathlib import Path

import pytest

from monitoring.history.rows import TOO_LONG, Piece, read_lines


def lines_in(path: Path, data: bytes, read_bytes: int, max_line_bytes: int) -> list[bytes]:
    """Write a file, and return its lines; `b"TOO LONG"` for each that is."""
    path.write_bytes(data)
    lines: list[bytes] = []
    for block in read_lines(Piece(path), read_bytes, max_line_bytes):
        lines += [b"TOO LONG"] if block is TOO_LONG else bytes(block).split(b"\n")
    return [line.lstrip(b"\0") for line in lines if line]


@pytest.mark.parametrize("read_bytes", [1, 7, 100, 10_000])
@pytest.mark.parametrize("nuls", [0, 1, 9, 10, 11, 1000])
def test_a_hole_before_a_line_is_passed_over(tmp_path: Path, read_bytes: int, nuls: int) -> None:
    """Its length is that of what stands behind the NULs, be they more than a line may have."""
    hole = b"\0" * nuls
    data = hole + b"first\n" + hole + b"0123456789\n" + hole + b"0123456789a\nlast"
    read = lines_in(tmp_path / "log", data, read_bytes, 10)
    assert read == [b"first", b"0123456789", b"TOO LONG", b"last"]
