"""Import gradio in half of the time: without the stubs for editors that it makes of each component's source.

`gradio.component_meta` parses the source of all its components at each import, and writes a file beside it.
It leaves that out where a class has no file, so its classes have none while gradio is imported.
"""

import inspect
from typing import Any

_inspect: Any = inspect
_getfile = inspect.getfile


def _no_file_for_components(subject: Any) -> str:
    if isinstance(subject, type) and subject.__module__.startswith("gradio."):
        raise OSError(f"{subject} is treated as if it had no file")
    return _getfile(subject)


_inspect.getfile = _no_file_for_components
try:
    import gradio  # noqa: F401
finally:
    _inspect.getfile = _getfile
