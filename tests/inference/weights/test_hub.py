"""Tests of `inference.weights.hub` against a hub on 127.0.0.1."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import pytest

from inference.errors import ChecksumError, SourceError
from inference.weights import hub
from inference.weights.catalog import HubFile, HubRepo
from inference.weights.hub import HubAccess
from inference.weights.progress import Progress
from tests.inference.doubles import Reports
from tests.inference.weights.fake_hub import COMMIT, FakeHub

REPO = "owner/tiny"
FILES = {
    "config.json": b'{"model_type": "tiny"}',
    "tokenizer.json": b'{"version": "1.0"}',
    "merges.txt": b"a b",
    "model.safetensors": bytes(range(256)) * 64,
    "pytorch_model.bin": b"pickle",
    "README.md": b"# tiny",
    "onnx/model.safetensors": b"in a folder",
    "tiny.gguf": b"GGUF" * 1000,
}
WANTED = {"config.json", "tokenizer.json", "merges.txt", "model.safetensors"}


class NoSleep:
    """A replacement of the `time` module in the hub's client, which sleeps before it tries again."""

    def sleep(self, seconds: float) -> None:
        """Return at once."""


@pytest.fixture
def fake_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A hub with one repository; its client tries again without a pause."""
    monkeypatch.setattr("huggingface_hub.file_download.time", NoSleep())
    with FakeHub(REPO, dict(FILES)) as served:
        yield served


def fetch_repo(
    url: str, folder: Path, repo: str = REPO, timeout: float = 10.0, report: Reports | None = None
) -> None:
    """Fetch the repository from a hub with settings that most tests share."""
    hub.fetch_repo(HubRepo(repo), folder, HubAccess(timeout, url), report or Reports())


def fetch_file(url: str, folder: Path, filename: str = "tiny.gguf", timeout: float = 10.0) -> Path:
    """Fetch one file from a hub with settings that most tests share."""
    source, size = HubFile(REPO, filename), len(FILES["tiny.gguf"])
    return hub.fetch_file(source, size, folder, HubAccess(timeout, url), Reports())


class Fetch(Protocol):
    """One of the two functions above."""

    def __call__(self, url: str, folder: Path, *, timeout: float = 10.0) -> object: ...


def names_in(folder: Path) -> set[str]:
    """Name what stands in a folder, without the client's own notes."""
    return {path.name for path in folder.iterdir() if path.name != ".cache"}


def test_repo_gives_wanted_files_only(fake_hub: FakeHub, tmp_path: Path) -> None:
    """Safetensors, configuration and tokenizer are fetched; pickles, GGUF and subfolders are not."""
    fetch_repo(fake_hub.url, tmp_path / "model")
    assert names_in(tmp_path / "model") == WANTED
    assert set(fake_hub.downloads) == WANTED
    for name in WANTED:
        assert (tmp_path / "model" / name).read_bytes() == FILES[name]


def test_repo_reports_download_and_verification(fake_hub: FakeHub, tmp_path: Path) -> None:
    """Progress names the repository with its size in bytes, and then the verified file."""
    reports = Reports()
    fetch_repo(fake_hub.url, tmp_path / "model", report=reports)
    total = sum(len(FILES[name]) for name in WANTED)
    assert reports.seen[0] == Progress("downloading", REPO, 0, total)
    assert reports.seen[-1] == Progress("verifying", "model.safetensors")


def test_environment_names_the_hub(fake_hub: FakeHub, tmp_path: Path) -> None:
    """A fresh process with HF_ENDPOINT in its environment downloads from that hub."""
    code = (
        "import sys; from pathlib import Path; from inference.weights.catalog import HubRepo;"
        "from inference.weights.hub import HubAccess, fetch_repo;"
        f"fetch_repo(HubRepo({REPO!r}), Path(sys.argv[1]), HubAccess(10.0), lambda progress: None)"
    )
    env = {**os.environ, "HF_ENDPOINT": fake_hub.url, "HF_HOME": str(tmp_path / "home")}
    root = Path(hub.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "model")], check=True, env=env, cwd=root)
    assert names_in(tmp_path / "model") == WANTED


def test_file_is_fetched_alone(fake_hub: FakeHub, tmp_path: Path) -> None:
    """One GGUF file is fetched, and nothing else of its repository."""
    path = fetch_file(fake_hub.url, tmp_path)
    assert path.read_bytes() == FILES["tiny.gguf"]
    assert path.name == "tiny.gguf"
    assert fake_hub.downloads == ["tiny.gguf"]


