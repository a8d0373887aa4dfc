"""The cost of more typed tasks, with a model that needs no weights."""

from benchmarks.engine.typed_tasks import task_figures
from tests.fakes import FakeModel
from tests.inference.doubles import running_engine


def test_every_figure_is_measured() -> None:
    """Labels and first tokens of one task and of three are positive numbers."""
    with running_engine(FakeModel("x" * 100)) as engine:
        figures = task_figures(engine, 1)
    assert set(figures) == {
        "labels_ms_1_task",
        "labels_ms_3_tasks",
        "ttft_with_1_task_ms",
        "ttft_with_3_tasks_ms",
    }
    assert all(figure > 0 for figure in figures.values())
