"""Fetch weights from the Hugging Face hub: safetensors and GGUF files only, never pickles."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from huggingface_hub.errors import HFValidationError
from huggingface_hub.hf_api import RepoSibling

from inference.errors import SourceError
from inference.weights.files import check_sha256, check_space
from inference.weights.progress import Report, watching_download

WANTED_SUFFIXES = (".safetensors", ".json", ".txt", ".jinja", ".model")


def fetch_repo(repo: str, folder: Path, timeout: float, report: Report, endpoint: str | None = None) -> None:
    """Download a repository's safetensors, configuration and tokenizer files into `folder`.

    `timeout` (s) limits only the wait for the hub's first answer. An interrupted download in `folder` is
    continued. `endpoint` is the hub's URL; without it HF_ENDPOINT names the hub.

    Raises:
        SourceError: the hub does not answer, or the repository has no safetensors files.
        ChecksumError: a file has another checksum than the hub names.
        OSError: the disk fails or is full.
    """
    siblings = _list_files(repo, timeout, endpoint)
    wanted = [s for s in siblings if "/" not in s.rfilename and s.rfilename.endswith(WANTED_SUFFIXES)]
    if not any(s.rfilename.endswith(".safetensors") for s in wanted):
        raise SourceError(f"{repo} has no safetensors files, and other formats are not loaded")
    total = sum(s.size or 0 for s in wanted)
    names = [s.rfilename for s in wanted]
    folder.mkdir(parents=True, exist_ok=True)
    check_space(folder, total)
    with watching_download(folder, repo, total, report), _download_errors():
        snapshot_download(repo, local_dir=folder, allow_patterns=names, endpoint=endpoint)
    for sibling in wanted:
        file = folder / sibling.rfilename
        if not file.is_file():  # the client raises nothing if the hub vanishes after its first answer
            raise SourceError(f"the download broke off: {sibling.rfilename} is missing")
        if sibling.lfs is not None:
            check_sha256(file, sibling.lfs.sha256, report)


def fetch_file(
    repo: str,
    filename: str,
    size: int,
    folder: Path,
    timeout: float,
    report: Report,
    endpoint: str | None = None,
) -> Path:
    """Download one file of a repository into `folder` and return its path.

    Raises:
        SourceError: the hub does not answer, or has no such file.
        OSError: the disk fails or is full.
    """
    if filename not in {sibling.rfilename for sibling in _list_files(repo, timeout, endpoint)}:
        raise SourceError(f"{repo} has no file {filename}")
    with watching_download(folder, f"{repo}/{filename}", size, report), _download_errors():
        return Path(hf_hub_download(repo, filename, local_dir=folder, endpoint=endpoint))


def _list_files(repo: str, timeout: float, endpoint: str | None) -> list[RepoSibling]:
    try:
        info = HfApi(endpoint).model_info(repo, timeout=timeout, files_metadata=True)
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
