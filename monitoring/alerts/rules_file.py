"""A file of rules: read, completed with the shipped one, and checked."""

import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from monitoring.alerts.rules import Rules
from settings.toml_file import Keys, TomlFile, read_toml, shortened

DEFAULT_RULES = Path(__file__).with_name("rules.toml")
# Keys of version 0.1, which had limits for two tasks alone: table and old key, and the key that replaces it.
OLD_KEYS: dict[tuple[str, str], Keys] = {
    ("slow_request", "sentiment_ms"): ("slow_request", "tasks", "sentiment", "response_ms"),
    ("slow_request", "chat_ttft_ms"): ("slow_request", "tasks", "chat", "ttft_ms"),
    ("slow_request", "chat_token_ms"): ("slow_request", "tasks", "chat", "token_ms"),
    ("slow_task", "sentiment_ms"): ("slow_task", "tasks", "sentiment", "limit_ms"),
    ("slow_task", "chat_ms"): ("slow_task", "tasks", "chat", "limit_ms"),
}
# pydantic's names for a value that should be a table.
NO_TABLE = ("dict_type", "model_type")


def load_rules(path: Path | None = None) -> Rules:
    """Read a file of rules, or the shipped one; keys that a file leaves out are as shipped.

    Raises:
        TomlFileError: The file cannot be read, is not TOML, or holds a key or value that is not allowed.
    """
    shipped = tomllib.loads(DEFAULT_RULES.read_text("utf-8"))
    if path is None:
        return Rules.model_validate(shipped)
    file = read_toml(path)
    tables = file.tables
    moved = _replace_old_keys(tables)
    merged = shipped | {
        name: {**shipped.get(name, {}), **table} if isinstance(table, dict) else table
        for name, table in tables.items()
    }
    try:
        return Rules.model_validate(merged)
    except ValidationError as error:
        raise file.refusal(error.errors(), lambda problem: _explain(file, problem, moved)) from error


def _replace_old_keys(tables: dict[str, Any]) -> dict[Keys, Keys]:
    """Move values of old keys to the keys that replace them; return for each of these the old one."""
    moved: dict[Keys, Keys] = {}
    for (name, old_key), new in OLD_KEYS.items():
        table = tables.get(name)
        if isinstance(table, dict) and old_key in table:
            value = table.pop(old_key)
            tasks = table.setdefault("tasks", {})
            limits = tasks.setdefault(new[2], {}) if isinstance(tasks, dict) else None
            # A file that sets the new key as well means that one; tables of a wrong type are refused later.
            if isinstance(limits, dict) and new[3] not in limits:
                limits[new[3]] = value
                moved[new] = (name, old_key)
    return moved


def _explain(file: TomlFile, problem: Any, moved: dict[Keys, Keys]) -> str:
    """Return one line about a problem: its line in the file, key, value, and what is allowed."""
    keys = tuple(str(key) for key in problem["loc"])
    # Behind the key, pydantic names the types that a value may have.
    keys = keys[:4] if keys[1:2] == ("tasks",) else keys[:2]
    keys = moved.get(keys, keys)
    place = file.place(keys)
    if problem["type"] != "extra_forbidden":
        text = "Input should be a table" if problem["type"] in NO_TABLE else problem["msg"]
        return f"{place} = {shortened(repr(problem['input']))}: {text}"
    kind = "rule" if len(keys) == 1 else "key"
    return f"{place}: there is no such {kind}; allowed are {', '.join(_allowed(keys))}"


def _allowed(keys: Keys) -> list[str]:
    """Return the keys that are allowed in the place of the last one."""
    if len(keys) == 1:
        return list(Rules.model_fields)
    rule = _model(Rules.model_fields[keys[0]].annotation)
    if len(keys) == 2:
        return list(rule.model_fields)
    _, limits_of_a_task = get_args(rule.model_fields["tasks"].annotation)
    return list(_model(limits_of_a_task).model_fields)


def _model(annotation: Any) -> type[BaseModel]:
    assert isinstance(annotation, type)
    assert issubclass(annotation, BaseModel)
    return annotation
