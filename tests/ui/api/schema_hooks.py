"""What schemathesis cannot know from the description, so that more of its calls reach the model.

Every second one stays as it was drawn: empty texts, control characters, parts of unknown types.
"""

from typing import Any

import schemathesis

KNOWN_TYPES = ("predicate", "choice", "score", "message", "input_text", "input_json", "text")


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Ask for whichever model there is, in texts that somebody could write."""
    if isinstance(case.path_parameters.get("name"), str) and len(case.path_parameters["name"]) % 2:
        case.path_parameters["name"] = "default"
    if isinstance(case.body, dict) and len(repr(case.body)) % 2:
        case.body = {**_written(case.body), "model": "default"}
        if case.body.get("top_logprobs") is not None:
            case.body["logprobs"] = True


def _written(value: Any, key: str = "") -> Any:
    """Return a body whose texts are not empty, and have no control characters."""
    if key == "content" and not value:
        return "a"
    if isinstance(value, dict):
        value = {"content": ""} | value if "role" in value else value
        return {name: _written(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_written(each) for each in value]
    if not isinstance(value, str):
        return value
    if key == "type":
        return value if value in KNOWN_TYPES else "text"
    return "".join(filter(str.isprintable, value)).strip() or "a"