def test_missing_file_is_named(fake_hub: FakeHub, tmp_path: Path) -> None:
    """A file that the repository does not have is a SourceError that names it."""
    with pytest.raises(SourceError, match=r"owner/tiny has no file other\.gguf"):
        fetch_file(fake_hub.url, tmp_path, "other.gguf")
    assert fake_hub.downloads == []


def test_repo_without_safetensors_is_refused(fake_hub: FakeHub, tmp_path: Path) -> None:
    """A repository that holds pickles alone is refused before anything is downloaded."""
    del fake_hub.files["model.safetensors"]
    with pytest.raises(SourceError, match="owner/tiny has no safetensors files"):
        fetch_repo(fake_hub.url, tmp_path / "model")
    assert fake_hub.downloads == []


def test_refused_connection_is_source_error(tmp_path: Path) -> None:
    """A hub that refuses connections is a SourceError."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(SourceError, match=r"the hub did not answer: .*refused"):
            fetch_repo(url, tmp_path / "model")


@pytest.mark.timeout(30)
@pytest.mark.parametrize("fetch", [fetch_repo, fetch_file])
def test_silent_hub_is_given_up(fetch: Fetch, tmp_path: Path) -> None:
    """A hub that accepts connections and never answers is a SourceError after the timeout."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(SourceError, match=r"the hub did not answer: .*timed out"):
            fetch(url, tmp_path / "model", timeout=0.2)


@pytest.mark.parametrize(
    ("status", "code"), [(404, "RepoNotFound"), (403, "GatedRepo"), (401, ""), (500, ""), (429, "")]
)
def test_error_answer_is_source_error(fake_hub: FakeHub, tmp_path: Path, status: int, code: str) -> None:
    """A missing, gated or private repository and a hub in trouble are a SourceError with the status."""
    fake_hub.status, fake_hub.error_code = status, code
    with pytest.raises(SourceError, match=f"the hub did not answer: .*{status}"):
        fetch_repo(fake_hub.url, tmp_path / "model")


def test_no_hub_id_is_source_error(fake_hub: FakeHub, tmp_path: Path) -> None:
    """A name that cannot be a hub id is a SourceError that shows the form of one."""
    with pytest.raises(SourceError, match="'a/b/c' is not a hub id"):
        fetch_repo(fake_hub.url, tmp_path / "model", "a/b/c")


@pytest.mark.parametrize("answer", [b"<html>log in first</html>", b"{}", b"[]", b"null"])
def test_answer_that_is_no_listing_is_source_error(fake_hub: FakeHub, tmp_path: Path, answer: bytes) -> None:
    """A server that answers with something else than the hub's JSON is a SourceError."""
    fake_hub.listing = answer
    with pytest.raises(SourceError, match="the hub did not answer"):
        fetch_repo(fake_hub.url, tmp_path / "model")


def test_wrong_checksum_removes_the_file(fake_hub: FakeHub, tmp_path: Path) -> None:
    """A file with another SHA-256 than the hub lists is a ChecksumError, and is removed."""
    fake_hub.wrong_sums.add("model.safetensors")
    with pytest.raises(ChecksumError, match=r"model\.safetensors has SHA-256 .*removed"):
        fetch_repo(fake_hub.url, tmp_path / "model")
    assert names_in(tmp_path / "model") == WANTED - {"model.safetensors"}


