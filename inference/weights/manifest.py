"""What stands in a finished folder of the cache: its files with their checksums, and where they came from."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inference.weights.files import sha256_of
from inference.weights.integrity import Damage, damage_by_checksum, damage_by_form
from inference.weights.progress import Report

MANIFEST = "origin.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of a finished folder."""

    model: str
    origin: str
    sizes: Mapping[str, int]  # of each file, in bytes
    checksums: Mapping[str, str]  # the SHA-256 of each file; empty where an older version wrote the manifest

    def write(self, folder: Path) -> None:
        """Write the manifest into its folder; whoever reads it meanwhile sees the old one or the new one."""
        content = {
            "model": self.model,
            "origin": self.origin,
            "files": self.sizes,
            "sha256": self.checksums,
        }
        unfinished = folder / f"{MANIFEST}.part"
        unfinished.write_text(json.dumps(content, indent=2), encoding="utf-8")
        os.replace(unfinished, folder / MANIFEST)


def manifest_of(folder: Path, model: str, origin: str) -> Manifest:
    """Read all files of a folder, and return its manifest."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != MANIFEST)
    sizes = {path.name: path.stat().st_size for path in files}
    return Manifest(model, origin, sizes, {path.name: sha256_of(path) for path in files})


def check_folder(folder: Path, pinned: Mapping[str, str], report: Report) -> Manifest | list[Damage]:
    """Return the manifest of a finished folder if all its files are whole, else what is damaged.

    The checksums are those of the manifest, which were noted when the files had been fetched and checked;
    `pinned` are those of the catalog, for a manifest without.
    """
    try:
        manifest = _read(folder)
    except FileNotFoundError:
        return [Damage(MANIFEST, "is missing")]
    except OSError as error:
        return [Damage(MANIFEST, f"cannot be read: {error.strerror or error}")]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [Damage(MANIFEST, "is damaged: it does not list the files of the model")]
    checksums = manifest.checksums or pinned
    unknown = {name: size for name, size in manifest.sizes.items() if name not in checksums}
    damage = damage_by_checksum(folder, checksums, report) + _damage_by_size(folder, unknown)
    if unknown and not damage:
        damage = damage_by_form(folder)
    return damage or manifest


def _read(folder: Path) -> Manifest:
    content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    sizes = {str(name): int(size) for name, size in content["files"].items()}
    checksums = {str(name): str(checksum) for name, checksum in content.get("sha256", {}).items()}
    if not sizes:
        raise ValueError("no file is listed")
    return Manifest(str(content["model"]), str(content["origin"]), sizes, checksums)


def _damage_by_size(folder: Path, sizes: Mapping[str, int]) -> list[Damage]:
    found = []
    for name, expected in sizes.items():
        try:
            with (folder / name).open("rb") as file:
                size = file.seek(0, 2)
        except FileNotFoundError:
            found.append(Damage(name, "is missing"))
        except OSError as error:
            found.append(Damage(name, f"cannot be read: {error.strerror or error}"))
        else:
            if size != expected:
                found.append(Damage(name, f"is damaged: it has {size:,} bytes, expected {expected:,}"))
    return found
