"""Lines of llama-server."""

import pytest

from monitoring.formats.programs.llama_lines import read_llama_server


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (
            "slot print_timing: id 0 |       total time =    2150.5 ms /  32 tokens",
            {"response_time_ms": 2150.5, "total_tokens": 32},
        ),
        ("srv  update_slots: all slots are idle", {"message": "srv  update_slots: all slots are idle"}),
        ("srv    operator(): got exception", {"message": "srv    operator(): got exception"}),
        ("0.01.234.567 W a", {"level": "W", "message": "a"}),
        (
            "INFO [           print_timings]  a | t_total=3.5",
            {"level": "INFO", "function": "print_timings", "message": "a", "response_time_ms": "3.5"},
        ),
    ],
)
def test_lines_of_llama_server(text: str, fields: dict[str, object]) -> None:
    """The one of the total time is the request."""
    found = read_llama_server(text)
    assert found is not None
    assert fields.items() <= found.items()


@pytest.mark.parametrize("text", ["    res = model.generate(x)", "main()", "slot", "resolved: a", "INFO a"])
def test_lines_of_programs_are_not_its_own(text: str) -> None:
    """A traceback shows lines that begin with the same words."""
    assert read_llama_server(text) is None