def test_cut_download_is_continued(
    fake_hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that breaks half-way is taken up again where it broke."""
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 1024)
    fake_hub.cuts["model.safetensors"] = 1
    fetch_repo(fake_hub.url, tmp_path / "model")
    middle = len(FILES["model.safetensors"]) // 2
    assert f"model.safetensors@{middle}" in fake_hub.downloads
    assert (tmp_path / "model" / "model.safetensors").read_bytes() == FILES["model.safetensors"]


@pytest.mark.parametrize("fetch", [fetch_repo, fetch_file])
def test_download_that_ends_early_is_source_error(fetch: Fetch, fake_hub: FakeHub, tmp_path: Path) -> None:
    """A file that ends too early is a SourceError, not an error of the disk."""
    fake_hub.cuts.update({"model.safetensors": 1, "tiny.gguf": 1})
    fake_hub.cut_how = "end"
    with pytest.raises(SourceError, match=r"the download broke off: .*should be of size"):
        fetch(fake_hub.url, tmp_path / "model")


def test_second_call_completes_a_broken_download(fake_hub: FakeHub, tmp_path: Path) -> None:
    """A second call keeps the files that are there, fetches the rest, and ends up right."""
    fake_hub.cuts["model.safetensors"] = 1
    fake_hub.cut_how = "end"
    with pytest.raises(SourceError):
        fetch_repo(fake_hub.url, tmp_path / "model")
    assert not (tmp_path / "model" / "model.safetensors").exists()
    finished = names_in(tmp_path / "model")
    fake_hub.downloads.clear()
    fetch_repo(fake_hub.url, tmp_path / "model")
    assert set(fake_hub.downloads) == WANTED - finished
    assert {name: (tmp_path / "model" / name).read_bytes() for name in WANTED} == {
        name: FILES[name] for name in WANTED
    }


@pytest.mark.parametrize("leftover", [(), ("config.json",), ("config.json", "model.safetensors")])
def test_hub_that_goes_away_is_source_error(
    fake_hub: FakeHub, tmp_path: Path, leftover: tuple[str, ...]
) -> None:
    """A hub that fails after its listing is a SourceError, whatever an earlier download left."""
    (tmp_path / "model").mkdir()
    for name in leftover:
        (tmp_path / "model" / name).write_bytes(FILES[name])
    fake_hub.down_after_listing = True
    with pytest.raises(SourceError, match="the download broke off"):
        fetch_repo(fake_hub.url, tmp_path / "model")


def test_full_disk_stays_an_os_error(fake_hub: FakeHub, tmp_path: Path) -> None:
    """An error of the disk is not mistaken for one of the hub."""
    (tmp_path / "model").write_bytes(b"a file where the folder should be")
    with pytest.raises(FileExistsError):
        fetch_repo(fake_hub.url, tmp_path / "model")


def pinned(**changes: str) -> HubRepo:
    """Return the repository at its commit with the checksums of two files, some of them changed."""
    files = {name: sha256(FILES[name]).hexdigest() for name in ("config.json", "model.safetensors")}
    return HubRepo(REPO, COMMIT, tuple({**files, **changes}.items()))


def test_pinned_files_alone_are_fetched(fake_hub: FakeHub, tmp_path: Path) -> None:
    """Of a pinned repository only the pinned files are taken, at the pinned commit."""
    hub.fetch_repo(pinned(), tmp_path / "model", HubAccess(10.0, fake_hub.url), Reports())
    assert names_in(tmp_path / "model") == {"config.json", "model.safetensors"}
    assert fake_hub.revisions == {COMMIT}


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_pinned_checksum_is_believed_and_not_the_hubs(fake_hub: FakeHub, tmp_path: Path, name: str) -> None:
    """A file of any kind that is not the pinned one is a ChecksumError, whatever the hub says of it."""
    fake_hub.files[name] = b"another file, with which the hub is content"
    with pytest.raises(ChecksumError, match=name):
        hub.fetch_repo(pinned(), tmp_path / "model", HubAccess(10.0, fake_hub.url), Reports())
    assert not (tmp_path / "model" / name).exists()


def test_missing_pinned_file_is_named(fake_hub: FakeHub, tmp_path: Path) -> None:
    """A repository without a pinned file is refused before anything is downloaded."""
    del fake_hub.files["config.json"]
    with pytest.raises(SourceError, match=r"owner/tiny has no config\.json at its commit c0ffee"):
        hub.fetch_repo(pinned(), tmp_path / "model", HubAccess(10.0, fake_hub.url), Reports())
    assert fake_hub.downloads == []


def test_token_stays_at_home(fake_hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that HF_ENDPOINT names gets the user's token only where the user says so."""
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    for number, wanted in enumerate([False, True]):
        access = HubAccess(10.0, fake_hub.url, token_for_mirror=wanted)
        hub.fetch_repo(HubRepo(REPO), tmp_path / f"repo{number}", access, Reports())
        hub.fetch_file(HubFile(REPO, "tiny.gguf"), 1, tmp_path / f"file{number}", access, Reports())
        assert fake_hub.authorizations == ({"Bearer hf_secret"} if wanted else {None})
        fake_hub.authorizations.clear()


@pytest.mark.parametrize(
    ("endpoint", "token"),
    [
        ("https://huggingface.co", None),
        ("http://huggingface.co", False),
        ("https://huggingface.co.example.org", False),
        ("https://huggingface.co@example.org", False),
        ("https://hf-mirror.com", False),
        ("http://127.0.0.1:80", False),
    ],
)
def test_token_is_for_the_public_hub(endpoint: str, token: bool | None) -> None:
    """The token goes where it was made, over an encrypted connection, and to no name that looks like it."""
    assert HubAccess(1.0, endpoint).token is token
    assert HubAccess(1.0, endpoint, token_for_mirror=True).token is None
