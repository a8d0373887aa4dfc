"""The measures at a glance."""

from collections.abc import Sequence

import numpy as np
import pytest

from monitoring.analysis.incidents import Alert
from monitoring.analysis.measures import PERCENTS, Measure, at_a_glance
from monitoring.analysis.time_range import SPANS
from tests.monitoring.charts.helpers import LENGTH, time_range_of, varied
from tests.monitoring.helpers import MOMENT, Record, a_record, refused_requests

COUNTED = {"requests", "alerts", "broken"}  # of which no record means none
PERCENTILES = [f"{task}_p{percent}" for task in ("sentiment", "chat") for percent in PERCENTS]
NAMES = [
    "requests",
    "error",
    "rejected",
    *PERCENTILES,
    "ttft",
    "speed",
    "queue_wait",
    "queue_depth",
    "memory",
    "cpu",
    "alerts",
    "dropped",
    "broken",
]


def glance(
    *records: Record, alerts: Sequence[Alert] = (), broken: Sequence[tuple[float, int]] = ()
) -> dict[str, Measure]:
    """Measure the time from `MOMENT` on beside the one before it."""
    past = time_range_of(*records, since=-LENGTH, until=0)
    return {measure.key: measure for measure in at_a_glance(time_range_of(*records), past, alerts, broken)}


def test_what_no_record_tells_is_unknown() -> None:
    """Without records a measure is None and not 0, but for what is counted; nothing is alarming."""
    measures = glance()
    assert list(measures) == [name for name in NAMES if name not in PERCENTILES]
    for name, measure in measures.items():
        assert measure.value == (0 if name in COUNTED else None), name
        assert measure.records is None
        assert not measure.alarming
    assert {name for name, measure in measures.items() if measure.before is not None} == {"alerts", "broken"}


@pytest.mark.parametrize("count", [0, 1, 500])
def test_a_course_has_a_value_a_span(count: int) -> None:
    """Every measure has its way there, in as many steps as the time_range has spans."""
    assert {measure.series.shape for measure in glance(*varied(count)).values()} == {(SPANS,)}


def test_requests_are_counted_now_and_before() -> None:
    """Requests of all tasks count, samples do not, and each span has its own."""
    sample = a_record(3, event="resource.sample", response_time_ms=None)
    measure = glance(a_record(-1), a_record(0), a_record(1, task_type="other"), a_record(15), sample)[
        "requests"
    ]
    assert (measure.value, measure.before, measure.worse) == (3, 1, "")
    assert measure.series[:3].tolist() == [2, 1, 0]


def test_shares_are_of_all_requests() -> None:
    """Failed and refused requests are percents of the requests, and a failure alarms."""
    statuses = ("ok", "error", "rejected", "error", "ok")
    now = [a_record(second, status=status) for second, status in enumerate(statuses)]
    measures = glance(a_record(-2, status="rejected"), a_record(-1), *now)
    error, rejected = measures["error"], measures["rejected"]
    assert (error.value, error.before, error.records, error.alarming) == (40, 0, 5, True)
    assert (rejected.value, rejected.before, rejected.alarming) == (20, 50, False)
    assert error.series[0] == pytest.approx(40)
    assert np.isnan(error.series[1:]).all()


def test_refused_requests_without_a_record_count() -> None:
    """They are requests and rejected ones, now, before and in each span; an error's share is of them too."""
    now = [a_record(0), a_record(1, status="error"), refused_requests(2, 98), refused_requests(15, 900)]
    measures = glance(a_record(-2), refused_requests(-1, 4, status="error"), *now)
    requests, error, rejected = (measures[name] for name in ("requests", "error", "rejected"))
    assert (requests.value, requests.before) == (1000, 5)
    assert requests.series[:3].tolist() == [100, 900, 0]
    assert [rejected.value, error.value] == pytest.approx([99.8, 0.1])
    assert (rejected.before, rejected.records) == (80, 1000)
    assert rejected.series[:2].tolist() == [98, 100]
    assert (error.before, error.records) == (0, 1000)
    assert measures["chat_p50"].records == 1


@pytest.mark.parametrize("task", ["sentiment", "chat"])
def test_percentiles_are_those_of_numpy(task: str) -> None:
    """A task's percentiles are of its requests that ended ok, and say how many these are."""
    records = varied(400)
    times = [
        record["response_time_ms"]
        for record in records
        if (record["task_type"], record.get("status")) == (task, "ok")
    ]
    measures = glance(a_record(-1, task_type=task, response_time_ms=70), *records)
    for percent in PERCENTS:
        measure = measures[f"{task}_p{percent}"]
        assert measure.value == pytest.approx(np.percentile(times, percent))
        assert (measure.before, measure.records) == (70, len(times))


