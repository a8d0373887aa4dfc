"""Files that somebody wrote, and how their mistakes are told."""

import os
from pathlib import Path

import pytest

from settings.toml_file import MAX_BYTES, MAX_CHARS, MAX_PROBLEMS, TomlFileError, read_toml, shortened

TEXT = """top = 1
[first]
a = 1
[second.deep]
"quoted name" = 2
inline = { x = 1 }
dotted.key = 3
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("top",), 1),
        (("first",), 2),
        (("first", "a"), 3),
        (("second", "deep", "quoted name"), 5),
        (("second", "deep", "inline", "x"), 6),
        (("second", "deep", "dotted", "key"), 7),
        (("second", "deep", "missing"), 4),  # The table that could hold it.
        (("nowhere",), 1),
    ],
)
def test_a_key_is_found_however_it_is_written(tmp_path: Path, keys: tuple[str, ...], line: int) -> None:
    """Headings, dotted keys, quoted keys and inline tables lead to their line."""
    path = tmp_path / "x.toml"
    path.write_text(TEXT)
    assert read_toml(path).place(keys) == f"line {line}: {'.'.join(keys)}"


def test_what_is_no_toml_is_refused_by_name(tmp_path: Path) -> None:
    """The text names the file and the place."""
    path = tmp_path / "x.toml"
    path.write_text("a = \n")
    with pytest.raises(TomlFileError, match=r"x\.toml is no TOML: .*line 1"):
        read_toml(path)
    with pytest.raises(TomlFileError, match=r"none\.toml cannot be read: No such file"):
        read_toml(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"x = " + b"9" * 5000, "cannot be used: Exceeds the limit"),
        (b"#" * (MAX_BYTES + 1), "cannot be used: it has more than 1 MiB"),
        (b"#" + "字".encode() * MAX_BYTES, "cannot be used: it has more than 1 MiB"),
        (b"x = '\xff'", "is no TOML: .*invalid start byte"),
        (b"x = " + b"[" * 5000, "cannot be used: its values are nested too deeply"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    """Numbers, sizes and bytes beyond what is read end in one sentence with the file's name."""
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(TomlFileError, match=rf"x\.toml {told}"):
        read_toml(path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """It might never end."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TomlFileError, match="it is a pipe"):
        read_toml(tmp_path / "pipe")


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    """Editors on Windows write one."""
    (tmp_path / "x.toml").write_bytes(b"\xef\xbb\xbf[first]\r\na = 1\r\n")
    file = read_toml(tmp_path / "x.toml")
    assert (file.tables, file.place(("first", "a"))) == ({"first": {"a": 1}}, "line 2: first.a")


def test_of_endless_mistakes_the_first_are_told(tmp_path: Path) -> None:
    """The others are counted."""
    path = tmp_path / "x.toml"
    path.write_text(TEXT)
    told = str(read_toml(path).refusal(range(1000), str)).splitlines()
    assert told[:2] == [f"{path}, 0", f"{path}, 1"]
    assert told[MAX_PROBLEMS:] == [f"{path}, and {1000 - MAX_PROBLEMS} more mistakes"]


def test_a_shortened_text_fits_into_a_line() -> None:
    """Controls and marks that turn text are escaped, Chinese is not."""
    assert shortened("慢\n\u202e\x1b") == "慢\\n\\u202e\\x1b"
    assert shortened("x" * 1000) == "x" * MAX_CHARS + "…"
