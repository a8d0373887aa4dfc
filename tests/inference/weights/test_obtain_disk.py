"""Tests of `inference.weights.obtain` on disks that are full or fail."""

import errno
from pathlib import Path

import pytest

from inference.errors import NoSpaceError, SourceError, WeightsError
from inference.weights.catalog import EMBEDDED
from inference.weights.obtain import obtain
from tests.inference.doubles import Reports, make_config
from tests.inference.weights.fake_sources import FakeSources


def refuse(sources: FakeSources, cache: Path, model: str, kind: type[Exception]) -> str:
    """Obtain a model, and return the text of the error that it raises."""
    with pytest.raises(kind) as caught:
        obtain(make_config(model=model, model_cache=cache), Reports(), sources, sources.catalog)
    return str(caught.value)


@pytest.mark.parametrize(
    ("where", "model"),
    [
        ("repo", "owner/tiny"),
        ("file", EMBEDDED.name),
        ("index", "smollm2-135m-instruct"),
        ("convert", "auto"),
    ],
)
def test_full_disk_is_named(sources: FakeSources, cache: Path, where: str, model: str) -> None:
    """A disk that fills up in any step is a NoSpaceError with the folder and what to do."""
    if model == "auto":
        sources.fail("repo", SourceError("no network"))
    sources.fail(where, OSError(errno.ENOSPC, "No space left on device"))
    text = refuse(sources, cache, model, NoSpaceError)
    name = EMBEDDED.name if model == "auto" else model
    assert f"MODEL_CACHE={cache}" in text
    assert name in text
    assert "free some" in text
    assert not (cache / name.replace("/", "--")).exists()


def test_full_disk_ends_the_search(sources: FakeSources, cache: Path) -> None:
    """No other source is tried on a full disk: it would not fit either."""
    sources.fail("file", OSError(errno.ENOSPC, "No space left on device"))
    refuse(sources, cache, EMBEDDED.name, NoSpaceError)
    assert [call.split()[0] for call in sources.calls] == ["file"]


def test_small_disk_is_noticed_before_the_download(sources: FakeSources, cache: Path) -> None:
    """If the weights do not fit on the disk, nothing is downloaded."""
    sources.free = 0
    refuse(sources, cache, EMBEDDED.name, NoSpaceError)
    assert sources.calls == []


def test_work_goes_on_when_there_is_space_again(sources: FakeSources, cache: Path) -> None:
    """After a full disk the same call succeeds once there is room."""
    sources.fail("convert", OSError(errno.ENOSPC, "No space left on device"))
    refuse(sources, cache, EMBEDDED.name, NoSpaceError)
    again = FakeSources()
    config = make_config(model=EMBEDDED.name, model_cache=cache)
    weights = obtain(config, Reports(), again, again.catalog)
    assert (weights.folder / "model.safetensors").read_bytes() == again.dense


def test_folder_that_cannot_be_written(sources: FakeSources, tmp_path: Path) -> None:
    """A cache that cannot be written is a WeightsError that names the setting and the cause."""
    (tmp_path / "file").write_text("not a folder")
    text = refuse(sources, tmp_path / "file" / "cache", "owner/tiny", WeightsError)
    assert f"cannot write to MODEL_CACHE={tmp_path / 'file' / 'cache'}: " in text
    assert "Not a directory" in text
    assert sources.calls == []


def test_disk_error_in_a_source_is_not_blamed_on_the_source(sources: FakeSources, cache: Path) -> None:
    """A disk that refuses for another reason ends the search with that reason."""
    sources.fail("file", PermissionError(errno.EACCES, "Permission denied"))
    assert "Permission denied" in refuse(sources, cache, EMBEDDED.name, WeightsError)
    assert len(sources.calls) == 1


def test_full_disk_during_the_conversion(sources: FakeSources, cache: Path) -> None:
    """safetensors has an error of its own for a full disk; it is the same NoSpaceError."""
    sources.fail("convert", RuntimeError("I/O error: No space left on device (os error 28)"))
    refuse(sources, cache, EMBEDDED.name, NoSpaceError)


def test_file_that_cannot_be_converted(sources: FakeSources, cache: Path) -> None:
    """Whatever the converter raises is said with the model and each source."""
    sources.fail("convert", KeyError("output.weight"))
    text = refuse(sources, cache, EMBEDDED.name, WeightsError)
    assert text.count("it could not be converted: KeyError: 'output.weight'") == len(EMBEDDED.sources)
