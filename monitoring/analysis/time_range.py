"""A stretch of time: its records, those of each task, spread over equal spans; each is worked out once."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from monitoring.analysis.timeline import Grid, Spread
from monitoring.percentiles import percentiles
from monitoring.window.frame import Frame
from monitoring.window.masks import during, ended_ok, is_request, of_task, tasks_of

SPANS = 60
MAX_TASKS = 12  # that charts and cards show; a log of endless task names shows the first ones


class Part:
    """Some of a stretch's records; what is asked for again is not computed again."""

    def __init__(self, grid: Grid, frame: Frame) -> None:
        self.grid = grid
        self.frame = frame
        self._columns: dict[str, np.ndarray] = {}
        self._courses: dict[tuple[str, tuple[int, ...]], np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, name: str) -> np.ndarray:
        """Return a column of numbers, float64, NaN where absent."""
        if name not in self._columns:
            self._columns[name] = self.frame[name]
        return self._columns[name]

    @cached_property
    def time(self) -> np.ndarray:
        """Seconds since the epoch, UTC."""
        return self.frame.time

    @cached_property
    def spread(self) -> Spread:
        """The records, spread over the spans."""
        return self.grid.spread(self.time)

    def known(self, name: str) -> np.ndarray:
        """Return a column's values without NaN."""
        values: np.ndarray = self[name][~np.isnan(self[name])]
        return values

    def percentiles(self, name: str, percents: Sequence[int]) -> list[float | None]:
        """Return percentiles of a column; `None` where it has no values."""
        found = percentiles(self[name], percents).tolist()
        return [None if np.isnan(value) else value for value in found]

    def courses(self, name: str, percents: tuple[int, ...]) -> np.ndarray:
        """Return a column's percentiles in each span, shape [len(percents), SPANS], NaN where is none."""
        key = (name, percents)
        if key not in self._courses:
            self._courses[key] = self.spread.percentiles(self[name], percents)
        return self._courses[key]

    def where(self, mask: np.ndarray) -> "Part":
        """Select records."""
        return Part(self.grid, self.frame.where(mask))


class Stretch:
    """The records of a frame from `since` on and before `until`, in s since the epoch."""

    def __init__(self, frame: Frame, since: float, until: float) -> None:
        self.grid = Grid(since, until, SPANS)
        self.all = Part(self.grid, frame.where(during(frame, since, until)))
        self._frame = frame

    @cached_property
    def requests(self) -> Part:
        """The records of finished tasks."""
        return self.all.where(is_request(self.all.frame))

    @cached_property
    def tasks(self) -> dict[str, Part]:
        """The requests of each task that the whole frame holds, in order of first use; some may have none."""
        names = tasks_of(self._frame.where(is_request(self._frame)))[:MAX_TASKS]
        return {task: self.requests.where(of_task(self.requests.frame, task)) for task in names}

    @cached_property
    def ok(self) -> dict[str, Part]:
        """The requests of each task that ended ok."""
        return {task: part.where(ended_ok(part.frame)) for task, part in self.tasks.items()}

    @cached_property
    def streamed(self) -> list[str]:
        """The tasks whose requests tell a first token: those that stream replies."""
        return [task for task, part in self.ok.items() if len(part.known("ttft_ms"))]

    @cached_property
    def not_streamed(self) -> list[str]:
        """The tasks with requests of which none tells a first token."""
        return [task for task, part in self.ok.items() if len(part) and task not in self.streamed]

    @cached_property
    def all_ok(self) -> Part:
        """The requests of all tasks that ended ok."""
        return self.requests.where(ended_ok(self.requests.frame))
