"""Lines of text as fields."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.formats.programs.text_lines import read_text


@pytest.mark.parametrize(
    ("text", "program", "fields"),
    [
        (
            'INFO:     127.0.0.1:5000 - "GET /v1 HTTP/1.1" 200 OK',
            "uvicorn",
            {"level": "INFO", "status": 200, "message": "GET /v1"},
        ),
        ("INFO:     Started server process [1]", "uvicorn", {"message": "Started server process [1]"}),
        (
            '1.2.3.4 - bob [21/Jan/2026:16:00:00 +0000] "POST /x HTTP/1.1" 502 12 "-" "curl" rt=0.25',
            "access log",
            {"timestamp": "21/Jan/2026:16:00:00 +0000", "status": 502, "response_time_ms": 250.0},
        ),
        (
            '[GIN] 2026/01/21 - 16:00:00 | 200 |  1.5s |  127.0.0.1 | POST     "/api/chat"',
            "ollama",
            {"status": 200, "response_time_ms": 1500, "message": "POST /api/chat"},
        ),
        (
            "INFO 01-21 16:00:00 [core.py:71] Initializing",
            "vLLM",
            {"timestamp": "01-21 16:00:00", "message": "Initializing"},
        ),
        (
            "slot print_timing: id 0 | total time =    2150.5 ms /  32 tokens",
            "llama-server",
            {"response_time_ms": 2150.5, "total_tokens": 32},
        ),
        (
            'time=2026-01-21T16:00:00Z level=info msg="a \\"b\\" c" duration=5ms',
            "logfmt",
            {"msg": 'a "b" c', "duration": "5ms"},
        ),
        (
            "2026-01-21 16:00:00,123 - app.x - WARNING - careful",
            "text with a level",
            {"timestamp": "2026-01-21 16:00:00,123", "level": "WARNING", "message": "careful"},
        ),
        (
            "2026-01-21 16:00:00 [warning  ] careful          [app.x]",
            "text with a level",
            {"level": "warning", "message": "careful          [app.x]"},
        ),
        (
            "2026-01-21 16:00:00.123 +08:00 [VRB] looked",
            "text with a level",
            {"timestamp": "2026-01-21 16:00:00.123 +08:00", "level": "VRB", "message": "looked"},
        ),
        (
            "[ERROR] 2026-01-21 16:00:00 boom",
            "text with a level",
            {"level": "ERROR", "message": "boom"},
        ),
    ],
)
def test_lines_of_known_programs_are_read(text: str, program: str, fields: dict[str, Any]) -> None:
    """Each becomes the fields that a JSON log would have."""
    found = read_text(text)
    assert found is not None
    assert found.program == program
    assert fields.items() <= found.fields.items()


@pytest.mark.parametrize(
    "text", ["", "hello", "Traceback (most recent call last):", '"GET /x HTTP/1.1" 200', "a=1 b=2"]
)
def test_other_texts_are_nobodys(text: str) -> None:
    """They are no records by themselves."""
    assert read_text(text) is None


PIECES = st.sampled_from(
    [
        "INFO",
        ":",
        "     ",
        " - ",
        "|",
        "2026-01-21 16:00:00",
        "[GIN] ",
        "HTTP/1.1",
        '"GET /x HTTP/1.1" 200',
        "total time",
        " = 3 ms / ",
        "a=1 ",
        'a="',
        "[",
        "]",
        "(",
        "\n",
        "\\",
        "1.2.3.4:5",
        "01-21 16:00:00",
        "time=1 level=info ",
        "{",
        "}",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_any_text_is_read_or_nobodys(text: str) -> None:
    """Whatever is put together of what programs write, nothing raises."""
    found = read_text(text)
    assert found is None or found.fields
