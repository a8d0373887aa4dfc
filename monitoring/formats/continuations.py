"""Join the lines of a traceback to the event before them: Python, Java, .NET, Node, Go, Rust, PHP."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from monitoring.record.schema import MAX_LINE_BYTES

# So many streams may have an event that goes on.
MAX_STREAMS = 8
# With these the traceback of an event begins.
_BEGINS = re.compile(
    r"(?:[ |+]*+(?:Exception Group )?(?:Traceback|Stack) \(most recent call last\)"
    r"|\u256d\u2500.{0,80}Traceback"
    r'|\s++File "[^"]{1,500}", line \d++'
    r"|\s++at \S|\s*+\.\.\. \d++ more\b|Caused by: |(?:PHP )?[sS]tack ?[tT]race:|goroutine \d++ \["
    r"|(?:[A-Za-z_$][\w$]{0,100}+\.){1,30}+[A-Z]\w{0,200}?(?:Exception|Error|Throwable)(?![\w$]))"
)
# With these one begins that is an event by itself, where its wrapper tells a time.
_BEGINS_ALONE = re.compile(
    r"(?:(?:[A-Z]\w{0,100})?(?:Error|Exception)(?: \[\w++\])?(?::|\Z)|Exception in thread |Uncaught |panic: "
    r"|Unhandled [eE]xception|Fatal Python error: |fatal error: |thread '[^']{0,200}' panicked at )"
)
# Within a traceback, these are lines of it although nothing stands before them.
_GOES_ON = re.compile(
    r"(?:During handling of the above exception|The above exception was the direct cause|Suppressed: "
    r"|> File \"|created by |exit status \d|\[signal |\[recovered\]|runtime stack:"
    r"|note: run with |stack backtrace:|#\d++ |---"
    r"|Node\.js v\d|[\u2502\u2570\u2571]|(?:[\w-]{1,100}+[./]){1,30}+(?:\(\*?\w++\)\.)?[\w.\[\]-]*+\(.*\)\Z"
    r"|(?:\w{1,100}+\.){1,30}+[A-Z]\w{0,200}+(?::|\Z)|\w{0,100}(?:Error|Exception|Exit|Interrupt|Warning|Iteration|Group)(?::|\Z)"
    r"|[}\])]++[,;]?\Z)",
    re.DOTALL,
)
# It writes the head of an event in front of each of its lines, and so nothing without a head belongs to it.
_REPEATS_HEADS = "vLLM"


class Head(NamedTuple):
    """What a logger writes in front of an event."""

    program: str
    time: object
    level: object
    place: object

    @classmethod
    def of(cls, program: str, fields: Mapping[str, Any]) -> "Head":
        """Return the head of a line of this program."""
        return cls(program, fields.get("timestamp"), fields.get("level"), fields.get("place"))


class _Event:
    """A record whose text may go on in the next lines."""

    def __init__(self, fields: dict[str, Any], is_inside: bool, head: Head | None) -> None:
        self.fields = fields
        self.head = head
        self.is_inside = is_inside  # of a traceback
        self._chars = 0

    def goes_on_with(self, line: str, has_time: bool) -> bool:
        """Tell whether a line is one of the traceback of this event, be it the first one."""
        goes_on = line[:1].isspace() or not has_time or _GOES_ON.match(line)
        return bool((self.is_inside and goes_on) or _BEGINS.match(line))

    def add_traceback(self, line: str) -> None:
        """Add a line of the event's traceback."""
        self.is_inside = True
        self.add("traceback", line)

    def add(self, name: str, line: str) -> None:
        """Add a line to a field, as long as a record may be."""
        self._chars += len(line) + 1
        if self._chars <= MAX_LINE_BYTES:
            told = self.fields.get(name)
            self.fields[name] = f"{told}\n{line}" if told else line


class Continuations:
    """The last events of each stream, to which lines may be added that are no events of their own."""

    def __init__(self) -> None:
        self._events: dict[str, _Event] = {}

    def begin(self, stream: str, fields: dict[str, Any], line: str = "", head: Head | None = None) -> None:
        """Take down the event that a line of text has become; its fields may be added to from now on."""
        for name in dict.fromkeys((stream, "")):  # Lines that go on may lack the wrapper of the first one.
            self._events.pop(name, None)
            if len(self._events) >= MAX_STREAMS:
                del self._events[next(iter(self._events))]
            self._events[name] = _Event(fields, begins(line), head)

    def end(self, stream: str) -> None:
        """Nothing is added to the event of a stream any more."""
        for name in (stream, ""):
            self._events.pop(name, None)

    def take(self, stream: str, line: str, has_time: bool) -> bool:
        """Add a line that nobody knows to the event before it; return False where it is none of its lines.

        One without a time, not even of a wrapper, is one if it is indented or a traceback has begun.
        """
        event = self._events.get(stream)
        if event is None or (event.head is not None and event.head.program == _REPEATS_HEADS):
            return False
        begins_alone = not has_time and _BEGINS_ALONE.match(line)
        if begins_alone or event.goes_on_with(line, has_time):
            event.add_traceback(line)
            return True
        if line[:1].isspace() and not has_time:
            event.add("message", line)
            return True
        event.is_inside = False
        return False

    def take_headed(self, stream: str, head: Head, line: str) -> bool:
        """Add a line of a traceback that its logger has given a head; False where it is an event of its own.

        All lines of one event have the same head.
        """
        event = self._events.get(stream)
        if event is None or event.head != head or not event.goes_on_with(line, has_time=True):
            return False
        event.add_traceback(line)
        return True


def begins(line: str) -> bool:
    """Tell whether a line, with what is left of its indentation, is the beginning of a traceback."""
    return _BEGINS.match(line) is not None or _BEGINS_ALONE.match(line) is not None
