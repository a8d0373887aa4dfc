"""Write the traceback of an error: its causes and its group wholly, but of bounded length."""

from traceback import TracebackException

from monitoring.record.encode import cut_middle

# A longer traceback is cut in its middle: how it began and what failed in the end say most.
MAX_CHARS = 30_000
# So many errors of each level of a group are written, and so many levels.
MAX_GROUP_WIDTH = 100
MAX_GROUP_DEPTH = 20


def traceback_of(error: BaseException) -> str:
    """Return the traceback of an error, as Python prints it, with all that the error came from."""
    try:
        whole = TracebackException(
            type(error),
            error,
            error.__traceback__,
            compact=True,
            max_group_width=MAX_GROUP_WIDTH,
            max_group_depth=MAX_GROUP_DEPTH,
        )
        text = "".join(whole.format())
    except Exception as failure:  # Any error in the code of the error.
        text = f"the traceback cannot be written: {type(failure).__name__}"
    return cut_middle(text.rstrip("\n"), MAX_CHARS)
