"""What the app needs of the system, and cannot do where the system does not offer it."""

import sys


def shortcomings(platform: str = sys.platform) -> list[str]:
    """Return a sentence, for the user, about each thing that does not work on this system."""
    if platform != "win32":
        return []
    return [
        "Windows renames no file that is open: while the app reads its log, the log is not put aside, and "
        "LOG_ROTATE_MB, LOG_ROTATE_HOURS and LOG_KEEP have no effect. Watch its size, or run the app in WSL."
    ]
