"""Give back the place of a message whose results nobody reads."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ui.chat.readers import Readers

CHECK_SECONDS = 1.0


@contextmanager
def cancelled_when_unread(
    readers: Readers, session: str, cancel: Callable[[], object], check_seconds: float = CHECK_SECONDS
) -> Iterator[None]:
    """Call `cancel()` once nobody has read the results of a session for the grace, while the block runs.

    A thread of its own looks, because a message that waits for the model gets no event at which one could.
    """
    since = readers.now()
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(check_seconds):
            if readers.is_gone(session, since):
                cancel()
                return

    threading.Thread(target=watch, name="unread-message", daemon=True).start()
    try:
        yield
    finally:
        ended.set()
