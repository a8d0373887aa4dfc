"""The alert rules over a log that was written before: the alerts that would have fired."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from monitoring.alerts.condition import Change
from monitoring.alerts.engine import AlertEngine
from monitoring.alerts.observation import of_batch
from monitoring.alerts.rules import Rules
from monitoring.formats.files.content import content_of, lines_of
from monitoring.machine import Machine
from monitoring.reading.processes import Processes
from monitoring.storage.blocks import READ_BYTES
from monitoring.storage.private_files import open_regular
from monitoring.window.line_decoder import LineDecoder


def replay(
    path: Path,
    rules: Rules,
    machine: Machine,
    decoder: LineDecoder | None = None,
    block_bytes: int = READ_BYTES,
    looked_at: Counter[str] | None = None,
) -> Iterator[Change]:
    """Yield the changes of alerts over a log of any form, in the order of its records, in bounded memory.

    Records of alerts in the log are ignored, except those that silence an alert. `looked_at` counts the
    records that the rules have seen, by event.

    Raises:
        OSError: it cannot be read.
        EOFError (`DAMAGED`): it is compressed, and damaged.
    """
    decoder, processes = decoder or LineDecoder(), Processes()
    engine = AlertEngine(rules, machine)
    looked_at = Counter() if looked_at is None else looked_at
    for lines in _blocks(path, block_bytes):
        batch = decoder.decode(lines)
        looked_at.update(batch.texts["event"])
        for seen in of_batch(batch, decoder, processes):
            yield from engine.on_record(seen)


def _blocks(path: Path, block_bytes: int) -> Iterator[bytes]:
    with open_regular(path) as file:
        yield from lines_of(file, content_of(file), block_bytes)
