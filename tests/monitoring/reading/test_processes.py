"""The processes that wrote a log."""

import math

from monitoring.reading.processes import MAX_RUNS, Processes


def keys(*records: tuple[str, float, float]) -> list[str]:
    """Return the keys of records: their instance, pid and seq."""
    processes = Processes()
    return [processes.key(*record) for record in records]


def groups(*records: tuple[str, float, float]) -> list[int]:
    """Return for each record the place of the first one of the same process."""
    found = keys(*records)
    return [found.index(key) for key in found]


def test_an_instance_is_a_process() -> None:
    """It is believed, whatever pid and seq say."""
    assert keys(("a", 1, 5), ("b", 1, 6), ("a", 2, 1)) == ["a", "b", "a"]


def test_two_containers_have_a_process_1_each() -> None:
    """Each number continues the run that it is next to."""
    assert groups(("", 1, 5000), ("", 1, 1), ("", 1, 5001), ("", 1, 2), ("", 1, 3)) == [0, 1, 0, 1, 1]


def test_a_lost_record_is_no_new_process() -> None:
    """A gap belongs to the run that is nearest below it."""
    assert groups(("", 1, 500), ("", 1, 10), ("", 1, 14), ("", 1, 510)) == [0, 1, 1, 0]


def test_a_restart_with_the_same_pid_is_a_new_process() -> None:
    """It goes on to be one where its numbers reach those of the old one."""
    assert groups(*(("", 1, number) for number in (2, 3, 1, 2, 3, 4))) == [0, 0, 2, 2, 2, 2]


def test_records_that_tell_less_are_told_apart_by_what_they_tell() -> None:
    """Without seq by the pid; without a pid they are of one process."""
    nan = math.nan
    assert keys(("", 7, nan), ("", 8, nan), ("", 7, nan)) == ["7", "8", "7"]
    assert keys(("", nan, 3), ("", nan, nan)) == ["", ""]


def test_endless_processes_are_not_all_kept() -> None:
    """Those that wrote the longest ago are forgotten; one that goes on to write is not."""
    processes = Processes()
    first = processes.key("", 1, 1)
    for pid in range(2, MAX_RUNS * 3):
        processes.key("", pid, 1)
        assert processes.key("", 1, pid) == first
    assert len(processes._runs) == MAX_RUNS
