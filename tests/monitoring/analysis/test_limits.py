"""Limits of latency and memory."""

from monitoring.analysis.limits import Limits, TaskLimits


def test_every_limit_is_a_positive_number() -> None:
    """The defaults can be drawn as they are, and each can be set for itself."""
    default = Limits()
    assert min(default.response_ms, default.ttft_ms, default.memory_mb) > 0
    assert Limits(memory_mb=512).response_ms == default.response_ms


def test_a_task_has_its_own_limits_or_those_for_any() -> None:
    """Tasks with the same limit are named together, in the order in which they are asked for."""
    limits = Limits(2000, 1000, tasks=(TaskLimits("translate", 5000, 1000),))
    assert limits.of("translate") == TaskLimits("translate", 5000, 1000)
    assert limits.of("embed") == TaskLimits("embed", 2000, 1000)
    tasks = ["rerank", "translate", "embed"]
    assert limits.response_of(tasks) == {2000: ["rerank", "embed"], 5000: ["translate"]}
    assert limits.ttft_of(tasks) == {1000: tasks}
