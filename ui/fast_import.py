"""Import gradio in half of the time, by skipping the editor stubs that it generates at each import.

`gradio.component_meta` parses the source of every component and writes a stub file beside it, but skips a
class whose source file is unknown. So `inspect.getfile` finds no file for gradio's classes during the import.

Gradio also imports the package `mcp` where that is installed, for a server of its own that is not used here.
So the package is hidden during the import, and comes with the first request of an agent.
"""

import inspect
import os
import sys
from typing import Any

_inspect: Any = inspect
_getfile = inspect.getfile


def _no_file_for_components(subject: Any) -> str:
    if isinstance(subject, type) and subject.__module__.startswith("gradio."):
        raise OSError(f"the source file of {subject} is hidden while gradio is imported")
    return _getfile(subject)


_inspect.getfile = _no_file_for_components
# Gradio reads a port while it is imported, and fails where it is no number, before anybody can explain that.
_port = os.environ.pop("GRADIO_SERVER_PORT", None)
_modules: Any = sys.modules
_hides_mcp = "mcp" not in _modules
if _hides_mcp:
    _modules["mcp"] = None  # Python raises ModuleNotFoundError for it
try:
    import gradio  # noqa: F401
finally:
    _inspect.getfile = _getfile
    if _hides_mcp:
        del _modules["mcp"]
    if _port is not None:
        os.environ["GRADIO_SERVER_PORT"] = _port
