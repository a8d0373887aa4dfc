"""GGUF files for peers that read such files themselves."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from gguf.quants import dequantize, quantize

from benchmarks.engine import gguf_files


def written(path: Path) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Write a small GGUF file like that of a model; return its matrix."""
    writer: Any = gguf.GGUFWriter(path, "qwen2")
    writer.add_string("general.name", "small")
    writer.add_array("tokenizer.ggml.tokens", ["a", "b"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_K_M)
    matrix = np.random.default_rng(1).standard_normal((4, 64), dtype=np.float32)
    kind = gguf.GGMLQuantizationType.Q5_0
    packed = quantize(matrix, kind)
    writer.add_tensor("weight", packed, raw_dtype=kind)
    writer.add_tensor("norm", np.arange(64, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    dense: np.ndarray[Any, np.dtype[np.float32]] = dequantize(packed, kind)
    return dense


def test_a_file_is_rewritten_to_eight_bits(tmp_path: Path) -> None:
    """Metadata and vectors stay, matrices are nearly the same, and the file is written only once."""
    matrix = written(tmp_path / "original.gguf")
    file = gguf_files.in_eight_bits(tmp_path)
    reader: Any = gguf.GGUFReader(file)
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    assert tensors["weight"].tensor_type == gguf.GGMLQuantizationType.Q8_0
    assert np.allclose(dequantize(tensors["weight"].data, tensors["weight"].tensor_type), matrix, atol=0.05)
    assert tensors["norm"].data.tolist() == list(range(64))
    fields = {name: field.contents() for name, field in reader.fields.items()}
    assert fields["general.name"] == "small"
    assert fields["tokenizer.ggml.tokens"] == ["a", "b"]
    assert fields["general.file_type"] == gguf.LlamaFileType.MOSTLY_Q8_0
    assert gguf_files.in_eight_bits(tmp_path).stat().st_mtime_ns == file.stat().st_mtime_ns


def test_the_original_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is checked before it is moved to its final path, and is not fetched again."""
    checked: list[Path] = []

    def fetch(source: object, folder: Path, report: object) -> Path:
        file = folder / "joined.gguf"
        file.write_bytes(b"weights")
        return file

    monkeypatch.setattr(gguf_files, "fetch_file", fetch)
    monkeypatch.setattr(gguf_files, "check_sha256", lambda file, *others: checked.append(file))
    folder = tmp_path / "new"
    assert gguf_files.original(folder).read_bytes() == b"weights"
    assert gguf_files.original(folder) == folder / "original.gguf"
    assert checked == [folder / "joined.gguf"]
