"""Tests of `inference.worker`, with steps that tests move themselves."""

import threading
from collections.abc import Generator, Iterator
from contextlib import nullcontext

import pytest

from inference.errors import EngineBusy, EngineClosed
from inference.worker import Job, Worker


class Stopper:
    """A job that stops the worker's thread in its second step until it is let go."""

    def __init__(self, worker: Worker) -> None:
        self._go = threading.Event()
        self._reached = threading.Event()
        self.job = worker.submit(self._steps(), threading.Event())

    def await_stop(self) -> None:
        assert self._reached.wait(30)

    def let_go(self) -> None:
        self._go.set()

    def _steps(self) -> Generator[str, None, None]:
        yield "first"
        self._reached.set()
        self._go.wait(30)


def stop(worker: Worker) -> Stopper:
    """Stop the worker's thread."""
    stopper = Stopper(worker)
    stopper.await_stop()
    return stopper


@pytest.fixture
def worker() -> Iterator[Worker]:
    """Two jobs take turns and three may wait."""
    worker = Worker(max_active=2, max_waiting=3)
    yield worker
    worker.close()


def count_to(last: int, name: str, log: list[str]) -> Generator[int, None, None]:
    """Yield 1 to `last`, and note each step."""
    for number in range(1, last + 1):
        log.append(f"{name}{number}")
        yield number


def nobody() -> threading.Event:
    """Return an event that nobody sets."""
    return threading.Event()


def test_results_come_in_order(worker: Worker) -> None:
    """A job's results are what its steps yield, and then they end."""
    assert list(worker.submit(count_to(3, "a", []), nobody()).results()) == [1, 2, 3]


def test_active_jobs_take_turns(worker: Worker) -> None:
    """Two active jobs advance one step each in turn."""
    log: list[str] = []
    stopper = stop(worker)
    jobs = [worker.submit(count_to(3, name, log), nobody()) for name in "ab"]
    stopper.let_go()
    for job in jobs:
        list(job.results())
    assert log == ["a1", "b1", "a2", "b2", "a3", "b3"]


def test_waiting_jobs_start_in_order_of_arrival(worker: Worker) -> None:
    """No more than `max_active` jobs take turns, and the others start in the order in which they came."""
    log: list[str] = []
    stopper = stop(worker)
    jobs = [worker.submit(count_to(2, name, log), nobody()) for name in "abcd"]
    stopper.let_go()
    for job in jobs:
        list(job.results())
    assert log == ["a1", "b1", "a2", "b2", "c1", "d1", "c2", "d2"]


def test_urgent_job_goes_before_waiting_ones(worker: Worker) -> None:
    """An urgent job goes before those that came earlier and wait."""
    log: list[str] = []
    stopper = stop(worker)
    jobs = [worker.submit(count_to(1, name, log), nobody()) for name in "abc"]
    jobs.append(worker.submit(count_to(1, "urgent", log), nobody(), urgent=True))
    stopper.let_go()
    for job in jobs:
        list(job.results())
    assert log == ["urgent1", "a1", "b1", "c1"]


def test_urgent_job_goes_before_active_ones(worker: Worker) -> None:
    """An urgent job runs to its end before the next step of those that are active already."""
    log: list[str] = []

    def score() -> Generator[int, None, None]:
        log.append("urgent")
        yield 1
        log.append("end")

    stopper = Stopper(worker)
    active = worker.submit(count_to(10**9, "a", log), nobody()).results()
    next(active)
    stopper.await_stop()
    before = len(log)
    urgent = worker.submit(score(), nobody(), urgent=True)
    stopper.let_go()
    list(urgent.results())
    assert log[before : before + 2] == ["urgent", "end"]


def test_error_reaches_who_asked(worker: Worker) -> None:
    """An exception in a step is raised to its caller, after the results before it; others go on."""

    def fail_later() -> Generator[int, None, None]:
        yield 1
        raise LookupError("broken step")

    results = worker.submit(fail_later(), nobody()).results()
    other = worker.submit(count_to(3, "b", []), nobody())
    assert next(results) == 1
    with pytest.raises(LookupError, match="broken step"):
        next(results)
    assert list(other.results()) == [1, 2, 3]


def test_job_cancelled_before_its_start_never_runs(worker: Worker) -> None:
    """A job whose event is set already ends without a step."""
    log: list[str] = []
    cancelled = threading.Event()
    cancelled.set()
    assert list(worker.submit(count_to(3, "a", log), cancelled).results()) == []
    assert log == []


