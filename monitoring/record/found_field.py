"""A field of lines that no format was recognised in, as a reader is shown it to choose from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FoundField:
    """One field of such lines; its `name` is a dotted path, such as `res.statusCode`."""

    name: str
    # Some of its values, as texts.
    examples: tuple[str, ...]
    # The number of lines that have it.
    count: int
