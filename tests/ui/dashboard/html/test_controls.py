"""The dashboard's forms."""

from urllib.parse import urlencode

import pytest

from monitoring.reading.sources import MAX_LISTED
from tests.monitoring.frames import frame_of
from tests.monitoring.helpers import Record, a_record
from tests.ui.dashboard.helpers import HOSTILE, Elements, same_structure
from ui.dashboard.html.controls import MAX_VALUES, REFRESH_SECONDS, Controls, source_name
from ui.texts.page import EN, ZH
from ui.texts.words import Words
from ui.view.address import parse
from ui.view.state import RANGES

SOURCES = ["live", "file:qwen-20231114T221320.log", "upload:abc"]
MANY_SOURCES = ["live", *(f"file:qwen-{number}.log" for number in range(MAX_LISTED))]
NOT_OF_THE_VIEW = {"refresh", "zone"}  # only the page's script uses it
OWN_VALUES = {
    "over": "2000",
    "near": "2023-11-14T22:13:20",
    "from": "2023-11-14T22:13:20",
    "to": "2023-11-15T22:13:20",
}


def offers(markup: str) -> dict[str, list[str]]:
    """Return what each of a form's fields offers; nothing where it is written into."""
    found: dict[str, list[str]] = {}
    name = ""
    for tag, attrs in Elements(markup).found:
        if tag in ("select", "input") and attrs.get("name"):
            name = str(attrs["name"])
            found.setdefault(name, [])
        if tag == "option" or attrs.get("type") == "radio":
            found[name].append(str(attrs["value"]))
    return found


def filters(*records: Record, hides_texts: bool = False, words: Words = EN, for_operator: bool = True) -> str:
    """Return the table's form for a log of these records."""
    return Controls(words, for_operator).filter_form(frame_of(*records), hides_texts)


@pytest.mark.parametrize(
    ("source", "title", "english", "chinese"),
    [
        ("live", "", "live log", "实时日志"),
        ("file:qwen-20231114T221320.log", "", "qwen-20231114T221320.log", "qwen-20231114T221320.log"),
        ("upload:abc", "", "uploaded file", "上传的文件"),
        ("upload:abc", "my\n<b>.log", r"uploaded file my\n<b>.log", r"上传的文件 my\n<b>.log"),
    ],
)
def test_a_source_has_a_name_for_readers(source: str, title: str, english: str, chinese: str) -> None:
    """The live log and uploads are named in the reader's language, files by their names."""
    assert (source_name(source, title, EN), source_name(source, title, ZH)) == (english, chinese)


def test_an_uploaded_file_is_offered_by_its_name() -> None:
    """Whoever has opened several files sees which of them is shown."""
    markup = Elements(Controls(EN, for_operator=True).view_form(["live", "upload:abc"], "monday.log"))
    assert "uploaded file monday.log" in markup.text


def test_the_views_form_offers_source_time_and_refreshing() -> None:
    """Each source, each range and each refresh time can be chosen; an own time is written."""
    assert offers(Controls(EN, for_operator=True).view_form(SOURCES)) == {
        "source": SOURCES,
        "range": [*RANGES, "all", "own"],
        "from": [],
        "to": [],
        "zone": ["", "utc"],
        "refresh": [*map(str, REFRESH_SECONDS), "off"],
    }


def test_where_there_are_many_files_they_are_sought_by_time() -> None:
    """The list holds a few files; a field takes the moment whose files it shows, for the operator alone."""
    assert offers(Controls(EN, for_operator=True).view_form(MANY_SOURCES))["near"] == []
    assert "near" not in offers(Controls(EN, for_operator=True).view_form(MANY_SOURCES[:-1]))
    assert "near" not in offers(Controls(EN, for_operator=False).view_form(MANY_SOURCES))


def test_the_views_form_has_its_buttons() -> None:
    """A file can be opened, the address copied, a zoom left; without a zoom that button is hidden."""
    markup = Elements(Controls(EN, for_operator=True).view_form(SOURCES))
    (file,) = (attrs for tag, attrs in markup.found if attrs.get("type") == "file")
    assert "name" not in file  # it is no part of the address
    (zoom_out,) = (attrs for _, attrs in markup.found if "data-zoom-out" in attrs)
    assert "hidden" in zoom_out
    assert [tag for tag, attrs in markup.found if "data-copy-link" in attrs] == ["button"]


def test_a_file_of_any_name_can_be_chosen() -> None:
    """No list of endings hides `app.log.1` or `app.log-20260121` in the dialog; one file is chosen."""
    markup = Elements(Controls(EN, for_operator=True).view_form(SOURCES))
    (file,) = (attrs for tag, attrs in markup.found if attrs.get("type") == "file")
    assert "accept" not in file
    assert "multiple" not in file


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_what_opens_a_file_has_the_texts_for_it(words: Words) -> None:
    """The script finds the limit and each reason why a file is not opened, in the reader's language."""
    markup = Elements(Controls(words, for_operator=True).view_form(SOURCES))
    (file,) = (attrs for tag, attrs in markup.found if attrs.get("type") == "file")
    assert file["data-max-bytes"] == str(200 << 20)
    assert file["data-too-large"] == words["upload_too_large"].format(limit=200)
    assert file["data-several"] == words["drop_one"]
    for text in ("data-unreadable", "data-sending"):
        assert "{name}" in str(file[text])
    assert "200 MB" in str(file["title"])


