"""The sentiment task: its prompt and its labels."""

from collections.abc import Sequence

from inference.tasks.label_task import LabelTask
from inference.types import Message

_EXAMPLES = (
    ("味道很好，下次还来。", "positive"),
    ("The room was dirty and noisy.", "negative"),
    ("I loved every minute of it.", "positive"),
    ("等了两个小时，太差了。", "negative"),
)


class Sentiment(LabelTask):
    """Decide whether a message is positive or negative."""

    name = "sentiment"
    labels = ("正面", "负面")
    words = ("positive", "negative")

    @staticmethod
    def first_prompt(text: str) -> Sequence[Message]:
        """Return the instruction, four worked examples, and the text to judge."""
        prompt = [Message("system", "Classify the sentiment of each text as positive or negative.")]
        for example, word in _EXAMPLES:
            prompt += [Message("user", example), Message("assistant", word)]
        return [*prompt, Message("user", text)]
