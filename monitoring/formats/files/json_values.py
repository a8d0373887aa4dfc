"""Cut JSON that does not stand one value a line: an array of objects, or objects over several lines."""

import re

from monitoring.record.schema import MAX_LINE_BYTES

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# An object or an array that holds no other one, as most records are.
_FLAT = rb'[\[{][^"\[\]{}]*+(?:' + _STRING + rb'[^"\[\]{}]*+)*+[\]}]'
# Such ones one after the other; other brackets; another whole string; one whose end has not come yet.
_TOKEN = re.compile(
    rb"(?P<flat>" + _FLAT + rb"(?:[\s,]*+" + _FLAT + rb")*+)|(?P<open>[\[{]++)|(?P<close>[\]}]++)"
    rb"|" + _STRING + rb'|(?P<torn>")',
    re.DOTALL,
)
_FLAT_VALUE = re.compile(_FLAT, re.DOTALL)
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
        values: list[bytes] = []
        start, place = 0, len(text)
        for token in _TOKEN.finditer(text):
            if token.lastgroup == "flat" and self._depth == self._outside:
                values += _FLAT_VALUE.findall(token[0].translate(_LINE_ENDS))
            elif token.lastgroup == "open":
                if self._depth <= self._outside:
                    start = token.start() + self._outside - self._depth
                self._depth += len(token[0])
            elif token.lastgroup == "close":
                inside = self._depth - self._outside
                if 0 < inside <= len(token[0]):
                    end = token.start() + inside
                    values.append((self._begun + text[start:end]).translate(_LINE_ENDS))
                    self._begun = b""
                self._depth = max(0, self._depth - len(token[0]))
            elif token.lastgroup == "torn":
                place = token.start()
                break
        if self._depth > self._outside:
            self._hold(text[start:place])
        self._unread = text[place:][: self._max_line_bytes + 1]
        return self._lines(values)

    def end(self) -> bytes:
        """Return what is left of a value that has no end, and hold nothing."""
        rest = self._begun + self._unread if self._depth > self._outside else b""
        self._begun = self._unread = b""
        self._depth = 0
        return rest.translate(_LINE_ENDS)

    def _lines(self, values: list[bytes]) -> bytes:
        if max(map(len, values), default=0) > self._max_line_bytes:
            values = [value[: self._max_line_bytes + 1] for value in values]
        return b"\n".join((*values, b""))

    def _hold(self, text: bytes) -> None:
        self._begun = (self._begun + text)[: self._max_line_bytes + 1]
