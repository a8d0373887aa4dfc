"""Find a field of a record by its dotted path: `res.statusCode` is in an object, or is the name itself."""

from collections.abc import Iterator, Mapping
from typing import Any

from monitoring.formats.values.objects import is_one_value

# Objects are looked into so deep where their fields are listed.
MAX_DEPTH = 4


def lookup(fields: Mapping[str, Any], path: str) -> Any:
    """Return the value at a path; None where there is none."""
    if path in fields:
        return fields[path]
    name, _, rest = path.partition(".")
    while rest:
        inner = fields.get(name)
        if isinstance(inner, dict) and (value := lookup(inner, rest)) is not None:
            return value
        # A name may have dots itself, as in {"http.response": {"status_code": 200}}.
        step, _, rest = rest.partition(".")
        name = f"{name}.{step}"
    return None


def leaves(fields: Mapping[str, Any], prefix: str = "", depth: int = MAX_DEPTH) -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of each field, those in objects too; an object of one value is a field."""
    for name, value in fields.items():
        if isinstance(value, dict) and depth > 1 and not is_one_value(value):
            yield from leaves(value, f"{prefix}{name}.", depth - 1)
        else:
            yield f"{prefix}{name}", value
