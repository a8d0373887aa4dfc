"""Give freed memory of this process back to the system."""

import ctypes


def release_freed() -> None:
    """Return freed memory to the system, because glibc would keep it for later allocations."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
