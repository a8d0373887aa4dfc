"""The HTTP address at which the operator agrees that old files of the log are removed."""

from typing import Any

import pytest

from tests.ui.dashboard.helpers import client_of, dashboard_of, live
from ui.texts.page import EN, ZH
from ui.texts.words import Words

ADDRESS = "/dashboard/old-files?files=1970&last=2023-11-14T22-13-20.123"


@pytest.mark.parametrize(("language", "words"), [("en", EN), ("zh-CN", ZH)])
def test_what_was_shown_is_agreed_to(language: str, words: Words) -> None:
    """The log gets number and moment; where they are others by now, the answer says so."""
    agreed: list[tuple[int, str]] = []
    dashboard = dashboard_of(live())
    client = client_of(dashboard)
    answer = client.post(ADDRESS, headers={"accept-language": language})
    assert (answer.status_code, answer.text) == (409, words["old_files_other"])

    def agree(files: int, last: str) -> bool:
        agreed.append((files, last))
        return True

    dashboard.remove_old_files = agree
    assert client.post(ADDRESS).status_code == 204
    assert agreed == [(1970, "2023-11-14T22-13-20.123")]


@pytest.mark.parametrize("files", ["", "-1", "1.5", "x", "NaN"])
def test_what_is_no_number_of_files_is_refused(files: str) -> None:
    """Nothing is removed, and the answer repeats what was sent."""
    answer = client_of(dashboard_of(live())).post("/dashboard/old-files", params={"files": files})
    assert (answer.status_code, answer.text) == (400, f"files={files}: a number of files is needed")


def test_an_agreement_that_cannot_be_noted_is_told() -> None:
    """The reason is told without the folder."""

    def full(*what: Any) -> bool:
        raise OSError(28, "No space left on device", "/secret/.qwen.log.keep")

    dashboard = dashboard_of(live())
    dashboard.remove_old_files = full
    answer = client_of(dashboard).post(ADDRESS, headers={"accept-language": "en"})
    assert answer.status_code == 500
    assert "No space left on device: .qwen.log.keep" in answer.text
    assert "secret" not in answer.text


def test_looking_removes_nothing() -> None:
    """A link, or a picture, cannot agree."""
    assert client_of(dashboard_of(live())).get(ADDRESS).status_code == 405
