"""The memory of this process."""

import ctypes


def release_freed() -> None:
    """Hand back to the system what was freed, where the C library would keep it for later (glibc does)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
