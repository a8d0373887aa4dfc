"""What is asked about each text."""

from typing import Any

# As the declared task, and made up by a caller: the same question without the name.
MADE_UP: dict[str, Any] = {
    "type": "choice",
    "instructions": "What is the sentiment of the text?",
    "choices": [{"value": "positive"}, {"value": "negative"}],
}
SENTIMENT: dict[str, Any] = MADE_UP | {"name": "sentiment"}
ABOUT = (
    "Does it praise the service?",
    "Does it mention a price?",
    "Does the writer ask for something?",
    "Is it about food?",
    "Is it about a hotel?",
    "Is it about a book?",
    "Is somebody angry?",
    "Would the writer come back?",
    "Is it written in English?",
    "Does it mention a person?",
)
TEN: list[dict[str, Any]] = [{"type": "predicate", "instructions": each} for each in ABOUT]