def test_a_file_can_be_dropped_and_a_screen_reader_has_the_button() -> None:
    """The place to drop a file onto is for the eye only; a visitor has none."""
    markup = Elements(Controls(EN, for_operator=True).view_form(SOURCES))
    (place,) = (attrs for _, attrs in markup.found if attrs.get("class") == "drop")
    assert place["aria-hidden"] == "true"
    assert EN["drop_here"] in markup.text
    assert "drop" not in Controls(EN, for_operator=False).view_form(SOURCES)


def test_the_tables_form_offers_what_the_log_holds() -> None:
    """Tasks, statuses, sentiments and levels are those of the records, each once, beside `any`."""
    records = [
        a_record(task_type="sentiment", label="正面"),
        a_record(status="error", level="ERROR"),
        a_record(task_type="translation", label="neutral"),
    ]
    assert offers(filters(*records)) == {
        "kind": ["requests", "events", "all"],
        "task": ["", "chat", "sentiment", "translation"],
        "status": ["", "error", "ok"],
        "label": ["", "neutral", "正面"],
        "level": ["", "ERROR", "INFO"],
        "over": [],
        "q": [],
        "session": [],
        "id": [],
    }


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_known_values_are_named_in_the_readers_language(words: Words) -> None:
    """A value that the app knows has a name; a foreign one is shown as it is."""
    text = Elements(filters(a_record(status="rejected", task_type="translation"), words=words)).text
    assert words["status_rejected"] in text
    assert words["any"] in text
    assert "translation" in text


def test_a_log_without_records_has_a_form_too() -> None:
    """Before the first record there is nothing to choose but `any`."""
    assert offers(filters())["task"] == [""]


def test_endless_values_are_not_all_offered() -> None:
    """A log in which each record has another status does not make an endless list."""
    shown = offers(filters(*(a_record(second, status=f"s{second:03d}") for second in range(200))))
    assert shown["status"] == ["", *(f"s{number:03d}" for number in range(MAX_VALUES))]


def test_every_field_is_a_part_of_the_address() -> None:
    """What the forms send is a view: an address knows each field's name and offered values."""
    fields = {
        **offers(Controls(EN, for_operator=True).view_form(MANY_SOURCES)),
        **offers(filters(a_record(label="正面"))),
    }
    assert parse("page=1").page == 1
    for name in fields.keys() - NOT_OF_THE_VIEW:
        for value in fields[name] or [OWN_VALUES.get(name, "some text")]:
            query = {"range": "own", name: value}
            is_default = value in ("", "live", "own", "requests")
            assert (parse(urlencode(query)) != parse("range=own")) is not is_default, name


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_hidden_texts_are_told_below_the_form(words: Words) -> None:
    """The note on what cannot be searched stands below the fields; without one there is nothing."""
    assert words["texts_hidden"] in Elements(filters(hides_texts=True, words=words)).text
    assert "<p" not in filters(words=words)


@pytest.mark.parametrize("field", ["task_type", "status", "label", "level"])
def test_values_are_shown_as_text(field: str) -> None:
    """Markup in a record's text makes no element and no attribute, and can be chosen all the same."""
    record = {**a_record(label="x"), field: HOSTILE}
    hostile = filters(record)
    assert same_structure(hostile, filters(a_record(label="x")))
    assert HOSTILE.rstrip("\x00") in "".join(str(value) for value in Elements(hostile).values("value"))


def test_sources_are_shown_as_text() -> None:
    """Markup in a file's or in an upload's name is escaped."""
    controls = Controls(EN, for_operator=True)
    plain = controls.view_form(["live", "file:a", "upload:b"])
    hostile = controls.view_form(["live", f"file:{HOSTILE}", f"upload:{HOSTILE}"], HOSTILE)
    assert same_structure(hostile, plain)


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_visitor_chooses_times_and_numbers(words: Words) -> None:
    """There are no sources, no file and no texts to choose, and a line says for whom they are."""
    view = Controls(words, for_operator=False).view_form(SOURCES)
    assert offers(view).keys() == {"range", "from", "to", "zone", "refresh"}
    assert "qwen-" not in view
    assert words["visitor_note"] in Elements(view).text
    table = filters(a_record(label="x"), hides_texts=True, words=words, for_operator=False)
    assert offers(table).keys() == {"task", "status", "over", "id"}
    assert words["texts_hidden"] not in table
