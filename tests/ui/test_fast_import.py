"""Gradio's import, without what the app does not need of it."""

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
