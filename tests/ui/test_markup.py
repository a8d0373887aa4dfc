"""HTML is built by templates that escape what is put into them, never by f-strings."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from markupsafe import Markup

from tests.test_layers import ROOT, sources
from ui.dashboard.html.format import copy_button
from ui.texts.page import EN

TAG = re.compile("<[a-z/!]")
# The head of the page holds nothing but this project's own constants and scripts.
EXEMPT = {"ui/page.py"}


def html_in_f_strings(source: str) -> Iterator[int]:
    """Yield the line of each f-string that holds an HTML tag."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            texts = [part.value for part in node.values if isinstance(part, ast.Constant)]
            if any(TAG.search(str(text)) for text in texts):
                yield node.lineno


def test_no_html_is_built_by_f_strings() -> None:
    """What an f-string puts into HTML would not be escaped."""
    paths = {path.relative_to(ROOT).as_posix(): path for path in sources(ROOT)}
    found = [
        f"{name}:{line}"
        for name, path in paths.items()
        if name.startswith("ui/") and name not in EXEMPT
        for line in html_in_f_strings(Path(path).read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_check_sees_html() -> None:
    """An f-string with a tag is found; one with a text, and a template, are not."""
    assert list(html_in_f_strings("x = 1\ny = f'<b>{x}</b>'")) == [2]
    assert list(html_in_f_strings("x = 1\ny = f'{x} < {x}'\nz = Markup('<b>{}</b>').format(x)")) == []


def test_templates_escape_values_and_keep_html() -> None:
    """A text is escaped once; HTML that is put into other HTML stays as it is."""
    button = copy_button("data-copy", "<b>&'", EN)
    assert "&lt;b&gt;&amp;&#39;</button>" in button
    assert Markup("<p>{}</p>").format(button) == f"<p>{button}</p>"
