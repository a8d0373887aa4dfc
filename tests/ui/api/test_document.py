"""The examples of docs/api.md: each is run against the app, with a fake model."""

import io
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from typing import Any

import pytest

from tests.fakes import FakeModel
from tests.monitoring.helpers import ROOT
from tests.ui.api.served_api import ServedApi, served_api
from ui.api.unsupported import FIELDS

DOCUMENT = (ROOT / "docs" / "api.md").read_text("utf-8")
ADDRESS = "http://127.0.0.1:7860"
BLOCK = re.compile(r"^```(python|sh)\n(.+?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def api() -> Iterator[ServedApi]:
    """A server whose model says hello."""
    with served_api(FakeModel("hello")) as served:
        yield served


def blocks(kind: str) -> list[str]:
    """Return the examples of one kind."""
    return [block for language, block in BLOCK.findall(DOCUMENT) if language == kind]


def test_the_examples_in_python_run(api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each example runs with what those before it have defined, and prints something."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    names: dict[str, Any] = {}
    printed = []
    for block in blocks("python"):
        output = io.StringIO()
        code = compile(block.replace(ADDRESS, api.url), "docs/api.md", "exec")
        # In the main thread the event loop of the browser tests may be running.
        with redirect_stdout(output), ThreadPoolExecutor(1) as thread:
            thread.submit(exec, code, names).result()
        printed.append(output.getvalue())
    assert all(printed)
    whole, stream, probabilities, *_, error = printed
    assert whole == "hello\n"
    assert stream.startswith("hello\n CompletionUsage")
    assert probabilities.startswith("'h': 98.8%\n")
    assert error == "unsupported_parameter response_format\n"
    assert [record.fields["source"] for record in api.observer.records].count("mcp") == 1
    assert {record.fields["source"] for record in api.observer.records} == {"api", "mcp"}


def test_the_examples_for_the_shell_run(api: ServedApi) -> None:
    """Each command of curl is answered."""
    for block in blocks("sh"):
        command = block.replace(ADDRESS, api.url).replace("curl ", "curl -sS --fail-with-body --noproxy '*' ")
        done = subprocess.run(
            ["bash", "-euc", command], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        assert '"error"' not in done.stdout


def test_the_document_names_what_openai_has_and_this_has_not() -> None:
    """Each of OpenAI's fields that is refused is named there."""
    ours = list(FIELDS)[: list(FIELDS).index("web_search_options") + 1]
    assert [name for name in ours if name not in ("function_call",) and f"`{name}`" not in DOCUMENT] == []
