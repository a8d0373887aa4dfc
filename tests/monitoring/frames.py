"""Records as the parts of the window see them: batches and frames."""

from typing import Any

from monitoring.window.frame import Frame
from monitoring.window.line_decoder import Batch, LineDecoder
from monitoring.window.summary import RollingSummary, Summary
from monitoring.window.window import Window
from tests.monitoring.helpers import MOMENT, lines_of


def batch_of(*records: dict[str, Any]) -> Batch:
    """Return the records as the reader hands them on."""
    return LineDecoder().decode(lines_of(*records))


def frame_of(*records: dict[str, Any]) -> Frame:
    """Return the records as a window shows them."""
    window = Window(max(1, len(records)), LineDecoder())
    window.append(batch_of(*records))
    return window.snapshot()


def summarize(frame: Frame) -> Summary:
    """Summarize the records of a frame."""
    rolling = RollingSummary()
    rolling.add(frame)
    return rolling.result(frame)


def seconds(frame: Frame) -> list[float]:
    """Return the seconds after `MOMENT` of a frame's records."""
    return [round(time - MOMENT, 3) for time in frame.time.tolist()]
