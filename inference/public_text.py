"""What visitors may read of a text that was written for whoever runs the app."""

import re
from collections.abc import Iterable
from pathlib import Path

_HIDDEN = "…/"
# The beginning of an absolute path, which is none of an address such as https://host/path.
_ROOT = r"(?:(?<![\w./~…-])|(?<=file://))(?!//)(?:~?/|[A-Za-z]:\\)"
_QUOTED = re.compile(rf"""(?<=(['"])){_ROOT}[^'"\n]+(?=\1)""")
_PLAIN = re.compile(rf"""{_ROOT}[^\s'"<>|,;:()\[\]]+""")


def without_paths(text: str, folders: Iterable[Path] = ()) -> str:
    """Shorten the absolute paths of a text to their last part; those of `folders` may contain spaces."""
    for folder in sorted(map(str, folders), key=len, reverse=True):
        if len(folder) > 1:
            text = text.replace(folder, _last_part(folder))
    for paths in (_QUOTED, _PLAIN):
        text = paths.sub(lambda match: _last_part(match[0]), text)
    return text


def _last_part(path: str) -> str:
    return _HIDDEN + re.split(r"[/\\]", path.rstrip("/\\"))[-1]
