"""Damaged files of a model are found, named, and fetched again."""

import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from inference.errors import SourceError, WeightsError
from inference.weights.builder import Weights
from inference.weights.catalog import EMBEDDED, HubRepo
from inference.weights.fetcher import Fetcher
from inference.weights.hub import HubAccess
from inference.weights.manifest import MANIFEST
from inference.weights.obtain import obtain
from inference.weights.progress import Report
from tests.inference.doubles import Reports, make_config
from tests.inference.weights.fake_hub import FakeHub
from tests.inference.weights.fake_sources import FakeSources

CODER, TINY = EMBEDDED.name, "owner/tiny"
FILES = ("model.safetensors", "tokenizer.json", "config.json")


class FetcherOf(Fetcher):
    """Fetch from a hub of the test."""

    def __init__(self, hub: FakeHub) -> None:
        self._access = HubAccess(10.0, hub.url)

    def fetch_repo(self, source: HubRepo, folder: Path, access: HubAccess, report: Report) -> None:
        super().fetch_repo(source, folder, self._access, report)


def cut(file: Path) -> None:
    """Leave the first half of a file, as a full disk does."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def empty(file: Path) -> None:
    """Leave nothing of a file."""
    file.write_bytes(b"")


def garble(file: Path) -> None:
    """Write something else of the same size."""
    file.write_bytes(os.urandom(file.stat().st_size))


def flip(file: Path) -> None:
    """Change one bit, as a failing disk does: neither the size nor the time of the file tells of it."""
    times = file.stat()
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def get(sources: FakeSources, cache: Path, model: str, report: Reports | None = None) -> Weights:
    """Obtain a model with its weights in `cache`."""
    return obtain(make_config(model=model, model_cache=cache), report or Reports(), sources, sources.catalog)


def make_older(folder: Path) -> None:
    """Make the manifest of a folder one without checksums."""
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest["sha256"]
    (folder / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize("damage", [cut, empty, garble, flip, Path.unlink])
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("model", [TINY, CODER])
def test_damaged_file_is_fetched_again(
    sources: FakeSources, cache: Path, model: str, name: str, damage: Callable[[Path], None]
) -> None:
    """Whatever has happened to a file of the cache: it is told with its name, and replaced by a whole one."""
    file = get(sources, cache, model).folder / name
    whole = file.read_bytes()
    damage(file)
    sources.calls.clear()
    reports = Reports()
    get(sources, cache, model, reports)
    (told,) = (progress.subject for progress in reports.seen if progress.stage == "damaged")
    assert told.startswith(f"{model}: {name} is ")
    assert file.read_bytes() == whole
    assert sources.calls
    sources.calls.clear()
    get(sources, cache, model)
    assert sources.calls == []


@pytest.mark.parametrize("damage", [cut, empty, garble, flip])
@pytest.mark.parametrize("name", FILES)
def test_damage_without_a_network(
    sources: FakeSources, cache: Path, name: str, damage: Callable[[Path], None]
) -> None:
    """Where no source answers, the error names the file, both checksums, and what to do."""
    file = get(sources, cache, TINY).folder / name
    expected = sha256(file.read_bytes()).hexdigest()
    damage(file)
    found = sha256(file.read_bytes()).hexdigest()
    sources.fail("repo", SourceError("no network"))
    with pytest.raises(WeightsError) as caught:
        get(sources, cache, TINY)
    size = f"{file.stat().st_size:,}"
    assert str(caught.value).splitlines()[1:] == [
        f"  {TINY} from the cache: {name} is damaged: its {size} bytes have the SHA-256 {found}, "
        f"expected {expected}",
        f"  {TINY} from hub repository {TINY}: no network",
        "Check the network (HF_ENDPOINT names another hub), or give a local folder in MODEL. "
        "Missing and damaged files are fetched as soon as a source answers.",
    ]


def test_only_the_damaged_file_is_fetched(sources: FakeSources, cache: Path) -> None:
    """The hub is asked for the damaged weights alone: those in the folder's whole files are kept."""
    files = {
        "config.json": b"{}",
        "model-1.safetensors": sources.dense,
        "model-2.safetensors": sources.dense.replace(b"weights", b"thgiews"),
        "tokenizer.json": b"{}",
    }
    config = make_config(model=TINY, model_cache=cache)
    with FakeHub(TINY, files) as hub:
        folder = obtain(config, Reports(), FetcherOf(hub)).folder
        flip(folder / "model-2.safetensors")
        hub.downloads.clear()
        assert obtain(config, Reports(), FetcherOf(hub)).folder == folder
    assert "model-2.safetensors" in hub.downloads
    assert "model-1.safetensors" not in hub.downloads
    assert {name: (folder / name).read_bytes() for name in files} == files