def test_job_cancelled_while_it_waits_ends_early(worker: Worker) -> None:
    """A waiting job that is cancelled ends while longer jobs before it are still running."""
    log: list[str] = []
    stopper = stop(worker)
    endless = [worker.submit(count_to(10**9, name, log), nobody()).results() for name in "ab"]
    cancelled = threading.Event()
    waiting = worker.submit(count_to(1, "c", log), cancelled)
    cancelled.set()
    stopper.let_go()
    assert list(waiting.results()) == []
    assert "c1" not in log
    for results in endless:
        assert next(results) == 1


def test_leaving_the_results_closes_the_steps(worker: Worker) -> None:
    """A caller that stops reading ends its job, whose steps are closed in the worker's thread."""
    closed_in: list[str] = []
    closed = threading.Event()

    def steps() -> Generator[int, None, None]:
        try:
            while True:
                yield 1
        finally:
            closed_in.append(threading.current_thread().name)
            closed.set()

    for _ in worker.submit(steps(), nobody()).results():
        break
    assert closed.wait(30)
    assert closed_in == ["model"]


def test_limit_is_exact_and_slots_come_back(worker: Worker) -> None:
    """`max_active + max_waiting` jobs are taken, the next is refused, and an ended one makes room."""
    stopper = stop(worker)
    jobs = [worker.submit(count_to(1, str(i), []), nobody()) for i in range(4)]
    with pytest.raises(EngineBusy, match="5 requests wait for the model already"):
        worker.submit(count_to(1, "late", []), nobody())
    with pytest.raises(EngineBusy):
        worker.submit(count_to(1, "late", []), nobody(), urgent=True)
    stopper.let_go()
    for job in jobs:
        list(job.results())
    assert list(stopper.job.results()) == ["first"]
    stopper = stop(worker)
    for i in range(4):
        worker.submit(count_to(1, str(i), []), nobody())
    stopper.let_go()


@pytest.mark.parametrize("urgent", [True, False])
@pytest.mark.parametrize("end", ["done", "cancel", "fail"])
def test_slot_is_back_when_the_results_end(end: str, urgent: bool) -> None:
    """Who saw its results end finds a free slot at once, however the job ended."""
    worker = Worker(max_active=1, max_waiting=0)

    def steps() -> Generator[int, None, None]:
        yield 1
        if end == "fail":
            raise LookupError("as asked")

    for _ in range(50):
        cancelled = threading.Event()
        results = worker.submit(steps(), cancelled, urgent=urgent).results()
        assert next(results) == 1
        if end == "cancel":
            cancelled.set()
        with pytest.raises(LookupError) if end == "fail" else nullcontext():
            assert list(results) == []
    worker.close()


def test_slot_is_back_after_a_caller_left(worker: Worker) -> None:
    """Jobs whose callers stopped reading never fill the worker."""
    for _ in range(50):
        closed = threading.Event()

        def steps(closed: threading.Event = closed) -> Generator[int, None, None]:
            try:
                while True:
                    yield 1
            finally:
                closed.set()

        for _ in worker.submit(steps(), nobody()).results():
            break
        assert closed.wait(30)  # its slot follows, before the worker takes another step


def test_close_ends_every_job(worker: Worker) -> None:
    """Running and waiting jobs end without an error when the worker is closed, and its thread too."""
    jobs = [worker.submit(count_to(10**9, name, []), nobody()) for name in "abcd"]
    running = jobs[0].results()
    assert next(running) == 1
    worker.close()
    for job in jobs[1:]:
        assert len(list(job.results())) < 10**6
    list(running)
    assert not any(thread.name == "model" for thread in threading.enumerate())


def test_closed_worker_takes_nothing(worker: Worker) -> None:
    """A job after the close is refused, and a second close does nothing."""
    worker.close()
    worker.close()
    with pytest.raises(EngineClosed):
        worker.submit(count_to(1, "a", []), nobody())


def test_job_that_fails_while_it_is_closed_still_ends() -> None:
    """An exception out of the steps' own cleanup reaches the caller instead of leaving it waiting."""

    def steps() -> Generator[int, None, None]:
        try:
            yield 1
        finally:
            raise LookupError("broken cleanup")

    cancelled = threading.Event()
    job = Job(steps(), cancelled)
    assert job.advance() is None
    cancelled.set()
    end = job.advance()
    assert end is not None
    job.finish(end)
    results = job.results()
    assert next(results) == 1
    with pytest.raises(LookupError, match="broken cleanup"):
        next(results)
