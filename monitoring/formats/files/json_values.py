"""Cut JSON that does not stand one value a line: an array of objects, or objects over several lines."""

import re

from monitoring.record.schema import MAX_LINE_BYTES

# A whole string, or one whose end has not come yet; and the brackets outside of strings.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|(?P<open>"(?:[^"\\]|\\.)*\\?\Z)|[\[\]{}]', re.DOTALL)
_LINE_ENDS = bytes.maketrans(b"\r\n", b"  ")


class JsonValues:
    """Find the objects of a text that comes in parts, and return each as one line.

    Of an object that is longer than `max_line_bytes`, only so much is held that it is still too long. Line
    ends are spaces in a value: JSON has them only between values.
    """

    def __init__(self, is_array: bool, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        # In an array, the objects stand one bracket deep.
        self._outside = 1 if is_array else 0
        self._max_line_bytes = max_line_bytes
        self._depth = 0
        # What was read of a value whose end has not come, and the text that was not looked at.
        self._begun = b""
        self._unread = b""

    def add(self, text: bytes) -> bytes:
        """Return the values that are whole now, each ended by a newline."""
        text = self._unread + text
        self._unread = b""
        lines: list[bytes] = []
        start = place = 0
        for token in _TOKEN.finditer(text):
            mark = text[token.start()]
            if token["open"] is not None:
                place = token.start()
                break
            if mark in b"[{":
                if self._depth == self._outside:
                    start = token.start()
                self._depth += 1
            elif mark in b"]}" and self._depth > 0:
                self._depth -= 1
                if self._depth == self._outside:
                    lines.append(self._line(text[start : token.end()]))
            place = token.end()
        else:
            place = len(text)
        if self._depth > self._outside:
            self._hold(text[start:place])
        self._unread = text[place:][: self._max_line_bytes + 1]
        return b"".join(lines)

    def end(self) -> bytes:
        """Return what is left of a value that has no end, and hold nothing."""
        rest = self._begun + self._unread if self._depth > self._outside else b""
        self._begun = self._unread = b""
        self._depth = 0
        return rest.translate(_LINE_ENDS)

    def _line(self, text: bytes) -> bytes:
        line, self._begun = self._begun + text, b""
        return line[: self._max_line_bytes + 1].translate(_LINE_ENDS) + b"\n"

    def _hold(self, text: bytes) -> None:
        self._begun = (self._begun + text)[: self._max_line_bytes + 1]
