"""A field of another program's records, as a person sees it who is to say what it means."""

from typing import NamedTuple


class FoundField(NamedTuple):
    """A field that was found: its dotted path, some of its values, and how many records have it."""

    name: str
    examples: tuple[str, ...]
    count: int
