"""A file of rules that changes while the app runs."""

from pathlib import Path

import pytest

from monitoring.alerts.watching.rules_on_disk import SETTLED_LOOKS, WRONG_LOOKS, RulesOnDisk
from settings.toml_file import TomlFileError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of rules that changes nothing."""
    path = tmp_path / "rules.toml"
    path.write_text("")
    return path


def limits(rules_on_disk: RulesOnDisk, looks: int) -> list[float]:
    """Look so often; return a limit of all rules that were taken over."""
    found = (rules_on_disk.look() for _ in range(looks))
    return [rules.slow_request.response_ms for rules in found if rules is not None]


def test_a_changed_file_is_read_once(file: Path) -> None:
    """As soon as two looks have found it the same; an unchanged one is not read at all."""
    rules_on_disk = RulesOnDisk(file)
    assert limits(rules_on_disk, 5) == []
    file.write_text("[slow_request]\nresponse_ms = 5\n")
    assert limits(rules_on_disk, SETTLED_LOOKS - 1) == []
    assert limits(rules_on_disk, 2 * WRONG_LOOKS) == [5]


def test_a_file_is_not_read_while_it_is_written(file: Path) -> None:
    """Each piece that is added makes it wait anew; only the whole file counts."""
    rules_on_disk = RulesOnDisk(file)
    for piece in ("[slow_re", "quest]\n", "response_ms", " = 5", "000\n"):
        with file.open("a") as opened:
            opened.write(piece)
        assert limits(rules_on_disk, SETTLED_LOOKS - 1) == []
    assert limits(rules_on_disk, SETTLED_LOOKS) == [5000]


def test_a_half_that_stands_for_a_while_is_no_mistake(file: Path) -> None:
    """A wrong file is looked at again; when the rest is there, it counts, and nothing was told."""
    rules_on_disk = RulesOnDisk(file)
    file.write_text("[slow_request]\nresponse_")
    assert limits(rules_on_disk, WRONG_LOOKS - 1) == []
    file.write_text("[slow_request]\nresponse_ms = 7\n")
    assert limits(rules_on_disk, WRONG_LOOKS) == [7]


def test_a_file_that_stays_wrong_is_told_once(file: Path) -> None:
    """Also where it was removed; a change of it is told again."""
    rules_on_disk = RulesOnDisk(file)
    file.write_text("[slow_request]\nresponse_ms = 'soon'\n")
    assert limits(rules_on_disk, WRONG_LOOKS - 1) == []
    with pytest.raises(TomlFileError, match="line 2"):
        rules_on_disk.look()
    assert limits(rules_on_disk, 2 * WRONG_LOOKS) == []
    file.unlink()
    with pytest.raises(TomlFileError, match="cannot be read"):
        limits(rules_on_disk, WRONG_LOOKS)
    assert limits(rules_on_disk, WRONG_LOOKS) == []


def test_without_a_file_nothing_changes() -> None:
    """The shipped rules stay."""
    assert limits(RulesOnDisk(None), 2 * WRONG_LOOKS) == []
