"""Decompress a file of somebody else's in steps, each of which takes a bounded time.

`gzip.GzipFile` reads a member without text, the name in a header and the zeros after a member to their ends
at once, however long they are; so nobody could limit or stop it amid a file that holds nothing else.
"""

import zlib
from collections.abc import Iterator
from io import FileIO
from typing import Final, Protocol

from monitoring.storage.blocks import READ_BYTES

GZIP: Final = "gzip"
ZSTD: Final = "zstd"
# The first bytes of a compressed file, whatever its name (RFC 1952; RFC 8878, also a frame to be skipped).
_MARKS = ((b"\x1f\x8b", GZIP), (b"\x28\xb5\x2f\xfd", ZSTD), (b"\x50\x2a\x4d\x18", ZSTD))

# What is read of the file in a step. Where the file is damaged, the text of one step is lost.
PACKED_BYTES = 8192
# zlib's sign for the format of gzip: the largest window of 2**15 bytes, and 16.
_GZIP_WINDOW = 31


class DamagedError(EOFError):
    """A compressed file is damaged from here on."""


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
            DamagedError: it is damaged.
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

    No part is much longer than `block_bytes`.

    Raises:
        DamagedError (among `DAMAGED`): it is damaged from here on.
    """
    new_member = _GzipMember if packing == GZIP else _ZstdMember
    member: Member = new_member()
    while packed := file.read(PACKED_BYTES):
        text, may_have_more = b"", True
        while packed or may_have_more:
            if member.eof:
                packed = packed.lstrip(b"\0")  # Zeros may fill the place between and after members.
                if not packed:
                    break
                member = new_member()
            try:
                more = member.text(packed, block_bytes)
            except DamagedError:
                yield text
                raise
            packed = member.unused_data if member.eof else member.rest()
            text, may_have_more = text + more, bool(more)
            if len(text) >= block_bytes:
                yield text
                text = b""
        yield text
    if not member.eof:
        raise DamagedError("the compressed file ends too early")


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
            raise DamagedError(str(error)) from error

    def rest(self) -> bytes:
        return self._zlib.unconsumed_tail


class _ZstdMember:
    """It keeps what it cannot put out yet, so that nothing has to be given again."""

    def __init__(self) -> None:
        # Python has this module from 3.14 on; the package is the same one for older versions.
        try:
            from compression import zstd  # type: ignore[import-not-found, unused-ignore]
        except ModuleNotFoundError:
            from backports import zstd
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
            raise DamagedError(str(error)) from error

    def rest(self) -> bytes:
        return b""
