"""Both tasks with the embedded default model."""

from collections.abc import Iterator

import pytest

from inference.config import EngineConfig
from inference.engine.engine import Engine
from inference.model.language_model import Model
from inference.tasks.tasks_file import shipped_task
from inference.types import Message, Sampling
from inference.weights.builder import Weights
from tests.inference.asking import ask_reply, ask_score

pytestmark = pytest.mark.model

CLEAR = [
    ("今天的天气真好，我很开心！", "正面"),
    ("太难吃了，再也不会来了。", "负面"),
    ("I love this phone, the screen is wonderful.", "正面"),
    ("The room was dirty and the staff were rude.", "负面"),
]


@pytest.fixture(scope="module")
def engine(embedded_weights: Weights) -> Iterator[Engine]:
    """The engine that the tests of this file share."""
    model = Model(embedded_weights.folder, embedded_weights.name)
    engine = Engine(model, EngineConfig())
    yield engine
    engine.close()


@pytest.mark.parametrize(("text", "label"), CLEAR)
def test_clear_sentiments_are_told_apart(engine: Engine, text: str, label: str) -> None:
    """A plainly good or bad text gets its label, in Chinese and in English."""
    task = shipped_task("sentiment")
    result = task.answer(ask_score(engine, task.first_prompt(text), task.words).probabilities)
    assert result.label == label
    assert 0.5 <= result.confidence <= 1


def test_it_answers_in_the_language_of_the_question(engine: Engine) -> None:
    """A Chinese question gets a Chinese reply that ends by itself."""
    reply = ask_reply(engine, [Message("user", "你好！")], Sampling(temperature=0, max_new_tokens=100))
    assert any("\u4e00" <= character <= "\u9fff" for character in reply.text)
    assert reply.finish_reason == "stop"


def test_the_weights_say_where_they_came_from(embedded_weights: Weights) -> None:
    """The origin names a source of the catalog."""
    assert embedded_weights.origin.startswith(("hub file Qwen/", "package index ("))
