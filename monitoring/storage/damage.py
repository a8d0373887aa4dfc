"""Where and how a compressed file is damaged."""

from dataclasses import dataclass
from typing import Final

# The reason that a frame of zstd cannot be read whose window is larger than is given to any file.
WINDOW_TOO_LARGE: Final = "its window is larger than 128 MiB"

# How such a file is read without that.
_UNPACKED_BEFORE: Final = "zstd -d --long=31 < FILE | python -m monitoring summary --log -"


@dataclass(frozen=True, slots=True)
class Damage:
    """A damage of a compressed file: nothing from there on can be read."""

    packing: str  # gzip or zstd
    reason: str  # in the words of the library, or `WINDOW_TOO_LARGE`; "" where the file ends too early
    # How many bytes stand before it, of how many, and how many bytes of text were read of them.
    place: int
    size: int
    text_bytes: int

    def __str__(self) -> str:
        what = f"is damaged at byte {self.place:,} of {self.size:,} ({self.reason})"
        if not self.reason:
            what = f"ends too early, after {self.size:,} bytes"
        text = f"the {self.text_bytes:,} bytes of text before that were read, the rest was not"
        if self.reason == WINDOW_TOO_LARGE:
            what = f"cannot be read from byte {self.place:,} of {self.size:,} on, since {self.reason}"
            text += f"; compress it again without --long, or: {_UNPACKED_BEFORE}"
        return f"the {self.packing} file {what}: {text}"


class DamagedError(EOFError):
    """A compressed file is damaged from here on."""

    def __init__(self, damage: Damage) -> None:
        super().__init__(str(damage))
        self.damage = damage
