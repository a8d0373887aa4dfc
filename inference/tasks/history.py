"""Which turns of a conversation are still read: most prompts go on where the one before has ended."""

from collections.abc import Sequence

from inference.types import Message

KEPT_SHARE = 2  # a cut leaves one of so many parts of the limit


def split_turns(history: Sequence[Message]) -> list[list[Message]]:
    """Split a conversation into turns: a message of the user with the reply to it."""
    turns: list[list[Message]] = []
    for message in history:
        if message.role == "user" or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns


def first_kept(sizes: Sequence[int], newest: int, limit: int) -> int:
    """Return the number of turns to leave out before the newest message.

    `sizes` are the tokens of each turn, `newest` those of the message, `limit` those of all together. Turns
    are left out down to half of the limit at once, so that the prompts of many messages have the same
    beginning, which the model remembers. All earlier cuts are made again here in the same way: the result
    follows from the sizes alone, and the next message finds the same beginning.
    """
    first = kept = 0
    for number, size in enumerate([*sizes, newest]):
        if kept + size > limit:
            while first < number and (kept > limit // KEPT_SHARE or kept + size > limit):
                kept -= sizes[first]
                first += 1
        kept += size
    return first
