"""Files of tasks, and how their mistakes are told."""

from pathlib import Path

import pytest

from inference.tasks import tasks_of_message
from inference.tasks.tasks_file import MAX_TASKS, UnknownTask, load_tasks, shipped_task
from settings.toml_file import TomlFileError

FIVE_LINES = """[language_of_code]
type = "choice"
instructions = "Name the programming language."
labels = ["Python", "Rust", "Go"]
examples = [["fn main() {}", "Rust"]]
"""
CHOICE = '[x]\ntype = "choice"\ninstructions = "Judge."\n'


def written(folder: Path, text: str) -> Path:
    """Write a file of tasks."""
    path = folder / "tasks.toml"
    path.write_text(text, "utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    """Return what is told of a file that is refused, without its folder."""
    with pytest.raises(TomlFileError) as refused:
        load_tasks(written(folder, text))
    return str(refused.value).replace(str(folder / "tasks.toml"), "FILE")


def test_the_shipped_tasks_are_there() -> None:
    """The sentiment is asked of each message; the others wait to be named."""
    assert {task.name: task.is_on for task in load_tasks()} == {
        "sentiment": True,
        "language": False,
        "toxicity": False,
        "urgency": False,
    }
    assert [task.name for task in tasks_of_message(load_tasks())] == ["sentiment", "chat"]


def test_each_shipped_task_has_both_names_for_all_that_people_read() -> None:
    """Also each label, but for numbers, and for true and false, which every page names."""
    for task in load_tasks():
        values = [] if task.kind == "score" else [] if task.kind == "predicate" else task.values
        for language in ("en", "zh"):
            assert set(task.texts(language)) == {f"task_{task.name}", *(f"label_{value}" for value in values)}


def test_a_task_is_declared_in_five_lines(tmp_path: Path) -> None:
    """It runs beside the shipped ones, and its words are what records say."""
    tasks = load_tasks(written(tmp_path, FIVE_LINES))
    task = tasks[-1]
    assert (task.name, task.is_on, task.kind) == ("language_of_code", True, "choice")
    assert task.words == task.values == ("Python", "Rust", "Go")
    assert [task.name for task in tasks_of_message(tasks)] == ["sentiment", "language_of_code", "chat"]


def test_an_own_task_replaces_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    """It keeps its place, and nothing of the shipped one."""
    own = '[sentiment]\ntype = "predicate"\ninstructions = "Is it good?"\n'
    tasks = load_tasks(written(tmp_path, own))
    assert [task.name for task in tasks] == [task.name for task in load_tasks()]
    assert (tasks[0].kind, tasks[0].examples) == ("predicate", ())


def test_a_setting_says_which_tasks_are_asked() -> None:
    """In its order; nothing else is, and an empty setting asks none."""
    on = tasks_of_message(load_tasks(on=("urgency", "sentiment", "urgency")))
    assert [task.name for task in on] == ["urgency", "sentiment", "chat"]
    assert [task.name for task in tasks_of_message(load_tasks(on=()))] == ["chat"]
    with pytest.raises(
        UnknownTask, match=r"TASKS_ON=mood: there is no task 'mood'; there are sentiment, lang"
    ):
        load_tasks(on=("mood",))


def test_a_shipped_task_is_found_by_name() -> None:
    """One that is not there is a mistake of whoever asks."""
    assert shipped_task("urgency").values == ("1", "2", "3", "4", "5")
    with pytest.raises(KeyError):
        shipped_task("mood")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[x]\ninstructions = 'a'\n", "line 1: x.type: a task needs it"),
        (f"{CHOICE}labels = ['a']\n", "line 4: x.labels: a choice has 2 to 255 labels, this one has 1"),
        (f"{CHOICE}labels = ['a', 'a']\n", "line 4: x.labels: two labels have the same word: a"),
        (
            f"{CHOICE}labels = [{{word = 'a', value = 'v'}}, {{word = 'b', value = 'v'}}]\n",
            "line 4: x.labels: two labels have the same value: v",
        ),
        (
            f"{CHOICE}labels = ['a', 'b']\nexamples = [['text', 'c']]\n",
            "line 5: x.examples: the word of an example is no label: 'c'; allowed are a, b",
        ),
        (
            "[x]\ntype = 'choose'\ninstructions = 'a'\n",
            "line 2: x.type = 'choose': Input should be 'predicate', 'choice' or 'score'",
        ),
        (
            f"{CHOICE}labels = ['a', 'b']\nlabel = 3\n",
            "line 5: x.label: there is no such key as label; allowed are type, instructions, labels, lowest, "
            "highest, examples, on, unsure_below, en, zh",
        ),
        (
            f"{CHOICE}labels = ['a', {{word = 'b', colour = 'red'}}]\n",
            "line 4: x.labels: there is no such key as colour; allowed are word, value, en, zh, tone",
        ),
        (
            "[x]\ntype = 'score'\ninstructions = 'a'\nlowest = 5\n",
            "line 1: x.highest: highest = 5 is not above lowest = 5",
        ),
        (
            "[x]\ntype = 'score'\ninstructions = 'a'\nlabels = ['a', 'b']\n",
            "line 4: x.labels: a score from 1 to 5 has as many labels, or none; not 2",
        ),
        (
            "[x]\ntype = 'predicate'\ninstructions = 'a'\nlabels = ['a']\n",
            "line 4: x.labels: a predicate has two labels, for true and for false, or none; this one has 1",
        ),
        (
            "[x]\ntype = 'predicate'\ninstructions = 'a'\nlabels = [{word = 'a', en = 'A'}, 'b']\n",
            "line 4: x.labels: the labels of a predicate are words alone: records call them true and false",
        ),
        ("[chat]\ntype = 'choice'\n", "line 1: chat: the name is taken; choose another one"),
        ("[decision]\ntype = 'choice'\n", "line 1: decision: the name is taken; choose another one"),
        ("x = 3\n", "line 1: x = 3: a task is a table: [x]"),
        (
            f"{CHOICE}labels = [1, 'b']\n",
            "line 4: x.labels = 1: labels are a list, of words or of tables with a word: "
            '["food", {word = "travel"}]',
        ),
        (
            f"{CHOICE}labels = [{{en = 'A'}}, 'b']\n",
            "line 4: x.labels = {'en': 'A'}: labels are a list, of words or of tables with a word: "
            '["food", {word = "travel"}]',
        ),
        (
            f"{CHOICE}labels = ['a', 'b']\nexamples = [['t']]\n",
            "line 5: x.examples = ['t']: examples are a list of pairs of a text and its word: "
            '[["The soup was cold.", "food"]]',
        ),
        (
            f"{CHOICE}labels = ['a', 'b']\nexamples = 't'\n",
            "line 5: x.examples = 't': examples are a list of pairs of a text and its word: "
            '[["The soup was cold.", "food"]]',
        ),
        (f"{CHOICE}labels = ['a', 'b']\non = 'no'\n", "line 5: x.on = 'no': Input should be a valid boolean"),
        (
            "[x]\ntype = 'predicate'\ninstructions = 'a'\nlowest = 2\n",
            "line 4: x.lowest: only a score has a scale, and this is a predicate",
        ),
        (
            f"{CHOICE}labels = ['a', 'b']\nunsure_below = 2\n",
            "line 5: x.unsure_below = 2: Input should be less than or equal to 1",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_is_allowed(tmp_path: Path, text: str, told: str) -> None:
    """Nothing that is misspelt is passed over in silence."""
    assert refusal(tmp_path, text) == f"FILE, {told}"


@pytest.mark.parametrize("key", ["instructions", "labels"])
def test_control_characters_are_refused(tmp_path: Path, key: str) -> None:
    """What the model is told is text."""
    value = "['a\\u0000b', 'c']".replace("'", '"') if key == "labels" else '"a\\u0000b"'
    told = refusal(tmp_path, f'[x]\ntype = "choice"\n{key} = {value}\n')
    assert f"line 3: x.{key} = 'a\\x00b': String should match pattern" in told


def test_a_file_has_a_bounded_number_of_tasks(tmp_path: Path) -> None:
    """The first one too many is named."""
    many = "".join(f"[x{number}]\ntype = 'predicate'\ninstructions = 'a'\n" for number in range(MAX_TASKS))
    assert len(load_tasks(written(tmp_path, many))) == MAX_TASKS + len(load_tasks())
    told = refusal(tmp_path, f"{many}[one_more]\ntype = 'predicate'\ninstructions = 'a'\n")
    assert told.endswith(f"one_more: a file has at most {MAX_TASKS} tasks, and this is task {MAX_TASKS + 1}")


def test_a_name_is_one_that_fits_everywhere(tmp_path: Path) -> None:
    """It is a field's value, a part of addresses and a name in files of rules; people read its `zh`."""
    told = refusal(tmp_path, "['情感']\ntype = 'choice'\n")
    assert told.startswith("FILE, line 1: 情感: a name has 1 to 40 of A-Z a-z 0-9 _ -")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Each on a line of its own."""
    told = refusal(tmp_path, "[x]\ntype = 3\n[y]\non = 'x'\n").splitlines()
    assert [line.split(":")[1].split(" =")[0].strip() for line in told] == [
        "x.type",
        "x.instructions",
        "y.type",
        "y.instructions",
        "y.on",
    ]


@pytest.mark.parametrize("title", ["<b>bold</b>", "a & b", "x" * 61])
def test_a_title_is_a_plain_text(tmp_path: Path, title: str) -> None:
    """Charts read marks in it."""
    assert "x.en = " in refusal(tmp_path, f"{CHOICE}labels = ['a', 'b']\nen = '{title}'\n")
