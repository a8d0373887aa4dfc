"""What the page reports of clicks, and what a program may send instead."""

import pytest

from ui.chat.clicks import ChosenExample, Rated

ODD = [None, 5, "text", [], [1, 2], {}, {"index": None, "liked": None}, {"index": "1", "liked": True}]


@pytest.mark.parametrize(
    ("data", "place", "rating"),
    [
        ({"index": 3, "value": "x", "liked": True}, 3, "like"),
        ({"index": [3, 0], "value": "x", "liked": False}, 3, "dislike"),
    ],
)
def test_a_rating_names_its_message(data: object, place: int, rating: str) -> None:
    """The place of the message, and the thumb; Gradio reports a place as a number or as a pair."""
    rated = Rated(None, data)
    assert (rated.place, rated.rating) == (place, rating)


@pytest.mark.parametrize("data", [*ODD, {"index": 1, "liked": "spam"}, {"index": 1, "liked": None}])
def test_what_is_no_rating_rates_nothing(data: object) -> None:
    """Other values, and a rating that was withdrawn, are no rating."""
    assert Rated(None, data).rating is None


@pytest.mark.parametrize("data", [*ODD, {"value": None}, {"value": {"text": 5}}])
def test_what_is_no_example_is_an_empty_text(data: object) -> None:
    """Other values choose nothing."""
    assert ChosenExample(None, data).text == ""


def test_an_example_is_its_text() -> None:
    """A click on an example gives what stands on it."""
    assert ChosenExample(None, {"index": 0, "value": {"text": "hi"}}).text == "hi"
