"""A look at the threads of the process of the tests."""

import threading


def threads_named(name: str) -> list[threading.Thread]:
    """Return the living threads of one name."""
    return [thread for thread in threading.enumerate() if thread.name == name]
