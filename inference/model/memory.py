"""The memory of this process."""

import ctypes


def release_freed() -> None:
    """Return freed memory to the system; glibc would keep it for later allocations."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
