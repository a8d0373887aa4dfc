"""Fetch weights from the Hugging Face hub: safetensors and GGUF files only, never pickles."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from huggingface_hub import HfApi, constants, hf_hub_download, snapshot_download
from huggingface_hub.errors import HFValidationError
from huggingface_hub.hf_api import RepoSibling

from inference.errors import SourceError
from inference.weights.catalog import MAIN, HubFile, HubRepo
from inference.weights.files import check_sha256, check_space
from inference.weights.progress import Report, watching_download

PUBLIC_HUB = "huggingface.co"
WANTED_SUFFIXES = (".safetensors", ".json", ".txt", ".jinja", ".model")


@dataclass(frozen=True, slots=True)
class HubAccess:
    """How the hub is asked."""

    timeout: float  # s for the first answer
    endpoint: str = field(default_factory=lambda: constants.ENDPOINT)  # HF_ENDPOINT, or the public hub
    token_for_mirror: bool = False

    @property
    def token(self) -> bool | None:
        """False keeps the user's token at home; with None the hub's client sends it where there is one."""
        address = urlsplit(self.endpoint)
        is_public = (address.scheme, address.netloc) == ("https", PUBLIC_HUB)
        return None if is_public or self.token_for_mirror else False


def fetch_repo(source: HubRepo, folder: Path, access: HubAccess, report: Report) -> None:
    """Download a repository's safetensors, configuration and tokenizer files into `folder`.

    An interrupted download in `folder` is continued.

    Raises:
        SourceError: the hub does not answer, or the repository has no safetensors files, or lacks one.
        ChecksumError: a file has another checksum than the catalog, or else the hub, names.
        OSError: the disk fails or is full.
    """
    repo, pinned = source.repo, dict(source.files)
    wanted = _wanted(_list_files(repo, source.revision, access), pinned)
    if missing := pinned.keys() - {sibling.rfilename for sibling in wanted}:
        raise SourceError(f"{repo} has no {', '.join(sorted(missing))} at its commit {source.revision}")
    if not any(s.rfilename.endswith(".safetensors") for s in wanted):
        raise SourceError(f"{repo} has no safetensors files, and other formats are not loaded")
    total = sum(s.size or 0 for s in wanted)
    names = [s.rfilename for s in wanted]
    folder.mkdir(parents=True, exist_ok=True)
    check_space(folder, total)
    with watching_download(folder, repo, total, report), _download_errors():
        snapshot_download(
            repo,
            revision=source.revision,
            local_dir=folder,
            allow_patterns=names,
            endpoint=access.endpoint,
            token=access.token,
        )
    for sibling in wanted:
        file = folder / sibling.rfilename
        if not file.is_file():  # the client raises nothing if the hub vanishes after its first answer
            raise SourceError(f"the download broke off: {sibling.rfilename} is missing")
        if expected := pinned.get(sibling.rfilename) or (sibling.lfs and sibling.lfs.sha256):
            check_sha256(file, expected, report)


def fetch_file(source: HubFile, size: int, folder: Path, access: HubAccess, report: Report) -> Path:
    """Download one file of a repository into `folder` and return its path.

    Raises:
        SourceError: the hub does not answer, or has no such file.
        OSError: the disk fails or is full.
    """
    repo, filename = source.repo, source.filename
    if filename not in {sibling.rfilename for sibling in _list_files(repo, MAIN, access)}:
        raise SourceError(f"{repo} has no file {filename}")
    with watching_download(folder, f"{repo}/{filename}", size, report), _download_errors():
        return Path(
            hf_hub_download(repo, filename, local_dir=folder, endpoint=access.endpoint, token=access.token)
        )


def _wanted(siblings: list[RepoSibling], pinned: Mapping[str, str]) -> list[RepoSibling]:
    """Choose the pinned files, or where nothing is pinned, all that a model may need."""
    if pinned:
        return [sibling for sibling in siblings if sibling.rfilename in pinned]
    return [s for s in siblings if "/" not in s.rfilename and s.rfilename.endswith(WANTED_SUFFIXES)]


def _list_files(repo: str, revision: str, access: HubAccess) -> list[RepoSibling]:
    try:
        info = HfApi(access.endpoint, token=access.token).model_info(
            repo, revision=revision, timeout=access.timeout, files_metadata=True
        )
    except HFValidationError as error:
        raise SourceError(f"{repo!r} is not a hub id (owner/name)") from error
    except (httpx2.HTTPError, OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f"the hub did not answer: {_short(error)}") from error
    return list(info.siblings or ())


@contextmanager
def _download_errors() -> Iterator[None]:
    """Turn errors of the hub's client into SourceError; errors of the disk, which have an errno, pass."""
    try:
        yield
    except Exception as error:  # the clients for HTTP and for Xet share no base class
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise SourceError(f"the download broke off: {_short(error)}") from error


def _short(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
