"""What an error tells others: why, but not where on the machine."""

from pathlib import Path

import pytest

from monitoring.record.reasons import reason_of, without_folders


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("cannot read /root/models/x.gguf: bad", "cannot read x.gguf: bad"),
        ("[Errno 13] denied: '/home/my user/logs/qwen.log'", "[Errno 13] denied: 'qwen.log'"),
        ("/a/b c and C:\\Users\\me\\x.log (/opt/y.py)", "b c and x.log (y.py)"),
        ("'/a/b' -> '/c/d'", "'b' -> 'd'"),
        ("see https://host.example/a/b or 1/2 and </td>", "see https://host.example/a/b or 1/2 and </td>"),
        ("情感/分析 /家/用户/文件.log", "情感/分析 文件.log"),
        ("/", "/"),
        ("", ""),
    ],
)
def test_absolute_paths_become_names(text: str, public: str) -> None:
    """Folders go, with and without quotes and drives; addresses and fractions stay."""
    assert without_folders(text) == public


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(28, "No space left on device", "/a b/c d/qwen.log"), "No space left on device: qwen.log"),
        (OSError(28, "No space left on device", Path("/a/qwen.log")), "No space left on device: qwen.log"),
        (OSError(28, "No space left on device", b"/a/qwen.log"), "No space left on device: qwen.log"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError(28, "No space left on device", 5), "No space left on device"),
        (OSError(18, "Invalid link", "/a/b", None, "/c/d"), "Invalid link: b: d"),
        (OSError("the lock /a/.qwen.log.lock is held"), "the lock .qwen.log.lock is held"),
        (ValueError("/etc/passwd is no file of rules"), "passwd is no file of rules"),
    ],
)
def test_the_reason_of_an_error_names_files_alone(error: Exception, reason: str) -> None:
    """What the system says of a file is told with the file's name."""
    assert reason_of(error) == reason
