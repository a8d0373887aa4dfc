"""The alert rules over a log that was written before: the alerts that would have fired."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from monitoring.alerts.condition import Change
from monitoring.alerts.engine import AlertEngine
from monitoring.alerts.observation import Observation, of_batch
from monitoring.alerts.rules import Rules
from monitoring.alerts.watching.recorded_jumps import Dated, with_jumps
from monitoring.formats.files.content import content_of, lines_of
from monitoring.machine import Machine
from monitoring.reading.processes import Processes
from monitoring.storage.blocks import DAMAGED, READ_BYTES
from monitoring.storage.private_files import open_regular
from monitoring.window.line_decoder import LineDecoder


def replay(
    path: Path,
    rules: Rules,
    machine: Machine,
    decoder: LineDecoder | None = None,
    block_bytes: int = READ_BYTES,
    looked_at: Counter[str] | None = None,
    jumps: list[Dated] | None = None,
) -> Iterator[Change]:
    """Yield the changes of alerts over a log of any form, in the order of its records, in bounded memory.

    Records of alerts in the log are ignored, except those that silence an alert. `looked_at` counts the
    records that the rules have seen, by event. `jumps` gets the jumps of the clock that the log tells of: no
    time passes by them.

    Of a damaged file, what stands before the damage is read.

    Raises:
        OSError: it cannot be read.
    """
    engine = AlertEngine(rules, machine)
    looked_at = Counter() if looked_at is None else looked_at
    decoder = decoder or LineDecoder()
    for dated in with_jumps(_records(_blocks(path, block_bytes, decoder), decoder, looked_at)):
        if dated.jump:
            engine.on_jump(dated.jump)
            if jumps is not None:
                jumps.append(dated)
        yield from engine.on_record(dated.seen)


def _records(blocks: Iterable[bytes], decoder: LineDecoder, looked_at: Counter[str]) -> Iterator[Observation]:
    processes = Processes()
    for lines in blocks:
        batch = decoder.decode(lines)
        looked_at.update(batch.texts["event"])
        yield from of_batch(batch, decoder, processes)


def _blocks(path: Path, block_bytes: int, decoder: LineDecoder) -> Iterator[bytes]:
    with open_regular(path) as file:
        try:
            yield from lines_of(file, content_of(file), block_bytes)
        except DAMAGED as error:
            decoder.rows.note_damage(error)
