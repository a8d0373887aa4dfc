"""Gradio's import, without what the app does not need of it."""

import os
import subprocess
import sys

import pytest

COUNT = """
import ast, inspect
real, sources = ast.parse, []
def parse(source, *others, **more):
    sources.append(source)
    return real(source, *others, **more)
ast.parse = parse
import {module}
import gradio
print(sum(isinstance(source, str) and "class Textbox" in source for source in sources))
print(inspect.getfile(gradio.Textbox).endswith(".py"), callable(gradio.Textbox(value="hi").change))
"""


@pytest.mark.parametrize(("module", "is_parsed"), [("ui.fast_import", False), ("gradio", True)])
def test_no_source_is_parsed(module: str, is_parsed: bool) -> None:
    """Not one component's, where gradio alone parses all; afterwards everything is as it was."""
    code = COUNT.format(module=module)
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    count, whole = output.splitlines()
    assert (int(count) > 0) == is_parsed
    assert whole == "True True"


def test_the_package_mcp_is_not_imported_and_can_be_afterwards() -> None:
    """Gradio finds no `mcp`, whose import takes long; whoever needs it later does."""
    code = "import sys, ui.fast_import; print('mcp' in sys.modules); import mcp.server; print('done')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "done"]


def test_a_port_that_is_no_number_does_not_break_the_import() -> None:
    """Gradio would read it at its import; the settings explain it later, so it must still be there."""
    code = "import os, ui.fast_import; print(os.environ['GRADIO_SERVER_PORT'])"
    environment = {**os.environ, "GRADIO_SERVER_PORT": "abc"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "abc"
