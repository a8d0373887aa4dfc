"""Store the text columns of a window with a fixed width, whatever a log holds."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np

# The most different values of a column; a hostile log has endlessly many.
MAX_TEXTS = 4096
# Only so many characters tell two values of a column apart.
MAX_TEXT_CHARS = 128
# All values beyond `MAX_TEXTS` become this one.
OTHER = "…"
# The length of a UUID with its dashes.
ID_BYTES = 36
# In a column of ids, this byte, which UTF-8 never has, stands for a NUL: numpy drops NULs at the end of bytes
STORED_NUL = b"\xff"
# Another one stands before the digest of a text that is too long.
LONG = b"\xfe"


class Codes(dict[str, int]):
    """Texts that repeat, as small integers; `known` texts have a code even in a hostile log."""

    dtype = np.dtype(np.int16)

    def __init__(self, known: Iterable[str] = ()) -> None:
        super().__init__()
        self._texts: list[str] = []  # the text of each code
        for text in ("", OTHER, *known):
            self._add(text)

    def __missing__(self, text: str) -> int:
        text = text[:MAX_TEXT_CHARS]
        if text in self:
            return self[text]
        return self._add(text) if len(self) < MAX_TEXTS else self[OTHER]

    def _add(self, text: str) -> int:
        self[text] = len(self._texts)
        self._texts.append(text)
        return self[text]

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return the codes of texts; a new text gets a new code."""
        return np.fromiter(map(self.__getitem__, texts), self.dtype, len(texts))

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Return the texts as objects."""
        texts: np.ndarray = np.array(self._texts, dtype=object)[codes]
        return texts

    def key(self, text: str) -> int:
        """Return the code of `text` in a column; -1 where it never came."""
        return self.get(text[:MAX_TEXT_CHARS], -1)


class Ids:
    """Texts that are all different, stored in UTF-8; a text that is longer has a digest in its place."""

    dtype = np.dtype(f"S{ID_BYTES}")

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return the bytes of the texts."""
        return np.array([self.key(text) for text in texts], self.dtype)

    def are_digests(self, column: np.ndarray) -> np.ndarray:
        """Return a bool mask of the values that do not tell their text."""
        return np.char.startswith(column, LONG) if len(column) else np.zeros(0, dtype=bool)

    def decode(self, column: np.ndarray) -> np.ndarray:
        """Return the texts as objects, without half characters."""
        values = (value.replace(STORED_NUL, b"\0") for value in column.tolist())
        return np.array([value.decode("utf-8", "ignore") for value in values], dtype=object)

    def key(self, text: str) -> bytes:
        """Return the bytes of `text` in a column."""
        stored = text.encode("utf-8", "replace").replace(b"\0", STORED_NUL)
        if len(stored) <= ID_BYTES:
            return stored
        return LONG + blake2b(stored, digest_size=16).hexdigest().encode()
