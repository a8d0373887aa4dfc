"""The progress of loading the model, in the terminal."""

import sys

from tqdm import tqdm

from inference.weights.progress import Progress


class Console:
    """Show loading progress in the terminal."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: tqdm | None = None

    def __call__(self, progress: Progress) -> None:
        """Print the name of a new stage, or update the progress bar of a download."""
        heading = f"{progress.stage} {progress.subject}".strip()
        if heading != self._stage:
            self._stage = heading
            if self._bar is not None:
                self._bar.close()
                self._bar = None
            if progress.total:
                self._bar = tqdm(total=progress.total, desc=heading, unit="B", unit_scale=True)
            else:
                print(heading, file=sys.stderr, flush=True)
        if self._bar is not None:
            self._bar.update(progress.done - self._bar.n)
