"""Files of tasks: the shipped one, and the operator's own, which adds to it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from inference.tasks.declaration import NAME_PATTERN, TAKEN_NAMES, LabelTable, TaskTable
from inference.tasks.typed_task import TypedTask
from settings.toml_file import Keys, TomlFile, read_toml, shortened

# The kinds of pydantic's errors about a value that is no table, no list and no text.
WRONG_FORMS = ("dict_type", "model_type", "tuple_type", "missing", "string_type")
MAX_TASKS = 100  # of a file: each has its charts and figures
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
    for number, (name, table) in enumerate(file.tables.items(), 1):
        try:
            _check_name(name, number)
            tables[name] = TaskTable.model_validate(table)
        except ValidationError as error:
            problems += [((name, *problem["loc"]), problem) for problem in error.errors()]
        except ValueError as error:
            problems.append(((name,), {"type": "name", "msg": str(error)}))
    if problems:
        raise file.refusal(problems, lambda found: _explain(file, *found))
    return {name: TypedTask.declared(name, table) for name, table in tables.items()}


def _check_name(name: str, number: int) -> None:
    if number > MAX_TASKS:
        raise ValueError(f"a file has at most {MAX_TASKS} tasks, and this is task {number}")
    if not re.fullmatch(NAME_PATTERN, name):
        raise ValueError(
            "a name has 1 to 40 of A-Z a-z 0-9 _ -, the first is a letter; `zh` says what people read"
        )
    if name in TAKEN_NAMES:
        raise ValueError("the name is taken; choose another one")


def _explain(file: TomlFile, path: tuple[int | str, ...], problem: Any) -> str:
    """Return one line about a problem: its line in the file, key, value, and what is allowed."""
    keys: Keys = tuple(str(key) for key in path)
    kind, told = problem["type"], problem["msg"]
    if kind == "mistake":
        return f"{file.place((keys[0], problem['ctx']['key']))}: {told}"
    # Behind a key of the task, pydantic counts the labels and examples.
    place = file.place(keys[:2])
    if kind == "name":
        return f"{place}: {told}"
    if kind == "extra_forbidden":
        known = TaskTable if len(keys) == 2 else LabelTable
        allowed = ", ".join(known.model_fields)
        return f"{place}: there is no such key as {shortened(keys[-1])}; allowed are {allowed}"
    if kind == "missing" and len(keys) <= 2:
        return f"{place}: a task needs it"
    if form := _form(keys, kind):
        return f"{place} = {shortened(repr(problem['input']))}: {form}"
    return f"{place} = {shortened(repr(problem['input']))}: {told}"


def _form(keys: Keys, kind: str) -> str:
    """Return in words how a value is written whose form is wrong; nothing if another thing is."""
    if kind not in WRONG_FORMS:
        return ""
    if len(keys) == 1:
        return f"a task is a table: [{shortened(keys[0])}]"
    if keys[1] == "labels":
        return 'labels are a list, of words or of tables with a word: ["food", {word = "travel"}]'
    if keys[1] == "examples":
        return 'examples are a list of pairs of a text and its word: [["The soup was cold.", "food"]]'
    return ""
