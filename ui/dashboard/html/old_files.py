"""What the operator can agree to of a folder with far more old files than would stay, as HTML."""

from urllib.parse import urlencode

from markupsafe import Markup, escape

from monitoring.record.timestamps import moment_of
from monitoring.storage.keeping import LeftAlone
from monitoring.storage.paths import readable_moment
from ui.dashboard.html.format import moment
from ui.texts.words import Words


def old_files(left_alone: LeftAlone, words: Words) -> Markup:
    """Return which files would be removed, which would stay, and the button that removes them."""
    surplus = left_alone.surplus
    values = {
        "files": f"{surplus.files:,}",
        "first": _moment(surplus.first),
        "last": _moment(surplus.last),
        "size": f"{surplus.size / 2**20:,.1f} MiB",
        "keep": left_alone.keeping.files,
    }
    return Markup(
        "<details class='old-files'><summary>{}</summary><p>{}</p>"
        "<button type='button' data-remove-old='{}'>{}</button></details>"
    ).format(
        words["old_files"],
        escape(words["old_files_help"]).format(**values),
        urlencode({"files": surplus.files, "last": surplus.last}),
        escape(words["old_files_remove"]).format(**values),
    )


def _moment(text: str) -> Markup:
    """Return the moment in a file's name; a name may hold one that no calendar has."""
    readable = readable_moment(text)
    seconds = moment_of(readable)
    return escape(readable) if seconds is None else moment(seconds)
