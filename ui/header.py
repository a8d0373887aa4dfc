"""The header above the tabs: the title, and the model that answers or the progress of loading it."""

import html

from inference import Loader
from ui.texts.words import Words

TITLE = "Qwen All-in-One"


def header(loader: Loader, words: Words) -> str:
    """Return the header as HTML."""
    return (
        f"<header><nav>{_switches(words)}</nav><h1>{TITLE}</h1><p>{words['tagline']}</p>"
        f"{model_status(loader, words)}</header>"
    )


def _switches(words: Words) -> str:
    other, name = ("zh", "中文") if words["language"] == "en" else ("en", "English")
    return (
        f"<button type='button' data-language='{other}' lang='{other}'>{name}</button>"
        f"<button type='button' data-theme aria-label='{words['switch_theme']}'>◐</button>"
    )


def model_status(loader: Loader, words: Words) -> str:
    """Return the model's state as HTML, with a progress bar while it is loaded."""
    # Read the progress first: the model may become ready in between, and "ready" has no text.
    progress = loader.progress
    if loader.ready:
        engine = loader.engine
        model = words["answers"].format(model=engine.model_name, engine=engine.kind)
        origin = words["origin"].format(origin=loader.origin)
        return f"<div class='status ready'>{html.escape(f'{model} · {origin}')}</div>"
    if loader.error is not None:
        return (
            f"<div class='status failed' role='alert'>{words['stage_failed']}"
            f"<pre>{html.escape(str(loader.error))}</pre></div>"
        )
    text = words[f"stage_{progress.stage}"].format(subject=progress.subject)
    if progress.total:
        done, total = progress.done >> 20, progress.total >> 20
        text += f" · {done} / {total} MiB"
        bar = f"<progress value='{progress.done}' max='{progress.total}'></progress>"
    else:
        bar = "<progress></progress>"
    return f"<div class='status loading' role='status'>{html.escape(text)} {bar}</div>"
