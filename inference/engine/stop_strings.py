"""End a reply at a stop string, of which nothing is sent."""

from collections.abc import Sequence


class StopStrings:
    """Hold back what may be the beginning of a stop string until the next tokens decide it."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = stops  # none is empty
        self._held = ""

    def step(self, text: str) -> tuple[str, bool]:
        """Return the text that may be sent after so much more of the reply, and whether it ends there."""
        text = self._held + text
        found = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if found:
            self._held = ""
            return text[: min(found)], True
        sent = len(text) - max(_begun(text, stop) for stop in self._stops)
        self._held = text[sent:]
        return text[:sent], False

    def rest(self) -> str:
        """Return what is held back, when nothing more comes."""
        held, self._held = self._held, ""
        return held


def _begun(text: str, stop: str) -> int:
    """Return how many characters at the end of a text are the beginning of a stop string."""
    longest = min(len(text), len(stop) - 1)
    return next((count for count in range(longest, 0, -1) if text.endswith(stop[:count])), 0)