@pytest.mark.parametrize(
    ("name", "column", "worse"),
    [
        ("ttft", "ttft_ms", "more"),
        ("speed", "tokens_per_second", "less"),
        ("queue_wait", "queue_wait_ms", "more"),
    ],
)
def test_medians_are_of_those_that_tell(name: str, column: str, worse: str) -> None:
    """Records without the value neither count nor change the median, now and before."""
    told = ((-2, 7.0), (-1, 9.0), (0, 1.0), (1, 4.0), (11, 30.0), (12, None))
    measure = glance(*(a_record(second, **{column: value}) for second, value in told))[name]
    assert (measure.value, measure.before, measure.records, measure.worse) == (4, 8, 3, worse)
    assert measure.series[:2].tolist() == [2.5, 30]


def test_first_token_and_speed_are_of_chats_that_ended_ok() -> None:
    """A failed chat's first token and speed are in no median; its wait is."""
    told = {"ttft_ms": 1.0, "tokens_per_second": 1.0, "queue_wait_ms": 1.0}
    measures = glance(a_record(1, status="error", **told))
    assert [measures[name].value for name in ("ttft", "speed", "queue_wait")] == [None, None, 1]


def test_the_depth_is_the_waits_over_the_time() -> None:
    """60 s and 120 s of waiting in 600 s are 0.3 requests at once; those of a span are over its 10 s."""
    waits = ((-1, 300_000), (0, 60_000), (15, 120_000))
    measure = glance(*(a_record(second, queue_wait_ms=wait) for second, wait in waits))["queue_depth"]
    assert (measure.value, measure.before) == pytest.approx((0.3, 0.5))
    assert measure.series[:3].tolist() == pytest.approx([6, 12, 0])


def test_memory_and_cpu_are_the_last_known() -> None:
    """The last record that tells counts, of whatever kind it is."""
    records = (
        a_record(-1, memory_usage_mb=500, cpu_usage_percent=10),
        a_record(1, memory_usage_mb=700, cpu_usage_percent=20),
        a_record(
            2, event="resource.sample", response_time_ms=None, memory_usage_mb=800, cpu_usage_percent=30
        ),
        a_record(3, memory_usage_mb=None, cpu_usage_percent=None),
    )
    measures = glance(*records)
    assert (measures["memory"].value, measures["memory"].before) == (800, 500)
    assert (measures["cpu"].value, measures["cpu"].before) == (30, 10)
    assert measures["memory"].series[0] == 750


def test_of_several_processes_the_largest_memory_is_told() -> None:
    """Each process counts with its last value, and one that has ended does not count."""
    records = [
        a_record(0, instance="a", memory_usage_mb=9000),
        a_record(100, instance="b", memory_usage_mb=2600),
        a_record(101, instance="c", memory_usage_mb=700),
        a_record(102, instance="b", memory_usage_mb=2500),
        a_record(103, instance="c", memory_usage_mb=None),
    ]
    now, past = time_range_of(*records, until=200), time_range_of(*records, since=-200, until=0)
    (memory,) = [each for each in at_a_glance(now, past, (), ()) if each.key == "memory"]
    assert (memory.value, memory.records) == (2500, 2)


def test_alerts_are_active_from_then_until_then() -> None:
    """Counted are those active at the end, before at the begin, and in each span at its middle."""
    alerts = [
        Alert("old", MOMENT - 50, MOMENT + 3),
        Alert("older", MOMENT - 90, MOMENT + 12),
        Alert("short", MOMENT + 2, MOMENT + 8),
        Alert("still", MOMENT + 22, np.inf),
        Alert("later", MOMENT + LENGTH + 1, np.inf),
    ]
    measure = glance(alerts=alerts)["alerts"]
    assert (measure.value, measure.before, measure.alarming) == (1, 2, True)
    assert measure.series[:4].tolist() == [2, 0, 1, 1]
    assert not glance(alerts=alerts[:3])["alerts"].alarming


def test_dropped_records_are_added_up() -> None:
    """What the log says that it dropped is added up; records that say nothing dropped nothing."""
    measure = glance(a_record(-1), a_record(0, dropped=3), a_record(1), a_record(15, dropped=4))["dropped"]
    assert (measure.value, measure.before, measure.alarming) == (7, 0, True)
    assert measure.series[:3].tolist() == [3, 4, 0]


def test_broken_lines_are_added_up_by_their_moments() -> None:
    """Lines met in the time count now, those met before it before, and later ones not at all."""
    broken = [(MOMENT - 1, 9), (MOMENT, 1), (MOMENT + 15, 2), (MOMENT + LENGTH, 100)]
    measure = glance(broken=broken)["broken"]
    assert (measure.value, measure.before, measure.alarming) == (3, 9, True)
    assert measure.series[:3].tolist() == [1, 2, 0]


def test_a_quiet_time_is_compared_with_a_busy_one() -> None:
    """Where only the time before has records, the values of now are unknown and those before are there."""
    measures = glance(a_record(-1, response_time_ms=50, memory_usage_mb=600))
    found = {
        name: (measures[name].value, measures[name].before) for name in ("requests", "chat_p50", "memory")
    }
    assert found == {"requests": (0, 1), "chat_p50": (None, 50), "memory": (None, 600)}
