"""What a visitor is told about what only the operator sees, as HTML."""

from collections.abc import Mapping
from urllib.parse import urlencode

from markupsafe import Markup

from ui.texts.words import Words


def visitor_note(text: str, words: Words, more: str = "") -> Markup:
    """Return a line with a button to sign in, which the page's script shows where one can sign in."""
    return Markup(
        "<p class='visitor'>{} <button type='button' data-open-sign-in hidden>{}</button> {}</p>"
    ).format(text, words["sign_in"], more)


def forbidden(reason: str, allowed: Mapping[str, str], words: Words) -> Markup:
    """Return why a view is not shown, and a link to the view of the `allowed` parts of its address."""
    link = Markup("<a href='?{}'>{}</a>").format(urlencode(allowed), words["show_allowed"])
    return visitor_note(reason, words, link)
