"""Say why something failed, but not where on the machine: records and the page are read by others."""

import os
import re
from pathlib import Path

# A path in quotes, which may hold spaces, and one without; an address with `://` is none.
_QUOTED = re.compile(r"""(['"])(?:[A-Za-z]:)?[/\\][^'"\n]*[/\\](?=[^'"/\\])""")
_BARE = re.compile(r"""(?<![\w.:/\\~<'"])(?:[A-Za-z]:)?(?:[/\\][^/\\\s'"<>:|]+)*[/\\](?=[^/\\\s'"<>:|])""")


def reason_of(error: BaseException) -> str:
    """Return the text of an error, with names of files in place of their paths."""
    if isinstance(error, OSError) and error.strerror:
        files = [file for file in (error.filename, error.filename2) if isinstance(file, str | bytes | Path)]
        return ": ".join([error.strerror, *(Path(os.fsdecode(file)).name for file in files)])
    return without_folders(str(error))


def without_folders(text: str) -> str:
    """Return a text with each absolute path in it cut to the name of its file."""
    return _BARE.sub("", _QUOTED.sub(r"\1", text))
