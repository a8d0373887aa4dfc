"""Files of tasks: the shipped one, and the operator's own, which adds to it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from inference.tasks.declaration import NAME_PATTERN, TAKEN_NAMES, LabelTable, TaskTable
from inference.tasks.typed_task import TypedTask
from settings.toml_file import Keys, TomlFile, read_toml, shortened

SHIPPED = Path(__file__).with_name("tasks.toml")


class UnknownTask(ValueError):
    """A setting names a task that is not there; the text names those that are."""


def load_tasks(own: Path | None = None, on: Sequence[str] | None = None) -> tuple[TypedTask, ...]:
    """Return the tasks of the shipped file and of `own`, whose tables replace shipped ones of the same name.

    `on` names those that are asked of each message of the chat, in that order; None leaves it to the files.

    Raises:
        TomlFileError: the file cannot be read, is not TOML, or holds a task that cannot be one.
        UnknownTask: `on` names a task that no file has.
    """
    tasks = _tasks_of(read_toml(SHIPPED))
    if own is not None:
        tasks |= _tasks_of(read_toml(own))
    if on is None:
        return tuple(tasks.values())
    if unknown := [name for name in on if name not in tasks]:
        raise UnknownTask(
            f"TASKS_ON={','.join(on)}: there is no task {unknown[0]!r}; there are {', '.join(tasks)}"
        )
    chosen = [tasks.pop(name).switched(True) for name in dict.fromkeys(on)]
    return (*chosen, *(task.switched(False) for task in tasks.values()))


def shipped_task(name: str) -> TypedTask:
    """Return a task of the shipped file.

    Raises:
        KeyError: it has no such task.
    """
    return _tasks_of(read_toml(SHIPPED))[name]


def _tasks_of(file: TomlFile) -> dict[str, TypedTask]:
    tables: dict[str, TaskTable] = {}
    problems: list[tuple[tuple[int | str, ...], Any]] = []
    for name, table in file.tables.items():
        try:
            _check_name(name)
            tables[name] = TaskTable.model_validate(table)
        except ValidationError as error:
            problems += [((name, *problem["loc"]), problem) for problem in error.errors()]
        except ValueError as error:
            problems.append(((name,), {"type": "name", "msg": str(error)}))
    if problems:
        raise file.refusal(problems, lambda found: _explain(file, *found))
    return {name: TypedTask.declared(name, table) for name, table in tables.items()}


def _check_name(name: str) -> None:
    if not re.fullmatch(NAME_PATTERN, name):
        raise ValueError(
            "a name has 1 to 40 of A-Z a-z 0-9 _ -, the first is a letter; `zh` says what people read"
        )
    if name in TAKEN_NAMES:
        raise ValueError("the name is taken; choose another one")


def _explain(file: TomlFile, path: tuple[int | str, ...], problem: Any) -> str:
    """Return one line about a problem: its line in the file, key, value, and what is allowed."""
    keys: Keys = tuple(str(key) for key in path)
    # Behind a key of the task, pydantic counts the labels and examples.
    place = file.place(keys[:2])
    if problem["type"] == "name":
        return f"{place}: {problem['msg']}"
    if problem["type"] == "extra_forbidden":
        known = TaskTable if len(keys) == 2 else LabelTable
        allowed = ", ".join(known.model_fields)
        return f"{place}: there is no such key as {shortened(keys[-1])}; allowed are {allowed}"
    if problem["type"] == "missing":
        return f"{place}: a task needs it"
    if problem["type"] == "value_error":
        return f"{place}: {problem['msg'].removeprefix('Value error, ')}"
    if problem["type"] in ("dict_type", "model_type"):
        return f"{place} = {shortened(repr(problem['input']))}: a task is a table: [{shortened(keys[0])}]"
    return f"{place} = {shortened(repr(problem['input']))}: {problem['msg']}"
