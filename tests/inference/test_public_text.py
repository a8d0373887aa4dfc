"""Tests of `inference.public_text`."""

from pathlib import Path

import pytest

from inference.public_text import without_paths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/anna/models/tiny has no config.json", "…/tiny has no config.json"),
        ("MODEL_CACHE=/srv/secret/cache: full", "MODEL_CACHE=…/cache: full"),
        ("denied: '/home/anna/my models/x.lock'", "denied: '…/x.lock'"),
        ('denied: "/home/anna/my models/x.lock"', 'denied: "…/x.lock"'),
        ("cannot read:/home/anna/x, nor /home/anna/y.", "cannot read:…/x, nor …/y."),
        ("(/home/anna/x)", "(…/x)"),
        ("~/models/tiny/ is none", "…/tiny is none"),
        ("file:///home/anna/x", "file://…/x"),
        (r"C:\Users\anna\tiny is none", "…/tiny is none"),
        ("/home/anna/旧/模型 没有", "…/模型 没有"),
    ],
)
def test_path_is_shortened(text: str, expected: str) -> None:
    """Of an absolute path only its last part is left."""
    assert without_paths(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "hub repository Qwen/Qwen1.5-0.5B-Chat",
        "https://huggingface.co/api/models/owner/tiny did not answer",
        "3 / 4 MiB and/or none",
        "expected 1/2",
        "",
    ],
)
def test_other_text_stays(text: str) -> None:
    """Names of repositories, addresses and fractions are no paths."""
    assert without_paths(text) == text


def test_known_folder_is_shortened_with_its_spaces() -> None:
    """A folder that is known is found also where nothing marks the end of its path."""
    folders = [Path("/home/anna"), Path("/home/anna/my models/tiny")]
    assert without_paths("no /home/anna/my models/tiny here", folders) == "no …/tiny here"
    assert without_paths("1 / 2 /", [Path("/")]) == "1 / 2 /"
