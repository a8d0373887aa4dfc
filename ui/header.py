"""The header above the tabs: the title, and the model that answers or the progress of loading it."""

from markupsafe import Markup

from inference import Loader
from inference.weights.progress import Progress
from ui.texts.words import Words

TITLE = "Qwen All-in-One"


def header(loader: Loader, words: Words) -> str:
    """Return the header as HTML."""
    return str(
        Markup("<header><nav>{}</nav><h1>{}</h1><p>{}</p>{}</header>").format(
            _switches(words), TITLE, words["tagline"], model_status(loader, words)
        )
    )


def _switches(words: Words) -> Markup:
    other, name = ("zh", "中文") if words["language"] == "en" else ("en", "English")
    return Markup(
        "<button type='button' data-language='{other}' lang='{other}'>{name}</button>"
        "<button type='button' data-theme aria-label='{switch_theme}'>◐</button>"
    ).format(other=other, name=name, switch_theme=words["switch_theme"])


def model_status(loader: Loader, words: Words) -> Markup:
    """Return the model's state as HTML, with a progress bar while the model is loading."""
    # Read the progress first: the model may become ready in between, and "ready" has no text.
    progress = loader.progress
    if loader.ready:
        engine = loader.engine
        model = words["answers"].format(model=engine.model_name, engine=engine.kind)
        origin = words["origin"].format(origin=loader.origin)
        return Markup("<div class='status ready'>{} · {}</div>").format(model, origin)
    if loader.error is not None:
        return Markup("<div class='status failed' role='alert'>{}<pre>{}</pre></div>").format(
            words["stage_failed"], loader.error
        )
    return _progress(progress, words)


def _progress(progress: Progress, words: Words) -> Markup:
    text = words[f"stage_{progress.stage}"].format(subject=progress.subject)
    bar = Markup("<progress></progress>")
    if progress.total:
        text += f" · {progress.done >> 20} / {progress.total >> 20} MiB"
        bar = Markup("<progress value='{}' max='{}'></progress>").format(progress.done, progress.total)
    return Markup("<div class='status loading' role='status'>{} {}</div>").format(text, bar)
