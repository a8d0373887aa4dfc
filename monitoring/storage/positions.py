"""Read at a position of an open file, and leave the file's own position as it is."""

import os


def read_at(file: int, size: int, position: int) -> bytes:
    """Read up to `size` bytes of the descriptor `file` from the byte `position` on.

    One thread at a time may read from a descriptor: where the system cannot do this in one step, as Windows,
    the position is moved and moved back.

    Raises:
        OSError: it cannot be read.
    """
    if hasattr(os, "pread"):
        return os.pread(file, size, position)
    before = os.lseek(file, 0, os.SEEK_CUR)
    try:
        os.lseek(file, position, os.SEEK_SET)
        return os.read(file, size)
    finally:
        os.lseek(file, before, os.SEEK_SET)
