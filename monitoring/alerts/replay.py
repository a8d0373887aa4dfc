"""The alert rules over a log that was written before: the alerts that would have fired."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from monitoring.alerts.condition import Change
from monitoring.alerts.engine import AlertEngine
from monitoring.alerts.observation import of_batch
from monitoring.alerts.rules import Rules
from monitoring.machine import Machine
from monitoring.reading.processes import Processes
from monitoring.storage.blocks import READ_BYTES, LineBuffer, read
from monitoring.storage.paths import open_log_file
from monitoring.window.line_decoder import LineDecoder


def replay(
    path: Path,
    rules: Rules,
    machine: Machine,
    mapping: Mapping[str, str] = {},
    block_bytes: int = READ_BYTES,
) -> Iterator[Change]:
    """Yield the changes of alerts over a log, `.gz` or plain, in the order of its records, in bounded memory.

    Records of alerts in the log are ignored, except those that silence an alert.

    Raises:
        OSError: it cannot be read.
        EOFError, gzip.BadGzipFile, zlib.error: it is compressed, and damaged.
    """
    decoder, processes = LineDecoder(mapping), Processes()
    engine = AlertEngine(rules, machine)
    for lines in _blocks(path, block_bytes):
        batch = decoder.decode(lines)
        for seen in of_batch(batch, decoder, processes):
            yield from engine.on_record(seen)


def _blocks(path: Path, block_bytes: int) -> Iterator[bytes]:
    buffer = LineBuffer()
    with open_log_file(path, follow_links=True) as file:
        while data := read(file, block_bytes):
            yield buffer.add(data)
    yield buffer.end()