@pytest.mark.parametrize("model", [TINY, CODER])
def test_older_cache_gets_checksums(sources: FakeSources, cache: Path, model: str) -> None:
    """A whole folder of an older version, without checksums, is used, and its later damage is found."""
    folder = get(sources, cache, model).folder
    make_older(folder)
    sources.calls.clear()
    get(sources, cache, model)
    assert sources.calls == []
    flip(folder / "model.safetensors")
    reports = Reports()
    get(sources, cache, model, reports)
    assert "damaged" in reports.stages


@pytest.mark.parametrize("damage", [cut, empty, garble])
@pytest.mark.parametrize("name", FILES)
def test_damage_of_an_older_cache_is_found_by_its_form(
    sources: FakeSources, cache: Path, name: str, damage: Callable[[Path], None]
) -> None:
    """Where no checksum was noted, the size and the form of a file tell that it is damaged."""
    folder = get(sources, cache, TINY).folder
    make_older(folder)
    whole = (folder / name).read_bytes()
    damage(folder / name)
    get(sources, cache, TINY)
    assert (folder / name).read_bytes() == whole


@pytest.mark.parametrize("damage", [cut, empty, garble])
@pytest.mark.parametrize("name", [*FILES, "tokenizer_config.json", "generation_config.json"])
def test_damaged_file_of_a_local_folder_is_named(
    sources: FakeSources, cache: Path, tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    """A folder in MODEL has no checksums: a file that cannot be read is named, with what to do."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for each in (*FILES, "tokenizer_config.json", "generation_config.json"):
        (folder / each).write_bytes(sources.dense if each == "model.safetensors" else b'{"a": 1}')
    assert get(sources, cache, str(folder)).folder == folder
    damage(folder / name)
    size = f"{(folder / name).stat().st_size:,}"
    with pytest.raises(WeightsError) as caught:
        get(sources, cache, str(folder))
    assert f"in {folder}, {name} is damaged: its {size} bytes are no whole " in str(caught.value)
    assert str(caught.value).endswith("Put whole files into that folder, or give another MODEL.")


def test_missing_part_of_a_local_folder_is_named(sources: FakeSources, cache: Path, tmp_path: Path) -> None:
    """Weights in several files have an index, and the file that is missing beside it is named."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model-1.safetensors").write_bytes(sources.dense)
    parts = {"weights": "model-1.safetensors", "head": "model-2.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": parts}))
    with pytest.raises(
        WeightsError, match=r"model-2\.safetensors is missing; model\.safetensors\.index\.json"
    ):
        get(sources, cache, str(folder))


def test_other_files_of_a_local_folder_do_no_harm(sources: FakeSources, cache: Path, tmp_path: Path) -> None:
    """A file that the model does not need may hold anything."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(sources.dense)
    (folder / "notes.json").write_text("no JSON")
    (folder / "tokenizer.json.bak").write_text("{")
    assert get(sources, cache, str(folder)).folder == folder


def test_damaged_download_is_not_kept(sources: FakeSources, cache: Path) -> None:
    """Fetched files that cannot be read make no model, and the next try fetches them again."""
    whole, sources.dense = sources.dense, b"the page of a login"
    with pytest.raises(WeightsError, match=r"model\.safetensors is damaged"):
        get(sources, cache, TINY)
    assert not (cache / "owner--tiny").exists()
    assert not list(cache.rglob("model.safetensors"))
    sources.dense = whole
    assert (get(sources, cache, TINY).folder / "model.safetensors").read_bytes() == whole
