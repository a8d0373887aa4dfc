"""Find damaged files of a model: by their checksums, and where none is known, by their form."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from inference.weights.files import sha256_of
from inference.weights.progress import Progress, Report

# The JSON files that the libraries read, each an object; whatever else stands in a folder does no harm.
JSON_FILES = {
    "added_tokens.json",
    "chat_template.json",
    "config.json",
    "generation_config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.json",
}
INDEX_SUFFIX = ".safetensors.index.json"  # of a file that tells which tensor is in which file


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that is not what it should be."""

    name: str
    problem: str  # what a sentence about the file says, such as "is missing"

    def __str__(self) -> str:
        return f"{self.name} {self.problem}"


def damage_by_checksum(folder: Path, checksums: Mapping[str, str], report: Report) -> list[Damage]:
    """Return the files of a folder that do not have the SHA-256 that they should have."""
    return [
        Damage(name, problem)
        for name, expected in checksums.items()
        if (problem := _checksum_problem(folder / name, expected, report))
    ]


def damage_by_form(folder: Path) -> list[Damage]:
    """Return the safetensors and JSON files of a folder that cannot be read as such, or lack their parts."""
    found = []
    for path in sorted(folder.iterdir()):
        if problem := _form_problem(path):
            found.append(Damage(path.name, problem))
        elif path.name.endswith(INDEX_SUFFIX):
            found += [Damage(name, f"is missing; {path.name} names it") for name in _missing_parts(path)]
    return found


def _checksum_problem(path: Path, expected: str, report: Report) -> str:
    report(Progress("verifying", path.name))
    try:
        found, size = sha256_of(path), path.stat().st_size
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    if found == expected:
        return ""
    return f"is damaged: its {size:,} bytes have the SHA-256 {found}, expected {expected}"


def _form_problem(path: Path) -> str:
    """Return what is wrong with a file that no checksum is known of, "" if nothing is."""
    try:
        if path.name in JSON_FILES or path.name.endswith(INDEX_SUFFIX):
            content = json.loads(path.read_bytes())
            return "" if isinstance(content, dict) else "is damaged: it is no JSON object"
        if path.suffix == ".safetensors":
            with safe_open(path, framework="numpy"):
                return ""
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    except (ValueError, RecursionError, SafetensorError) as error:
        size = path.stat().st_size
        return f"is damaged: its {size:,} bytes are no whole {path.suffix[1:]} file ({error})"
    return ""


def _missing_parts(index: Path) -> Iterator[str]:
    """Yield the names of files that an index of tensors names, and that are not there."""
    tensors = json.loads(index.read_bytes()).get("weight_map")
    names = {str(name) for name in tensors.values()} if isinstance(tensors, dict) else set()
    return (name for name in sorted(names) if not (index.parent / name).is_file())
