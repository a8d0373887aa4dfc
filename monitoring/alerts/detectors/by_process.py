"""One rule, evaluated for each process by itself."""

from collections.abc import Callable, Iterable

from monitoring.alerts.detectors.base import Detector, R
from monitoring.alerts.observation import Observation
from monitoring.alerts.signal import Signal
from monitoring.record.vocabulary import SAMPLED, UNEXPECTED_END

# Processes that a rule watches; of more, those whose last record is the oldest are forgotten.
MAX_PROCESSES = 64
# A process that wrote nothing for so long, while others did, has ended.
GONE_SECONDS = 600.0
STOPPED = "app.stopped"


class ByProcess(Detector[R]):
    """Give each process a detector of its own: a task is bad as long as it is bad in one of them.

    So a healthy process does not hide a sick one that writes to the same log. A process that has ended says
    nothing more: the others decide from then on.
    """

    def __init__(self, make: Callable[[], Detector[R]]) -> None:
        one = make()
        super().__init__(one.rule)
        self.name, self.changes_with_time = one.name, one.changes_with_time
        self._make = make
        self._events = frozenset(one.events)
        self.events = tuple(self._events | {SAMPLED, STOPPED, UNEXPECTED_END})
        # By process; the process with the newest record stands last.
        self._detectors: dict[str, Detector[R]] = {}
        self._newest: dict[str, float] = {}
        # The signals that are bad or do not clear, by task and process.
        self._bad: dict[str, dict[str, Signal]] = {}

    def on_record(self, seen: Observation) -> Iterable[Signal]:
        if seen.event == STOPPED:
            self._forget(seen.process)
            return ()
        if seen.event == UNEXPECTED_END:
            self._forget(str(seen.fields.get("ended_instance")))
            return ()
        detector = self._detector_of(seen)
        if seen.event not in self._events:
            return ()
        return self._together(seen.process, detector.on_record(seen))

    def tick(self, now: float) -> Iterable[Signal]:
        found: dict[str, Signal] = {}
        for process, detector in self._detectors.items():
            found.update((signal.task, signal) for signal in self._together(process, detector.tick(now)))
        return list(found.values())

    def _detector_of(self, seen: Observation) -> Detector[R]:
        detector = self._detectors.pop(seen.process, None) or self._make()
        self._newest.pop(seen.process, None)
        self._detectors[seen.process], self._newest[seen.process] = detector, seen.time
        oldest = next(iter(self._newest))
        if len(self._newest) > MAX_PROCESSES or seen.time - self._newest[oldest] > GONE_SECONDS:
            self._forget(oldest)
        return detector

    def _together(self, process: str, signals: Iterable[Signal]) -> Iterable[Signal]:
        """Return the signals of one process as those of all processes."""
        signals = tuple(signals)
        if not self._bad and all(not signal.is_bad and signal.clears for signal in signals):
            return signals
        return [self._together_of_task(process, signal) for signal in signals]

    def _together_of_task(self, process: str, signal: Signal) -> Signal:
        by_process = self._bad.setdefault(signal.task, {})
        by_process.pop(process, None)
        if signal.is_bad or not signal.clears:
            by_process[process] = signal
        if not by_process:
            del self._bad[signal.task]
        if signal.is_bad:
            return signal
        # The worst of all: one that is bad, or else one that does not clear.
        return max(by_process.values(), key=lambda other: other.is_bad, default=signal)

    def _forget(self, process: str) -> None:
        self._detectors.pop(process, None)
        self._newest.pop(process, None)
        for task in [task for task, by_process in self._bad.items() if by_process.pop(process, None)]:
            if not self._bad[task]:
                del self._bad[task]
