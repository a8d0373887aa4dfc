"""How much of a text is one ending, again and again, as of a model that has lost its way."""

LEAST_TIMES = 3
MOST_CHARS = 4000  # from the end on


def repetition(text: str) -> float:
    """Return the share, 0 to 1, of a text that is one block repeated at least three times at its end.

    The borders of the reversed text tell the shortest period of each ending (Knuth, Morris, Pratt 1977).
    """
    reversed_text = text[-MOST_CHARS:][::-1]
    borders = [0] * len(reversed_text)
    longest = 0
    for place in range(1, len(reversed_text)):
        border = borders[place - 1]
        while border and reversed_text[place] != reversed_text[border]:
            border = borders[border - 1]
        borders[place] = border + (reversed_text[place] == reversed_text[border])
        length = place + 1
        if length >= LEAST_TIMES * (length - borders[place]):
            longest = length
    return longest / len(reversed_text) if reversed_text else 0.0
