"""Collect the fields of records that are not ours, with examples, so that a person can say what they mean."""

from collections.abc import Mapping
from typing import Any

from monitoring.formats.values.field_paths import leaves
from monitoring.record.found_field import FoundField

# So many records are looked at, and so many fields and examples are kept.
MAX_RECORDS = 200
MAX_FIELDS = 60
MAX_EXAMPLES = 3
# Longer names are no columns of anybody; longer values are cut.
MAX_NAME_CHARS = 100
MAX_EXAMPLE_CHARS = 60


class FoundFields:
    """The fields of the first records that were added."""

    def __init__(self) -> None:
        self._records = 0
        self._counts: dict[str, int] = {}
        self._examples: dict[str, list[str]] = {}

    @property
    def are_enough(self) -> bool:
        """Whether no more records are looked at."""
        return self._records >= MAX_RECORDS

    def add(self, fields: Mapping[str, Any]) -> None:
        """Look at a record; beyond `MAX_RECORDS` nothing is done."""
        if self.are_enough:
            return
        self._records += 1
        for name, value in leaves(fields):
            if value is None or len(name) > MAX_NAME_CHARS or not name.isprintable():
                continue
            if name not in self._counts and len(self._counts) >= MAX_FIELDS:
                continue
            self._counts[name] = self._counts.get(name, 0) + 1
            example = str(value)[:MAX_EXAMPLE_CHARS]
            examples = self._examples.setdefault(name, [])
            if example not in examples and len(examples) < MAX_EXAMPLES:
                examples.append(example)

    def all(self) -> tuple[FoundField, ...]:
        """Return the fields, the most frequent ones first."""
        names = sorted(self._counts, key=lambda name: -self._counts[name])
        return tuple(FoundField(name, tuple(self._examples[name]), self._counts[name]) for name in names)
