"""What docs/deploy.md says is there."""

import re

from tests.deploy.files import ROOT, SETTINGS, text_of

DOC = "docs/deploy.md"
# Settings of others: of the hub's client, and of whom a command starts.
OF_OTHERS = {"HF_ENDPOINT"}


def test_each_test_that_is_named_exists() -> None:
    """A promise whose test was renamed or removed would be an empty one."""
    named = re.findall(r"`(tests/\S+\.py)::(\w+)`", text_of(DOC))
    assert len(named) > 10
    for path, name in named:
        assert f"def {name}(" in text_of(path), f"{path} has no {name}"


def test_each_setting_that_is_named_exists() -> None:
    """A reader who sets a name that the app does not know would believe to be safe."""
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)\b", text_of(DOC)))
    named |= set(re.findall(r"^ +([A-Z]+_[A-Z_]+)=", text_of(DOC), re.MULTILINE))
    assert "OPERATOR_PASSWORD" in named
    assert named - OF_OTHERS <= SETTINGS


def test_each_file_that_is_linked_exists() -> None:
    """Links lead to files of the repository."""
    links = re.findall(r"\]\((\.\./[^)#]+)", text_of(DOC))
    assert "../deploy/nginx.conf" in links
    for link in links:
        assert (ROOT / "docs" / link).exists(), link


def test_the_settings_of_the_nginx_file_exist() -> None:
    """The first lines of the site tell settings that the app knows."""
    named = re.findall(r"\b([A-Z]+_[A-Z_]+)=", text_of("deploy/nginx.conf"))
    assert len(named) == 4
    assert set(named) <= SETTINGS
