"""End the process without waiting for what cannot be stopped."""

import os
import sys
from contextlib import suppress
from typing import NoReturn

import psutil


def end_process(status: int) -> NoReturn:
    """End this process and its children; call this when everything that matters is written.

    The interpreter's own end waits for threads of libraries: it would complete a download of many minutes
    first. And it takes seconds to clear the objects of torch and numba one by one.
    """
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            child.terminate()
    for stream in (sys.stdout, sys.stderr):
        # A reader that went away, or a full disk, is no reason to stay.
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)
