"""The sentiment task: its prompt, and the label out of the scores."""

from inference.types import Message, Score, Sentiment

LABELS = ("正面", "负面")
WORDS = ("positive", "negative")  # what the model is asked to say for each label

_EXAMPLES = (
    ("味道很好，下次还来。", "positive"),
    ("The room was dirty and noisy.", "negative"),
    ("I loved every minute of it.", "positive"),
    ("等了两个小时，太差了。", "negative"),
)


def build_prompt(text: str) -> list[Message]:
    """Put together the instruction, four worked examples, and the text to judge."""
    prompt = [Message("system", "Classify the sentiment of each text as positive or negative.")]
    for example, word in _EXAMPLES:
        prompt += [Message("user", example), Message("assistant", word)]
    return [*prompt, Message("user", text)]


def from_score(score: Score) -> Sentiment:
    """Take the more probable label; its probability is the confidence."""
    confidence = max(score.probabilities)
    return Sentiment(LABELS[score.probabilities.index(confidence)], confidence)
