"""Decompress a file of somebody else's in steps, each of which takes a bounded time.

`gzip.GzipFile` reads a member without text, the name in a header and the zeros after a member to their ends
at once, however long they are; so nobody could limit or stop it amid a file that holds nothing else.
"""

import os
import zlib
from collections.abc import Iterator
from functools import cache
from io import FileIO
from types import ModuleType
from typing import Final, Protocol

from monitoring.storage.blocks import READ_BYTES
from monitoring.storage.damage import WINDOW_TOO_LARGE, Damage, DamagedError

GZIP: Final = "gzip"
ZSTD: Final = "zstd"
# The first bytes of a compressed file, whatever its name (RFC 1952; RFC 8878, also of frames to be skipped).
_MARKS = (
    (b"\x1f\x8b", GZIP),
    (b"\x28\xb5\x2f\xfd", ZSTD),
    *((bytes((low, 0x2A, 0x4D, 0x18)), ZSTD) for low in range(0x50, 0x60)),
)
# What the library says of a frame that needs more memory than it may take, which is 128 MiB.
_TOO_MUCH_MEMORY = "Frame requires too much memory"

# What is read of the file in a step.
PACKED_BYTES = 8192
# zlib's sign for the format of gzip: the largest window of 2**15 bytes, and 16.
_GZIP_WINDOW = 31


class MemberError(Exception):
    """A member is damaged; the text says how."""


class Member(Protocol):
    """One of the parts, each compressed by itself, that a file may have."""

    @property
    def eof(self) -> bool:
        """Whether its end was read."""

    @property
    def unused_data(self) -> bytes:
        """What was given to it beyond its end."""

    def text(self, packed: bytes, max_bytes: int) -> bytes:
        """Return at most `max_bytes` of the text that follows from what was given so far and is given now.

        Raises:
            MemberError: it is damaged.
        """

    def rest(self) -> bytes:
        """Return what was given and must be given again."""


def packing_of(file: FileIO) -> str | None:
    """Tell by its first bytes how a file is compressed; None where it is not. The place in it stays."""
    place = file.tell()
    file.seek(0)
    head = file.read(4)
    file.seek(place)
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def unpacked(file: FileIO, block_bytes: int = READ_BYTES, packing: str = GZIP) -> Iterator[bytes]:
    """Yield the text of a compressed file, after each step so much as has come of it, perhaps nothing.

    No part is much longer than `block_bytes`. All text before a damage is yielded.

    Raises:
        DamagedError (among `DAMAGED`): it is damaged from here on.
    """
    member = _new_member(packing)
    # Where the member begins in the file, how much text it had so far, and how much those before it had.
    begin = file.tell()
    of_member = of_others = 0
    while packed := file.read(PACKED_BYTES):
        end = file.tell()
        text, may_have_more = b"", True
        while packed or may_have_more:
            if member.eof:
                packed = packed.lstrip(b"\0")  # Zeros may fill the place between and after members.
                if not packed:
                    break
                member, begin = _new_member(packing), end - len(packed)
                of_others, of_member = of_others + of_member, 0
            try:
                more = member.text(packed, block_bytes)
            except MemberError as error:
                yield text
                rest = _Rest(file, packing, begin, of_member)
                yield from rest.texts(block_bytes)
                size = os.fstat(file.fileno()).st_size
                damage = Damage(packing, str(error), rest.place, size, of_others + rest.text_bytes)
                raise DamagedError(damage) from error
            of_member += len(more)
            packed = member.unused_data if member.eof else member.rest()
            text, may_have_more = text + more, bool(more)
            if len(text) >= block_bytes:
                yield text
                text = b""
        yield text
    if not member.eof:
        size = file.tell()
        raise DamagedError(Damage(packing, "", size, size, of_others + of_member))


class _Rest:
    """Read a damaged member again, the step with the damage byte by byte.

    The libraries lose the text of a step that raises, which may be all text of a small file. The member
    begins at the byte `place`, and so many bytes of its text are known.
    """

    def __init__(self, file: FileIO, packing: str, place: int, known_bytes: int) -> None:
        self._file = file
        self._member = _new_member(packing)
        self._end = file.tell()
        self._known_bytes = known_bytes
        # Where the damage is, and how much text stands before it in the member.
        self.place = place
        self.text_bytes = 0

    def texts(self, block_bytes: int) -> Iterator[bytes]:
        """Yield what is new, after each step of what is known nothing."""
        self._file.seek(self.place)
        last_step = self._end - PACKED_BYTES
        while self.place < self._end and not self._member.eof:
            packed = self._file.read(
                1 if self.place >= last_step else min(PACKED_BYTES, last_step - self.place)
            )
            if not packed:  # The file was cut meanwhile.
                return
            try:
                yield from self._step(packed, block_bytes)
            except MemberError:
                return
            self.place += len(packed)

    def _step(self, packed: bytes, block_bytes: int) -> Iterator[bytes]:
        may_have_more = True
        while packed or may_have_more:
            text = self._member.text(packed, block_bytes)
            packed, may_have_more = self._member.rest(), bool(text)
            self.text_bytes += len(text)
            new = min(len(text), max(0, self.text_bytes - self._known_bytes))
            yield text[len(text) - new :]


def _new_member(packing: str) -> Member:
    return _GzipMember() if packing == GZIP else _ZstdMember()


class _GzipMember:
    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(_GZIP_WINDOW)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def text(self, packed: bytes, max_bytes: int) -> bytes:
        try:
            return self._zlib.decompress(packed, max_bytes)
        except zlib.error as error:
            raise MemberError(str(error).rpartition(": ")[2]) from error

    def rest(self) -> bytes:
        return self._zlib.unconsumed_tail


@cache
def _zstd() -> ModuleType:
    """Return the module for zstd; to look for it at each frame would take most of the time."""
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]
    except ModuleNotFoundError:  # Python has it from 3.14 on; the package is the same one for older versions.
        from backports import zstd
    return zstd  # type: ignore[no-any-return, unused-ignore]


class _ZstdMember:
    """It keeps what it cannot put out yet, so that nothing has to be given again."""

    def __init__(self) -> None:
        zstd = _zstd()
        self._error = zstd.ZstdError
        self._zstd = zstd.ZstdDecompressor()

    @property
    def eof(self) -> bool:
        return bool(self._zstd.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._zstd.unused_data)

    def text(self, packed: bytes, max_bytes: int) -> bytes:
        if not packed and self._zstd.needs_input:
            return b""
        try:
            return bytes(self._zstd.decompress(packed, max_bytes))
        except self._error as error:
            reason = str(error).rpartition(": ")[2]
            raise MemberError(WINDOW_TOO_LARGE if _TOO_MUCH_MEMORY in reason else reason) from error

    def rest(self) -> bytes:
        return b""
