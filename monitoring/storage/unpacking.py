"""Decompress a file of somebody else's in steps, each of which takes a bounded time.

`gzip.GzipFile` reads a member without text, the name in a header and the zeros after a member to their ends
at once, however long they are; so nobody could limit or stop it amid a file that holds nothing else.
"""

import zlib
from collections.abc import Iterator
from io import FileIO

from monitoring.storage.blocks import READ_BYTES

# What is read of the file in a step. Where the file is damaged, the text of one step is lost.
PACKED_BYTES = 8192
# zlib's sign for the format of gzip (RFC 1952): the largest window of 2**15 bytes, and 16.
_GZIP = 31


def unpacked(file: FileIO, block_bytes: int = READ_BYTES) -> Iterator[bytes]:
    """Yield the text of a compressed file, after each step so much as has come of it, perhaps nothing.

    No part is much longer than `block_bytes`.

    Raises:
        EOFError, zlib.error (both among `DAMAGED`): it is damaged from here on.
    """
    member = zlib.decompressobj(_GZIP)
    while packed := file.read(PACKED_BYTES):
        text = b""
        while packed:
            if member.eof:
                packed = packed.lstrip(b"\0")  # Zeros may fill the place between and after members.
                member = zlib.decompressobj(_GZIP) if packed else member
                continue
            try:
                text += member.decompress(packed, block_bytes)
            except zlib.error:
                yield text
                raise
            packed = member.unused_data if member.eof else member.unconsumed_tail
            if len(text) >= block_bytes:
                yield text
                text = b""
        yield text
    yield member.flush()
    if not member.eof:
        raise EOFError("the compressed file ends too early")
