"""What the operator reads before old files of the log are removed."""

import pytest

from monitoring.storage.keeping import Keeping, LeftAlone, Surplus
from tests.ui.dashboard.helpers import HOSTILE, Elements, same_structure
from ui.dashboard.html.old_files import old_files
from ui.texts.page import EN, ZH
from ui.texts.words import Words

FIRST, LAST = "2023-11-14T22-13-20.123", "2023-12-14T22-13-20.456"
FOLDER = LeftAlone(2000, Keeping(30, is_chosen=False), Surplus(1970, 3 << 29, FIRST, LAST))


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (
            EN,
            "The oldest 1,970 files are removed for good: those that were put aside from 2023-11-14 22:13:20 "
            "UTC to 2023-12-14 22:13:20 UTC, 1,536.0 MiB together. The newest 30 stay",
        ),
        (
            ZH,
            "将永久删除最旧的 1,970 个文件：归档时间从 2023-11-14 22:13:20 UTC 到 2023-12-14 22:13:20 UTC，"
            "共 1,536.0 MiB。保留最新的 30 个",
        ),
    ],
)
def test_it_says_exactly_which_files_go(words: Words, text: str) -> None:
    """How many, of which dates, how large, and what stays; the button sends what was shown."""
    shown = Elements(old_files(FOLDER, words))
    assert text in shown.text
    assert words["old_files_remove"].format(files="1,970") in shown.text
    assert shown.values("data-remove-old") == [f"files=1970&last={LAST}"]


def test_it_has_to_be_opened_first() -> None:
    """One click alone removes nothing."""
    assert Elements(old_files(FOLDER, EN)).found[0][0] == "details"


def test_names_are_shown_as_text() -> None:
    """A moment that no calendar has is shown as it is, and makes no element."""
    odd = LeftAlone(100, FOLDER.keeping, Surplus(70, 1, "2023-02-31T22-13-20.123", HOSTILE))
    plain = LeftAlone(100, FOLDER.keeping, Surplus(70, 1, "2023-02-31T22-13-20.123", "x"))
    assert "2023-02-31T22:13:20.123Z" in old_files(odd, EN)
    assert same_structure(old_files(odd, EN), old_files(plain, EN))
