"""A thread that calls a function every so many seconds, until it is stopped."""

import threading

from monitoring.periodic_thread import PeriodicThread
from tests.monitoring.helpers import wait_until

NEVER = 3600.0


class Work:
    """Count calls, each of which may be held up."""

    def __init__(self) -> None:
        self.calls = 0
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self) -> None:
        self.calls += 1
        self.go_on.wait()


def test_the_work_is_called_again_and_again() -> None:
    """Every call is followed by another one."""
    work = Work()
    thread = PeriodicThread(work, 0.001, "test")
    thread.start()
    wait_until(lambda: work.calls >= 3)
    thread.stop()


def test_the_first_call_waits_for_its_time() -> None:
    """Without a wake, nothing is called before the time has passed; stopping does not wait for it."""
    work = Work()
    thread = PeriodicThread(work, NEVER, "test")
    thread.start()
    thread.stop()
    assert work.calls == 0


def test_a_wake_calls_at_once() -> None:
    """One wake is one call, also where it comes before the start."""
    work = Work()
    thread = PeriodicThread(work, NEVER, "test")
    thread.wake()
    thread.start()
    wait_until(lambda: work.calls == 1)
    thread.wake()
    wait_until(lambda: work.calls == 2)
    thread.stop()
    assert work.calls == 2


def test_a_wake_amid_a_call_is_kept() -> None:
    """What is asked for during a call comes after it."""
    work = Work()
    work.go_on.clear()
    thread = PeriodicThread(work, NEVER, "test")
    thread.wake()
    thread.start()
    wait_until(lambda: work.calls == 1)
    thread.wake()
    work.go_on.set()
    wait_until(lambda: work.calls == 2)
    thread.stop()


def test_stop_waits_for_the_running_call() -> None:
    """After stop() nothing of the work runs any more, and a pause in it ends early."""
    begun, ended = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert thread.pause(NEVER)
        assert thread.is_stopped
        ended.set()

    thread = PeriodicThread(work, 0.001, "test")
    thread.start()
    assert begun.wait(20)
    thread.stop()
    thread.stop()
    assert ended.is_set()
    assert not thread._thread.is_alive()


def test_stop_does_not_wait_longer_than_it_may() -> None:
    """A call that does not end is left behind."""
    work = Work()
    work.go_on.clear()
    thread = PeriodicThread(work, NEVER, "test", stop_seconds=0.01)
    thread.wake()
    thread.start()
    wait_until(lambda: work.calls == 1)
    thread.stop()
    work.go_on.set()


def test_stop_before_the_start_is_allowed() -> None:
    """A thread that was stopped first ends as soon as it is started."""
    work = Work()
    thread = PeriodicThread(work, 0.001, "test")
    thread.stop()
    thread.start()
    wait_until(lambda: not thread._thread.is_alive())
    assert work.calls == 0


def test_a_stop_at_the_worst_moment_is_not_missed() -> None:
    """stop() ends the thread also where it comes while the thread takes note of an earlier wake."""
    thread = PeriodicThread(lambda: None, NEVER, "test")

    class Woken(threading.Event):
        def clear(self) -> None:
            thread._stopped.set()  # What stop() does, at this very moment.
            self.set()
            super().clear()

    thread._woken = Woken()
    thread.wake()
    thread.start()
    wait_until(lambda: not thread._thread.is_alive())
