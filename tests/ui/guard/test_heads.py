"""Bounds for the head of a request."""

from typing import Any

import pytest
from starlette.requests import Request

from ui.guard.heads import MAX_HEAD_BYTES, MAX_HEADERS, check_head
from ui.guard.limits import Refused


def scope_of(*headers: tuple[bytes, bytes], path: bytes = b"/", query: bytes = b"") -> dict[str, Any]:
    """Return the scope of a request."""
    return {
        "type": "http",
        "path": path.decode(),
        "raw_path": path,
        "query_string": query,
        "headers": headers,
    }


@pytest.mark.parametrize(
    "scope",
    [
        scope_of((b"cookie", b'foo="' + b"\\" * MAX_HEAD_BYTES)),
        scope_of(*[(b"a", b"b")] * (MAX_HEADERS + 1)),
        scope_of((b"x-forwarded-for", b"1.1.1.1," * 3_000)),
        scope_of(path=b"/" + b"x" * MAX_HEAD_BYTES),
        scope_of(query=b"q=" + b"x" * MAX_HEAD_BYTES),
    ],
)
def test_a_head_that_is_too_large_is_refused_and_read_by_nobody(scope: dict[str, Any]) -> None:
    """Many or long headers, paths and queries are refused, and the refusal does not read them either."""
    with pytest.raises(Refused) as refused:
        check_head(scope)
    assert (refused.value.status, refused.value.code) == (431, "head_large")
    assert scope["headers"] == []


@pytest.mark.parametrize(
    ("cookie", "left"),
    [
        (b"lang=zh; operator=a.b-c_d", {"lang": "zh", "operator": "a.b-c_d"}),
        (b"a=b; lang=en;c", {"lang": "en"}),
        (b"lang=zh; lang=en", {"lang": "en"}),
        (b'operator="\\\\\\\\\\\\', {}),
        (b'lang="zh"', {}),
        (b"lang=z\\h; operator=\xff", {}),
        (b"", {}),
        (b";;;=;", {}),
    ],
)
def test_only_our_own_cookies_are_left(cookie: bytes, left: dict[str, str]) -> None:
    """Cookies of other apps at this host, and values that we never write, reach no parser."""
    scope = scope_of((b"host", b"localhost"), (b"cookie", cookie))
    check_head(scope)
    assert Request(scope).cookies == left
    assert Request(scope).headers["host"] == "localhost"


def test_cookies_in_several_headers_are_one() -> None:
    """HTTP/2 lets a proxy split the cookies of a browser into several headers."""
    scope = scope_of((b"cookie", b"lang=zh"), (b"cookie", b"operator=x"))
    check_head(scope)
    assert Request(scope).cookies == {"lang": "zh", "operator": "x"}
