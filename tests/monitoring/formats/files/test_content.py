"""What a file holds is told by its beginning."""

import gzip
from collections.abc import Callable
from io import FileIO
from pathlib import Path

import pytest
from backports import zstd

from monitoring.formats.files.content import Content, ContentLines, content_of, texts
from monitoring.storage.blocks import DAMAGED

RECORD = b'{"timestamp":"2026-01-21T16:00:00Z","message":"\xe6\x83\x85","tags":{"a":[1]}}'
INDENTED = b'{\n  "timestamp": "2026-01-21T16:00:00Z",\n  "a": 1\n}\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a place for a file."""
    return tmp_path / "any.name"


def content(path: Path, data: bytes) -> Content:
    """Return what a file with these bytes holds."""
    path.write_bytes(data)
    with FileIO(path) as file:
        return content_of(file)


def lines(path: Path, data: bytes, block_bytes: int = 1 << 18) -> bytes:
    """Return the lines of a file with these bytes."""
    path.write_bytes(data)
    with FileIO(path) as file:
        found = content_of(file)
        cutter = ContentLines(found)
        return b"".join(cutter.add(text) for text in texts(file, found, block_bytes)) + cutter.end()


def name_of(found: Content) -> str:
    """Return what a file holds in words; "" for plain lines."""
    shape = "JSON array" if found.is_array else "indented JSON" if found.is_indented else None
    encoding = found.encoding and found.encoding.upper()
    return " + ".join(filter(None, (found.packing, encoding, shape)))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", ""),
        (b"\0" * 100, ""),
        (RECORD + b"\n" + RECORD, ""),
        (b"\xef\xbb\xbf" + RECORD, ""),
        (b"[2026-01-21 16:00:00] INFO a\n", ""),
        (b"text\n", ""),
        (b"[%s,\n%s]" % (RECORD, RECORD), "JSON array"),
        (b"\xef\xbb\xbf [\n%s]" % RECORD, "JSON array"),
        (b"[]", "JSON array"),
        (INDENTED * 2, "indented JSON"),
        (INDENTED.replace(b"\n", b"\r\n"), "indented JSON"),
        (RECORD * 3, "indented JSON"),
        (b'{"a":"} {"}\n', ""),
        (RECORD.decode().encode("utf-16"), "UTF-16-LE"),
        (b"[%s]".replace(b"%s", RECORD).decode().encode("utf-16"), "UTF-16-LE + JSON array"),
        (gzip.compress(RECORD, mtime=0), "gzip"),
        (zstd.compress(RECORD), "zstd"),
        (gzip.compress(b"[%s]" % RECORD, mtime=0), "gzip + JSON array"),
        (zstd.compress(RECORD.decode().encode("utf-16")), "zstd + UTF-16-LE"),
    ],
)
def test_a_file_is_told_by_its_beginning(path: Path, data: bytes, name: str) -> None:
    """Compression, encoding and shape, in any mixture; plain lines have no name."""
    found = content(path, data)
    assert name_of(found) == name
    assert found.is_lines is not bool(name)


@pytest.mark.parametrize("block_bytes", [1, 7, 1 << 18])
@pytest.mark.parametrize(
    "data",
    [
        RECORD + b"\n" + RECORD,
        RECORD + RECORD,
        b"[%s ,%s]" % (RECORD, RECORD),
        f"{RECORD.decode()}\n{RECORD.decode()}".encode("utf-16"),
        f"{RECORD.decode()}\n{RECORD.decode()}".encode("utf-32"),
        f"{RECORD.decode()}\n{RECORD.decode()}".encode("utf-16-be"),
        gzip.compress(RECORD + b"\n", mtime=0) + gzip.compress(RECORD, mtime=0),
        zstd.compress(RECORD + b"\n") + zstd.compress(RECORD),
    ],
)
def test_the_lines_are_the_same_in_any_form(path: Path, data: bytes, block_bytes: int) -> None:
    """One value a line in UTF-8 comes of it, in blocks of any size."""
    assert lines(path, data, block_bytes).splitlines() == [RECORD, RECORD]


def test_an_indented_object_is_one_line(path: Path) -> None:
    """Line ends within a value are spaces."""
    (line,) = lines(path, INDENTED).splitlines()
    assert line.split() == INDENTED.split()


@pytest.mark.parametrize("compress", [gzip.compress, zstd.compress])
def test_a_damage_at_the_beginning_is_no_obstacle_to_look(
    path: Path, compress: Callable[[bytes], bytes]
) -> None:
    """What the file is can be told; who reads on meets the damage."""
    data = compress(RECORD)[:-4]
    assert content(path, data).packing is not None
    with pytest.raises(DAMAGED):
        lines(path, data)


def test_half_a_character_at_the_end_is_replaced(path: Path) -> None:
    """A file in UTF-16 that was cut off ends with what can be read."""
    assert lines(path, RECORD.decode().encode("utf-16")[:-1]).startswith(RECORD[:-1])
