"""How many files and connections this process may have open at once."""

import math
from contextlib import suppress

# Enough for any number of visitors; some programs walk over all numbers up to the limit.
WANTED = 65_536
# More than this macOS does not allow, whatever it tells.
WANTED_ON_MACOS = 10_240


def open_files() -> float:
    """Return how many files this process may have open, infinity where the system tells no limit."""
    try:
        import resource
    except ImportError:  # Windows
        return math.inf
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return math.inf if soft == resource.RLIM_INFINITY else soft


def raise_open_files() -> None:
    """Let this process have as many files open as the system allows without being asked; never fewer."""
    try:
        import resource
    except ImportError:  # Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (WANTED, WANTED_ON_MACOS):
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                return
