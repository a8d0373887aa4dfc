"""Import gradio in half of the time, by skipping the editor stubs that it generates at each import.

`gradio.component_meta` parses the source of every component and writes a stub file beside it, but skips a
class whose source file is unknown. So `inspect.getfile` finds no file for gradio's classes during the import.
"""

import inspect
import os
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
try:
    import gradio  # noqa: F401
finally:
    _inspect.getfile = _getfile
    if _port is not None:
        os.environ["GRADIO_SERVER_PORT"] = _port
