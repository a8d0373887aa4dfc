"""Why a log cannot be written: where, for what reason, and which remedy helps."""

import errno
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from monitoring.record.reasons import reason_of

Remedy = Literal["permission", "read_only", "no_folder", "no_file", "full", "missing", "other"]

_REMEDIES: dict[int, Remedy] = {
    errno.EACCES: "permission",
    errno.EPERM: "permission",
    errno.EROFS: "read_only",
    errno.EEXIST: "no_folder",
    errno.ENOTDIR: "no_folder",
    errno.EINVAL: "no_file",
    errno.EISDIR: "no_file",
    errno.ELOOP: "no_file",
    errno.EFBIG: "full",
    errno.EDQUOT: "full",
    errno.ENOSPC: "full",
    errno.ENOENT: "missing",
}


@dataclass(frozen=True, slots=True)
class WriteError:
    """A folder that does not take the log."""

    folder: str  # from the root of the file system on
    reason: str  # in the words of the system
    remedy: Remedy

    @classmethod
    def of(cls, error: OSError, log: Path) -> "WriteError":
        """Describe an error that came of writing the file `log`."""
        remedy = _REMEDIES.get(error.errno or 0, "other")
        return cls(str(log.parent.absolute()), reason_of(error), remedy)
