"""Encodings of files and of lines."""

import codecs

import pytest

from monitoring.formats.files.encodings import encoding_of, from_gb18030, is_utf8

TEXT = '{"message":"情感分析完成"}\n'


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_known_with_and_without_its_mark(name: str) -> None:
    """JSON has zeros in every second byte there."""
    mark = codecs.BOM_UTF16_LE if name == "utf-16-le" else codecs.BOM_UTF16_BE
    assert encoding_of(mark + TEXT.encode(name)) == (name, 2)
    assert encoding_of(TEXT.encode(name)) == (name, 0)


@pytest.mark.parametrize("name", ["utf-32-le", "utf-32-be"])
def test_utf_32_is_known_by_its_mark(name: str) -> None:
    """Its mark in little-endian form begins like that of UTF-16."""
    mark = codecs.BOM_UTF32_LE if name == "utf-32-le" else codecs.BOM_UTF32_BE
    assert encoding_of(mark + TEXT.encode(name)) == (name, 4)


@pytest.mark.parametrize(
    "head", [b"", b"{", b"{}", TEXT.encode(), codecs.BOM_UTF8 + b"{}", b"\0" * 64, b"{\0\0\0"]
)
def test_anything_else_is_read_line_by_line(head: bytes) -> None:
    """UTF-8, with a mark or not, an empty file, and zeros."""
    assert encoding_of(head) is None


def test_utf_8_may_end_amid_a_character() -> None:
    """A line that was cut off is no other encoding."""
    assert is_utf8("情".encode())
    assert is_utf8("情".encode()[:2])
    assert not is_utf8(b"\xff")
    assert not is_utf8(TEXT.encode("gbk"))


def test_chinese_of_gb_18030_is_read_and_rubbish_is_not() -> None:
    """A line counts as such if nearly all its characters are everyday ones."""
    assert from_gb18030(TEXT.encode("gb18030")) == TEXT.encode()
    assert from_gb18030('{"city":"Zürich, Genève"}'.encode("latin-1")) is None
    assert from_gb18030(b"\xff\xff") is None
