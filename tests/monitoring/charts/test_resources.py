"""The charts of memory and CPU."""

import pytest

from monitoring.analysis.limits import Limits
from monitoring.analysis.trend import MIN_SPANS
from monitoring.charts import resources as resource_figures
from monitoring.charts.resources import MAX_POINTS
from tests.monitoring.charts.helpers import LENGTH, WORDS, data_of, seconds_of, traces_of, values
from tests.monitoring.helpers import Record, a_record


def rising(spans: int, **peaks: float) -> list[Record]:
    """Return a record in each of so many spans, 1 MiB more in each; `peaks` are others, as in `at_3=5000`."""
    return [
        a_record(10 * span + 5, memory_usage_mb=peaks.get(f"at_{span}", 900.0 + span))
        for span in range(spans)
    ]


def test_resources_come_from_every_record_that_says_them() -> None:
    """Memory and CPU are drawn from tasks and samples alike; records without them are left out."""
    data = data_of(
        a_record(1, memory_usage_mb=900, cpu_usage_percent=None),
        a_record(2, memory_usage_mb=None, cpu_usage_percent=150, event="resource.sample"),
        a_record(3, memory_usage_mb=910, cpu_usage_percent=20),
    )
    memory = traces_of(resource_figures.memory(data, WORDS))["内存"]
    cpu = traces_of(resource_figures.cpu(data, WORDS))["处理器"]
    assert (seconds_of(memory["x"]), values(memory["y"])) == ([1, 3], [900, 910])
    assert (seconds_of(cpu["x"]), values(cpu["y"])) == ([2, 3], [150, 20])


def test_descriptions_tell_now_and_the_highest() -> None:
    """The last and the highest value stand in the description, with their units."""
    readings = ((1, 900, 20), (2, 1234, 350), (3, 910, 25))
    data = data_of(
        *(a_record(second, memory_usage_mb=mb, cpu_usage_percent=cpu) for second, mb, cpu in readings)
    )
    figures = (resource_figures.memory(data, WORDS), resource_figures.cpu(data, WORDS))
    assert [figure["layout"]["meta"]["description"] for figure in figures] == [
        "Memory. now 910 MiB, highest 1,234 MiB",
        "CPU. now 25 %, highest 350 %",
    ]


def test_axes_say_their_units() -> None:
    """MiB and per cent of one core stand at the axes."""
    titles = [
        chart(data_of(), WORDS)["layout"]["yaxis"]["title"]["text"]
        for chart in (resource_figures.memory, resource_figures.cpu)
    ]
    assert titles == ["MiB", "% (100 = one core)"]


@pytest.mark.parametrize("column", ["memory_usage_mb", "cpu_usage_percent"])
def test_peaks_survive_fewer_points(column: str) -> None:
    """Of 5,000 records some hundreds are drawn, the lowest and the highest among them, and a note says so."""
    count, peaks = 5000, {1234: 2000.0, 4321: 1.0}
    data = data_of(*(a_record(LENGTH * i / count, **{column: peaks.get(i, 500.0)}) for i in range(count)))
    chart = resource_figures.memory if column == "memory_usage_mb" else resource_figures.cpu
    figure = chart(data, WORDS)
    shown = values(figure["data"][0]["y"])
    assert (min(shown), max(shown)) == (1, 2000)
    assert len(shown) <= MAX_POINTS
    assert figure["layout"]["meta"]["note"] == f"{len(shown):,} of 5,000 points"


def test_memory_has_its_limit() -> None:
    """A dashed line across the chart stands where the memory's limit is."""
    (shape,) = resource_figures.memory(data_of(), WORDS)["layout"]["shapes"]
    assert (shape["y0"], shape["y1"], shape["label"]["text"]) == (Limits().memory_mb,) * 2 + ("limit",)
    assert resource_figures.cpu(data_of(), WORDS)["layout"]["shapes"] == []


def test_a_trend_needs_some_spans() -> None:
    """A start alone has no trend; with records in enough spans there is one, told in the description."""
    figure = resource_figures.memory(data_of(*rising(MIN_SPANS - 1)), WORDS)
    assert list(traces_of(figure)) == ["内存"]
    figure = resource_figures.memory(data_of(*rising(MIN_SPANS)), WORDS)
    assert list(traces_of(figure)) == ["内存", "trend +360.0 MiB/h"]
    assert figure["layout"]["meta"]["description"].endswith("trend +360.0 MiB/h")


def test_many_records_in_few_spans_are_no_trend() -> None:
    """It is the time that counts, not how many records there are."""
    figure = resource_figures.memory(data_of(*(a_record(second) for second in range(50))), WORDS)
    assert list(traces_of(figure)) == ["内存"]


def test_the_trend_ignores_an_outlier() -> None:
    """One peak of memory does not bend the line, which goes from the first span with records to the last."""
    figure = resource_figures.memory(data_of(*rising(21, at_3=50_000.0)), WORDS)
    line = traces_of(figure)["trend +360.0 MiB/h"]
    assert seconds_of(line["x"]) == [5, 205]
    assert values(line["y"]) == pytest.approx([900, 920])
