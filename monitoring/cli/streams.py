"""The standard streams: one that is closed, an output that takes no more, a terminal that is not UTF-8."""

import codecs
import io
import json
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

# What is done with a character that an encoding lacks.
ESCAPED = "escaped"


class OutputError(OSError):
    """The standard output takes nothing more; the text says why."""


class _Output(io.FileIO):
    """The standard output; its errors are told apart from those of the log that is read."""

    def write(self, data: "Buffer", /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"the output cannot be written: {error.strerror}") from error


def prepare_streams() -> None:
    """Make the output safe to write any text of a log to; what its encoding lacks becomes an escape of JSON.

    Raises:
        ValueError: the standard output is closed.
    """
    if sys.stderr is None:  # Otherwise notes would be printed among the answer.
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - it is open for as long as the process runs
    if sys.stdout is None:
        raise ValueError("the standard output is closed: leave it open, or send it to a file or a pipe")
    if sys.stdout is sys.__stdout__ and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = _telling_errors(sys.stdout)
    codecs.register_error(ESCAPED, _escape)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ESCAPED)


def standard_input() -> TextIO:
    """Return the standard input.

    Raises:
        ValueError: it is closed.
    """
    if sys.stdin is None:
        raise ValueError("the standard input is closed, so - cannot be read; name a file, or use a pipe")
    return sys.stdin


def discard_output() -> None:
    """Let nothing more be written: Python would try again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _telling_errors(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    """Return a stream like this one, whose errors are `OutputError`; a console of Windows stays as it is."""
    raw = getattr(stream.buffer, "raw", stream.buffer)  # Python writes without a buffer where it is told so.
    if not isinstance(raw, io.FileIO):
        return stream
    output = _Output(stream.fileno(), "wb", closefd=False)
    buffer = output if raw is stream.buffer else io.BufferedWriter(output)
    return io.TextIOWrapper(
        buffer, stream.encoding, line_buffering=stream.line_buffering, write_through=stream.write_through
    )


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end
