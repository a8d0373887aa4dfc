"""A compressed file of somebody else's is read in steps, whatever it holds."""

import builtins
import gzip
from collections.abc import Callable, Iterator
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.storage.blocks import DAMAGED
from monitoring.storage.damage import WINDOW_TOO_LARGE, Damage, DamagedError
from monitoring.storage.unpacking import GZIP, PACKED_BYTES, ZSTD, packing_of, unpacked

TEXT = b"".join(b"line %d\n" % number for number in range(20_000))
STEPS = 100


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a place for a file, which each test writes anew."""
    return tmp_path_factory.mktemp("packed") / "upload"


def parts_of(path: Path, packed: bytes, block_bytes: int = 4096, packing: str = GZIP) -> Iterator[bytes]:
    """Write a file, and yield what is read of it."""
    path.write_bytes(packed)
    with FileIO(path) as file:
        yield from unpacked(file, block_bytes, packing)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.binary(max_size=50_000), st.integers(0, 9), st.integers(0, 20_000)), min_size=1),
    st.integers(1, 10_000),
)
def test_any_members_are_read_as_gzip_reads_them(
    path: Path, members: list[tuple[bytes, int, int]], block_bytes: int
) -> None:
    """Several members, of any compression, with zeros after them, are one text."""
    packed = b"".join(gzip.compress(text, level) + b"\0" * zeros for text, level, zeros in members)
    assert b"".join(parts_of(path, packed, block_bytes)) == gzip.decompress(packed)


@settings(deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=9), st.integers(0, 30_000)), min_size=1), st.integers(1, 10_000))
def test_any_frames_of_zstd_are_one_text(
    path: Path, frames: list[tuple[bytes, int]], block_bytes: int
) -> None:
    """However much text a few bytes hold, what follows them is read, too."""
    block_bytes = max(block_bytes, sum(len(text) * times for text, times in frames) // 1000)
    whole = [text * times for text, times in frames]
    packed = b"".join(map(zstd.compress, whole))
    parts = list(parts_of(path, packed, block_bytes, ZSTD))
    assert b"".join(parts) == b"".join(whole)
    assert max(map(len, parts)) <= 2 * block_bytes


@pytest.mark.parametrize("damage", [lambda packed: packed[:-1], lambda packed: packed + b"rubbish"])
def test_a_damage_of_zstd_is_known(path: Path, damage: Callable[[bytes], bytes]) -> None:
    """What stands before it is read, and the error is one of those that readers know."""
    read: list[bytes] = []
    first = zstd.compress(TEXT)
    with pytest.raises(DAMAGED):
        read.extend(parts_of(path, first + damage(zstd.compress(b"more")), packing=ZSTD))
    assert b"".join(read).startswith(TEXT)


@pytest.mark.parametrize(
    ("data", "packing"),
    [
        (gzip.compress(b"a", mtime=0), GZIP),
        (zstd.compress(b"a"), ZSTD),
        *((bytes((low, 0x2A, 0x4D, 0x18)), ZSTD) for low in range(0x50, 0x60)),
        (b"\x60\x2a\x4d\x18", None),
        (b"a", None),
        (b"", None),
        (b"\x28\xb5", None),
    ],
)
def test_the_first_bytes_tell_how_a_file_is_compressed(path: Path, data: bytes, packing: str | None) -> None:
    """The place in the file stays what it was."""
    path.write_bytes(data)
    with FileIO(path) as file:
        file.seek(1)
        assert packing_of(file) == packing
        assert file.tell() == 1


@pytest.mark.parametrize("block_bytes", [1, 100, 4096, 1 << 18])
def test_no_part_is_much_longer_than_a_block(path: Path, block_bytes: int) -> None:
    """A small file of endless text comes in small parts."""
    packed = gzip.compress(b"\n" * 300_000) if block_bytes > 1 else gzip.compress(b"\n" * 300)
    parts = list(parts_of(path, packed, block_bytes))
    assert max(map(len, parts)) <= 2 * block_bytes
    assert sum(map(len, parts)) == (300_000 if block_bytes > 1 else 300)


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(b"", mtime=0) * (STEPS * PACKED_BYTES // len(gzip.compress(b""))),
        gzip.compress(b"\n", mtime=0) + b"\0" * (STEPS * PACKED_BYTES),
        b"\x1f\x8b\x08\x08" + b"\0" * 6 + b"x" * (STEPS * PACKED_BYTES),
    ],
    ids=["members without text", "zeros", "a name without end"],
)
def test_what_holds_no_text_is_read_in_steps_too(path: Path, packed: bytes) -> None:
    """Between two steps, a limit of time can be kept, and a reader can give up."""
    assert len(list(islice(parts_of(path, packed), STEPS - 1))) == STEPS - 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[: len(packed) // 2],
        lambda packed: packed[:-1],
        lambda packed: packed[:-8] + b"12345678",
        lambda packed: packed + b"rubbish",
        lambda packed: packed[:30_000] + b"rubbish" * 9 + packed[30_000:],
        lambda packed: packed[:3],
    ],
    ids=["half", "without its last byte", "wrong sum", "rubbish after it", "rubbish in it", "hardly begun"],
)
def test_what_stands_before_a_damage_is_read(path: Path, damage: Callable[[bytes], bytes]) -> None:
    """A damage raises one of the errors that readers know, after the text before it."""
    read: list[bytes] = []
    with pytest.raises(DAMAGED):
        read.extend(parts_of(path, damage(gzip.compress(TEXT, 1))))
    assert TEXT.startswith(b"".join(read)[: len(TEXT) // 4])


def test_a_damaged_member_is_known_by_its_sum(path: Path) -> None:
    """What zlib says of it stands in the error that readers know."""
    with pytest.raises(DamagedError, match="incorrect data check"):
        list(parts_of(path, gzip.compress(TEXT)[:-8] + b"\0" * 8))


def zstd_with_sum(text: bytes) -> bytes:
    """Compress a text into one frame that ends with its checksum."""
    return zstd.compress(text, options={zstd.CompressionParameter.checksum_flag: 1})


@pytest.mark.parametrize("text", [b"one line\n", TEXT], ids=["small", "large"])
@pytest.mark.parametrize(
    ("compress", "packing", "sum_bytes", "reason"),
    [
        (gzip.compress, GZIP, 5, "incorrect data check"),
        (zstd_with_sum, ZSTD, 1, "Restored data doesn't match checksum"),
    ],
    ids=["gzip", "zstd"],
)
@pytest.mark.parametrize("before", [0, 1], ids=["alone", "between two whole members"])
def test_all_text_before_a_wrong_sum_is_read(
    path: Path,
    text: bytes,
    compress: Callable[[bytes], bytes],
    packing: str,
    sum_bytes: int,
    reason: str,
    before: int,
) -> None:
    """Also that of the step that fails, and of a file of one step; the error says where and why."""
    whole = compress(text)
    wrong = whole[:-sum_bytes] + bytes(each ^ 1 for each in whole[-sum_bytes:])
    packed = whole * before + wrong + whole * before
    read: list[bytes] = []
    with pytest.raises(DamagedError) as error:
        read.extend(parts_of(path, packed, packing=packing))
    assert b"".join(read) == text * (before + 1)
    place = len(whole * before) + len(wrong) - sum_bytes
    text_bytes = len(text) * (before + 1)
    assert error.value.damage == Damage(packing, reason, place, len(packed), text_bytes)


@pytest.mark.parametrize("low", range(0x50, 0x60))
def test_frames_to_be_skipped_have_no_text(path: Path, low: int) -> None:
    """Each of the 16 kinds may stand before, between and after the frames of a file."""
    skipped = bytes((low, 0x2A, 0x4D, 0x18)) + (3).to_bytes(4, "little") + b"abc"
    packed = skipped * 2 + zstd.compress(b"one\n") + skipped + zstd.compress(b"two\n") + skipped
    assert b"".join(parts_of(path, packed, packing=ZSTD)) == b"one\ntwo\n"


def test_frames_of_zstd_do_not_look_for_the_module_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That would take most of the time of a file of small frames."""
    packed = zstd.compress(b"a") * 1000
    assert b"".join(parts_of(path, packed, packing=ZSTD)) == b"a" * 1000
    sought: list[str] = []

    def note(name: str, *args: Any) -> Any:
        sought.append(name)
        return imported(name, *args)

    imported = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", note)
    assert b"".join(parts_of(path, packed, packing=ZSTD)) == b"a" * 1000
    assert [name for name in sought if name in ("compression", "backports")] == []


