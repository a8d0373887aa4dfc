"""The header above the tabs: the title, and the model that answers or the progress of loading it."""

from markupsafe import Markup

from inference import Loader
from inference.errors import ModelStalled
from inference.loader import Failure
from inference.weights.progress import Progress
from ui.guard.operators import Access, Operators
from ui.roles import Role
from ui.texts.words import Words

TITLE = "Qwen All-in-One"


def header(loader: Loader, operators: Operators, role: Role, words: Words) -> str:
    """Return the header as HTML, for a visitor or the operator."""
    return str(
        Markup("<header><nav>{}{}</nav><h1>{}</h1><p>{}</p>{}</header>").format(
            _operator(operators, role, words),
            _switches(words),
            TITLE,
            words["tagline"],
            model_status(loader, role, words),
        )
    )


def _operator(operators: Operators, role: Role, words: Words) -> Markup:
    """Return what signs in and what signs out, or why nobody can sign in.

    One of the two is hidden: the page's script swaps them when a sign-in ends while the page is open.
    """
    if operators.access is Access.EVERYBODY:
        return Markup() if role is Role.OPERATOR else _no_operator(words["operator_elsewhere"])
    if operators.access is Access.OFF:
        return _no_operator(words["operator_off"])
    return Markup(
        "<small role='status' data-ended='{ended}'></small>{sign_in}"
        "<button type='button' data-sign-out data-of='operator'{hidden}>{sign_out}</button>"
    ).format(
        ended=words["sign_in_ended"],
        sign_in=_sign_in(operators, role, words),
        hidden=_hidden(role is Role.VISITOR),
        sign_out=words["sign_out"],
    )


def _sign_in(operators: Operators, role: Role, words: Words) -> Markup:
    """Return the button with its dialog, or the link where Hugging Face alone tells who somebody is."""
    visitors = Markup(" data-of='visitor'{}").format(_hidden(role is Role.OPERATOR))
    if not operators.has_password:
        return _hugging_face(words, visitors)
    return Markup(
        "<button type='button' data-sign-in{visitors}>{sign_in}</button>"
        "<dialog class='sign-in' aria-label='{sign_in}'><form><label>{password}"
        "<input type='password' name='password' autocomplete='current-password' required></label>"
        "<p role='alert' data-unreachable='{unreachable}'></p><button class='primary'>{sign_in}</button>"
        "<button type='button' data-close>{close}</button>{hugging_face}</form></dialog>"
    ).format(
        visitors=visitors,
        sign_in=words["sign_in"],
        password=words["password"],
        close=words["close"],
        unreachable=words["sign_in_unreachable"],
        hugging_face=_hugging_face(words) if operators.has_hugging_face else "",
    )


def _no_operator(reason: str) -> Markup:
    return Markup("<small class='operator-off'>{}</small>").format(reason)


def _hugging_face(words: Words, attributes: Markup | str = "") -> Markup:
    """Return the link to Hugging Face, which refuses to be shown inside of a frame."""
    return Markup("<a href='login/huggingface' target='_blank'{}>{}</a>").format(
        attributes, words["sign_in_hugging_face"]
    )


def _hidden(is_hidden: bool) -> Markup:
    return Markup(" hidden") if is_hidden else Markup()


def _switches(words: Words) -> Markup:
    other, name = ("zh", "中文") if words["language"] == "en" else ("en", "English")
    return Markup(
        "<button type='button' data-language='{other}' lang='{other}'>{name}</button>"
        "<button type='button' data-theme aria-label='{switch_theme}'>◐</button>"
    ).format(other=other, name=name, switch_theme=words["switch_theme"])


def model_status(loader: Loader, role: Role, words: Words) -> Markup:
    """Return the model's state as HTML, with a progress bar while the model is loading.

    Where loading has failed the operator reads why, and visitors the same without the machine's paths.
    """
    # Read the progress first: the model may become ready in between, and "ready" has no text.
    progress = loader.progress
    if loader.ready:
        engine = loader.engine
        model = words["answers"].format(model=engine.model_name, engine=engine.kind)
        origin = words["origin"].format(origin=loader.origin)
        return Markup("<div class='status ready'>{} · {}</div>").format(model, origin)
    if (failure := loader.failure) is None:
        return _progress(progress, words)
    reason = str(failure.error) if role is Role.OPERATOR else failure.problem
    what, bar = _failed(loader, failure, words), Markup()
    if failure.retry_at is None:
        bar = _progress(progress, words)
    return Markup("<div class='status failed' role='alert'>{}<pre>{}</pre></div>{}").format(what, reason, bar)


def _failed(loader: Loader, failure: Failure, words: Words) -> str:
    """Return what has happened, and when loading is tried again."""
    if isinstance(failure.error, ModelStalled):
        return words["stage_stalled"]
    if failure.retry_at is None:
        return f"{words['stage_failed']} {words['stage_retried']}"
    again = words["stage_retry"].format(seconds=loader.retry_seconds(failure))
    return f"{words['stage_failed']} {again}"


def _progress(progress: Progress, words: Words) -> Markup:
    text = words[f"stage_{progress.stage}"].format(subject=progress.subject)
    bar = Markup("<progress></progress>")
    if progress.total:
        text += f" · {progress.done >> 20} / {progress.total >> 20} MiB"
        bar = Markup("<progress value='{}' max='{}'></progress>").format(progress.done, progress.total)
    return Markup("<div class='status loading' role='status'>{} {}</div>").format(text, bar)
