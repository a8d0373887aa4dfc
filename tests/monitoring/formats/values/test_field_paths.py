"""Fields by dotted paths."""

from monitoring.formats.values.field_paths import MAX_DEPTH, leaves, lookup


def test_a_path_leads_into_objects() -> None:
    """Names may have dots themselves, and a whole name wins over a path."""
    fields = {
        "res": {"statusCode": 200, "a.b": {"c": 1}},
        "x.y": 2,
        "x": {"y": 3},
        "http.response": {"code": 4},
    }
    assert lookup(fields, "res.statusCode") == 200
    assert lookup(fields, "res.a.b.c") == 1
    assert lookup(fields, "x.y") == 2
    assert lookup(fields, "http.response.code") == 4


def test_a_path_that_leads_nowhere_is_none() -> None:
    """Also one through what is no object, and one of nothing but dots."""
    fields = {"a": 5, "b": {"c": None}, "d": [{"e": 1}]}
    assert [lookup(fields, path) for path in ("a.b", "b.c", "b.c.d", "d.e", "d.0.e", "", ".", "...")] == [
        None
    ] * 8


def test_leaves_are_all_fields_that_are_no_objects() -> None:
    """Lists are leaves, and so are objects that lie too deep or stand for one value."""
    assert dict(leaves({"a": {"b": {"c": 1}}, "d": [{"e": 2}], "f": {}})) == {"a.b.c": 1, "d": [{"e": 2}]}
    assert dict(leaves({"t": {"seconds": 1, "nanos": 2}})) == {"t": {"seconds": 1, "nanos": 2}}
    deep: dict[str, object] = {"x": 1}
    for _ in range(50):
        deep = {"x": deep}
    ((path, value),) = leaves(deep)
    assert path == ".".join("x" * MAX_DEPTH)
    assert isinstance(value, dict)