@pytest.mark.parametrize(
    "header",
    [
        bytes((0, 21 << 3)),  # A window of 2 GiB.
        b"\xe0" + (1 << 62).to_bytes(8, "little"),  # One segment of so many bytes.
    ],
)
def test_a_window_that_is_too_large_is_known(path: Path, header: bytes) -> None:
    """The reason is one that readers have words for; what stands before is read."""
    packed = zstd.compress(TEXT) + b"\x28\xb5\x2f\xfd" + header + (4 << 3 | 1).to_bytes(3, "little") + b"text"
    read: list[bytes] = []
    with pytest.raises(DamagedError) as error:
        read.extend(parts_of(path, packed, packing=ZSTD))
    assert b"".join(read) == TEXT
    assert error.value.damage.reason == WINDOW_TOO_LARGE


def test_a_file_that_is_cut_while_it_is_read_again_ends_nothing(path: Path) -> None:
    """The damage is told all the same."""
    packed = gzip.compress(TEXT)[:-8] + b"\0" * 8

    def cut_meanwhile() -> Iterator[bytes]:
        with FileIO(path) as file:
            for part in unpacked(file, 4096):
                yield part
                if file.tell() == len(packed):
                    path.write_bytes(b"")

    path.write_bytes(packed)
    with pytest.raises(DamagedError):
        list(cut_meanwhile())


@pytest.mark.parametrize("packing", [GZIP, ZSTD])
@settings(deadline=None)
@given(place=st.integers(0, 2000), change=st.integers(1, 255))
def test_any_damage_is_one_of_those_that_readers_know(
    packing: str, place: int, change: int, path: Path
) -> None:
    """One changed byte somewhere leaves the text before it."""
    text = TEXT[:9000]
    packed = bytearray(gzip.compress(text) if packing == GZIP else zstd_with_sum(text))
    packed[place % len(packed)] ^= change
    read: list[bytes] = []
    told: Damage | None = None
    try:
        read.extend(parts_of(path, bytes(packed), packing=packing))
    except DamagedError as error:
        told = error.damage
    assert told is None or told.text_bytes == sum(map(len, read))


@pytest.mark.parametrize("name", ["qwen.log", "qwen.log.gz", "upload"])
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (gzip.compress(b"text\n", mtime=0), True),
        (b"text\n", False),
        (b"\x1f", False),
        (b"", False),
        (b"\x8b\x1f", False),
    ],
    ids=["compressed", "text", "half a mark", "nothing", "mark turned around"],
)
def test_the_first_bytes_tell_a_compressed_file(path: Path, name: str, data: bytes, expected: bool) -> None:
    """Its name does not count, and the file is read from its begin afterwards."""
    path.with_name(name).write_bytes(data)
    with FileIO(path.with_name(name)) as file:
        assert (packing_of(file) is not None) == expected
        assert file.read() == data
