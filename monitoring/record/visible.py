"""Make characters visible that nobody sees, so that a text of the log cannot look like another one."""

import json
import re

# Controls; what joins, parts or turns text (the bidirectional controls are among it); fillers and blanks that
# are no spaces; ends of lines and halves of characters; tags and selectors, which can hide whole texts.
_HIDDEN = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Pictures, between which a joiner makes one picture of them.
_PICTURE = "[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]"
_ESCAPED = re.compile(f"[{_HIDDEN}]|(?<!{_PICTURE})\u200d|\u200d(?!{_PICTURE})")


def visible(text: str) -> str:
    r"""Return a text with an escape of JSON, such as \u202e, for each character that cannot be seen.

    A text that is JSON stays the same JSON.
    """
    if text.isascii() and text.isprintable():
        return text
    return _ESCAPED.sub(lambda found: json.dumps(found[0])[1:-1], text)


def visible_lines(text: str) -> str:
    """Return a text with all its characters visible, as `visible` does, but with its ends of lines."""
    return "\n".join(map(visible, text.split("\n")))
