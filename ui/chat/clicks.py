"""What the page reports of clicks in the conversation.

Unlike Gradio's own classes, these take any value, since a program may send one.
"""

from typing import Any

import gradio as gr
from gradio.blocks import Block

from ui.chat.conversations import Rating


class Rated(gr.EventData):
    """A rating, and the place of its message in the conversation.

    What is not understood has the rating `None`, and so has a rating that was withdrawn.
    """

    def __init__(self, target: Block | None, data: Any) -> None:
        super().__init__(target, data)
        self.place = -1
        self.rating: Rating | None = None
        match data:
            case {"index": int(place) | [int(place), *_], "liked": bool(liked)}:
                self.place = place
                self.rating = "like" if liked else "dislike"


class ChosenExample(gr.EventData):
    """The text of an example; "" for what is not understood."""

    def __init__(self, target: Block | None, data: Any) -> None:
        super().__init__(target, data)
        self.text = ""
        match data:
            case {"value": {"text": str(text)}}:
                self.text = text
