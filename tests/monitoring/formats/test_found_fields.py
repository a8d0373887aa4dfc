"""Fields of records that are not ours, with examples."""

from monitoring.formats.found_fields import (
    MAX_EXAMPLE_CHARS,
    MAX_EXAMPLES,
    MAX_FIELDS,
    MAX_RECORDS,
    FoundFields,
)
from monitoring.record.found_field import FoundField


def test_fields_are_told_with_examples_the_most_frequent_first() -> None:
    """Those in objects have a dotted path; a value that is null is none."""
    found = FoundFields()
    for number in range(3):
        found.add({"res": {"code": 200}, "took": number, "nothing": None})
    found.add({"took": 2})
    assert found.all() == (FoundField("took", ("0", "1", "2"), 4), FoundField("res.code", ("200",), 3))


def test_what_is_kept_is_bounded() -> None:
    """However many fields, records and long values there are."""
    found = FoundFields()
    many = {f"f{n}": n for n in range(100)}
    for number in range(MAX_RECORDS + 50):
        found.add({"a": f"{number}" + "x" * 1000, "n" * 200: 1, "bad\x1bname": 1, **many})
    fields = found.all()
    assert len(fields) == MAX_FIELDS
    assert fields[0].count == MAX_RECORDS
    assert len(fields[0].examples) == MAX_EXAMPLES
    assert {len(example) for example in fields[0].examples} == {MAX_EXAMPLE_CHARS}
    assert all(len(field.name) <= 100 and field.name.isprintable() for field in fields)
