"""The name of a task in a language's texts."""

from inference.types import Label
from tests.monitoring.helpers import a_record
from tests.ui.dashboard.helpers import view_of
from ui.chat.html import bubbles
from ui.chat.turn import Turn
from ui.dashboard.html.health import whole_window
from ui.texts.page import EN
from ui.texts.words import label_name, task_name


def test_one_text_names_a_task_in_the_chat_and_on_the_dashboard() -> None:
    """A new task needs one text: its badge and its line in the window's summary both show it."""
    words = {**EN, "task_tone": "Tone of voice"}
    (message,) = bubbles([Turn("hi").after(Label("tone", "polite", 0.9, {"polite": 0.9}))], words)
    assert "Tone of voice: polite" in message["content"]
    assert "Tone of voice" in whole_window(view_of(a_record(task_type="tone")), words)


def test_a_task_that_the_texts_do_not_know_keeps_its_own_name() -> None:
    """Its name is no key of another text: a task called `no_data` is not called what stands for no data."""
    assert task_name("no_data", EN) == "no_data"
    assert EN["no_data"] != "no_data"


def test_a_label_has_one_name_in_chat_and_dashboard() -> None:
    """A label that the texts know is shown in the reader's language; any other as it is."""
    words = {**EN, "label_中文": "Chinese"}
    (message,) = bubbles([Turn("hi").after(Label("language", "中文", 0.9, {"中文": 0.9}))], words)
    assert "Language: Chinese 90%" in str(message)
    assert [label_name(label, words) for label in ("中文", "英文")] == ["Chinese", "英文"]
