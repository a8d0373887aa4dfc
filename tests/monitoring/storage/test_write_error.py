"""Why a log cannot be written, and which remedy helps."""

import errno
import os
from pathlib import Path
from typing import get_args

import pytest

from monitoring.storage.private_files import NotRegularError
from monitoring.storage.write_error import Remedy, WriteError
from ui.texts.log_folder import EN, ZH

LOG = Path("/srv/logs/qwen.log")


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EACCES, "permission"),
        (errno.EPERM, "permission"),
        (errno.EROFS, "read_only"),
        (errno.EEXIST, "no_folder"),
        (errno.ENOTDIR, "no_folder"),
        (errno.EISDIR, "no_file"),
        (errno.ELOOP, "no_file"),
        (errno.ENOSPC, "full"),
        (errno.EDQUOT, "full"),
        (errno.EFBIG, "full"),
        (errno.ENOENT, "missing"),
        (errno.EIO, "other"),
    ],
)
def test_each_reason_of_the_system_has_its_remedy(number: int, remedy: Remedy) -> None:
    """The folder is named from the root on, the reason in the system's words."""
    error = WriteError.of(OSError(number, os.strerror(number), str(LOG)), LOG)
    assert error == WriteError("/srv/logs", f"{os.strerror(number)}: qwen.log", remedy)


def test_what_is_no_error_of_the_system_has_a_remedy_too() -> None:
    """A link in the log's place, and a lock that another process holds."""
    assert WriteError.of(NotRegularError(LOG), LOG).remedy == "no_file"
    assert WriteError.of(TimeoutError("held"), LOG) == WriteError("/srv/logs", "held", "other")


def test_a_relative_folder_is_named_from_the_root_on() -> None:
    """Who starts a service does not know where it runs."""
    assert WriteError.of(OSError("x"), Path("logs/qwen.log")).folder == str(Path.cwd() / "logs")


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize("remedy", get_args(Remedy))
def test_each_remedy_names_the_setting(remedy: str, words: dict[str, str]) -> None:
    """Whatever else helps, another folder does."""
    assert "LOG_DIR" in words[f"disk_remedy_{remedy}"]
