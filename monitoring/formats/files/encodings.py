"""Turn text of other encodings into UTF-8: UTF-16 and UTF-32 of whole files, GB 18030 of single lines."""

import codecs

# The marks at the beginning of a file, the longer ones first, since that of UTF-16 begins that of UTF-32.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The share of Chinese text that everyday characters make; other encodings look like rare ones.
_USUAL_SHARE = 0.8


def encoding_of(head: bytes) -> tuple[str, int] | None:
    """Return the encoding that the first bytes of a file tell, and the length of its mark in bytes.

    None stands for UTF-8, and for whatever is read line by line.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, len(mark)
    # Without a mark: every second byte of JSON in UTF-16 is zero.
    start = head[:64]
    if len(start) >= 4 and start[0] in b"{[" and start[1:8:2] == bytes(len(start[1:8:2])) and start[2]:
        return "utf-16-le", 0
    if len(start) >= 4 and start[1] in b"{[" and start[0:8:2] == bytes(len(start[0:8:2])):
        return "utf-16-be", 0
    return None


def is_utf8(text: bytes) -> bool:
    """Tell whether a text is UTF-8; its last character may be cut off."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def from_gb18030(line: bytes) -> bytes | None:
    """Return a line of GBK or GB 18030 in UTF-8; None where it does not look like everyday Chinese."""
    try:
        text = line.decode("gb18030")
    except UnicodeDecodeError:
        return None
    foreign = [letter for letter in text if letter > "\x7f"]
    usual = sum(bool(letter.encode("gb2312", "ignore")) for letter in foreign)
    return text.encode() if usual >= _USUAL_SHARE * len(foreign) else None
