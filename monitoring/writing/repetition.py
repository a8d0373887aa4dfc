"""Measure how much of a text is one repeated ending, as a model writes it that is caught in a loop."""

# The ending counts as repeated from this number of times on.
MIN_TIMES = 3
# Only so many characters at the end of a text are looked at.
MAX_CHARS = 4000


def repetition(text: str) -> float:
    """Return the share, 0 to 1, of a text that is one block repeated at least three times at its end.

    The shortest period of each ending follows from the borders of the reversed text (Knuth, Morris, Pratt
    1977).
    """
    reversed_text = text[-MAX_CHARS:][::-1]
    borders = [0] * len(reversed_text)
    longest = 0
    for place in range(1, len(reversed_text)):
        border = borders[place - 1]
        while border and reversed_text[place] != reversed_text[border]:
            border = borders[border - 1]
        borders[place] = border + (reversed_text[place] == reversed_text[border])
        length = place + 1
        if length >= MIN_TIMES * (length - borders[place]):
            longest = length
    return longest / len(reversed_text) if reversed_text else 0.0
