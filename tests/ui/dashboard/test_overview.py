"""The part of a view between its forms: every piece is there, even when one fails."""

from dataclasses import replace
from typing import Any

import pytest

from monitoring.analysis.limits import Limits
from monitoring.reading.log_reader import LogContents
from monitoring.reading.sources import LIVE
from monitoring.record.found_field import FoundField
from monitoring.storage.keeping import Keeping, LeftAlone, Surplus
from tests.monitoring.helpers import MOMENT, Record, a_record, lines_of, refused_requests
from tests.ui.dashboard.helpers import (
    EVERYTHING,
    HEALTHY,
    MAX_ACTIVE,
    NOW,
    OPERATOR,
    VISITOR,
    Elements,
    fail,
    snapshot_of,
    view_of,
)
from ui.dashboard.charts import CAPACITY, CHARTS, Charts
from ui.dashboard.guard import Guard
from ui.dashboard.overview import Actions, Overview, _cards
from ui.dashboard.reader import Reader
from ui.dashboard.snapshot import LogState
from ui.dashboard.tab import PARTS
from ui.texts.dashboard_en import EN
from ui.texts.dashboard_zh import ZH
from ui.texts.words import Words

FIRED = a_record(event="alert.fired", rule="odd", task_type="chat")


def content(
    may_silence: bool = False,
    drills: tuple[str, ...] = (),
    reader: Reader = OPERATOR,
    records: tuple[Record, ...] = (a_record(), FIRED),
    source: str = LIVE,
    log: LogState = HEALTHY,
    may_remove: bool = False,
    **changes: Any,
) -> dict[str, Any]:
    """Return the overview of a log, of one with one request and one alert unless told."""
    guard = Guard()
    overview = Overview(Charts(Limits, MAX_ACTIVE, guard), guard, lambda: NOW, "took=response_time_ms")
    snapshot = snapshot_of(view_of(*records, **changes), log=log)
    state = replace(EVERYTHING, source=source)
    return overview.content(state, snapshot, Actions(may_silence, drills, may_remove), reader)


def test_every_place_of_the_page_gets_its_piece() -> None:
    """The pieces are those that the tab has places for, the shown time, and the figures."""
    found = content()
    assert found.keys() == {*PARTS} - {"view"} | {"range", "interval", "figures"}
    assert found["interval"] == [MOMENT * 1000, (MOMENT + 0.001) * 1000]


def test_only_allowed_actions_have_buttons() -> None:
    """Alerts can be silenced and drills started only where that is allowed."""
    assert "data-silence" not in content()["alerts"]
    assert content()["drills"] == ""
    assert "data-silence" in content(may_silence=True)["alerts"]
    assert "data-drill='slow_model'" in content(drills=("slow_model",))["drills"]


def test_old_files_can_be_removed_where_there_are_too_many() -> None:
    """The button stands below the log's state, for whoever may remove files."""
    folder = LeftAlone(100, Keeping(30, is_chosen=False), Surplus(70, 1, "", ""))
    full = LogState(left_alone=folder)
    assert "data-remove-old" in content(log=full, may_remove=True)["health"]
    assert "data-remove-old" not in content(log=full)["health"]
    assert "data-remove-old" not in content(may_remove=True)["health"]


@pytest.mark.parametrize(
    ("function", "name"), [("cards", "cards"), ("AlertPanel.html", "alerts"), ("drill_panel", "drills")]
)
def test_a_piece_that_fails_does_not_affect_the_others(
    function: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A piece that cannot be made says why as text, and all else is there."""
    monkeypatch.setattr(f"ui.dashboard.overview.{function}", fail)
    found = content()
    shown = Elements(found[name])
    assert shown.names == {"div"}
    assert "ZeroDivisionError" in shown.text
    assert found["figures"].keys() == {*CHARTS, CAPACITY}


def test_while_nobody_knows_what_a_file_holds_no_number_is_shown() -> None:
    """Until requests have come, the overview says how far the file is read, and has no 0 anywhere."""
    started = a_record(event="app.started", task_type="system", response_time_ms=None)
    for records in ((), (started,)):
        found = content(records=records, source="upload:1", loading=True, progress=0.4)
        assert (found["cards"], found["figures"], found["window"]) == ("", {}, "")
        assert "40%" in Elements(found["notice"]).text
        assert "no records" not in found["health"]
    found = content(source="upload:1", loading=True, progress=0.5)
    assert found["cards"] != ""
    assert found["figures"].keys() == {*CHARTS, CAPACITY}


def test_a_file_without_records_has_no_empty_charts() -> None:
    """The reason and the form are what such a file is about; the live log has its charts from the start."""
    found = content(records=(), source="upload:1", fields=(FoundField("took", ("1",), 1),))
    assert (found["cards"], found["figures"]) == ("", {})
    assert "took (e.g. 1)" in Elements(found["mapping"]).text
    assert "selected" in found["mapping"]
    assert content(records=())["figures"].keys() == {*CHARTS, CAPACITY}


def test_how_a_log_was_read_is_told_to_the_operator() -> None:
    """Names and words of the log are not for visitors."""
    fields = (FoundField("SECRET", ("SECRET",), 1),)
    changes: dict[str, Any] = {"unknown_statuses": {"SECRET": 1}, "fields": fields, "source": "upload:1"}
    found = content(**changes)
    assert "SECRET" in found["reading"]
    assert "SECRET" in found["mapping"]
    assert "SECRET" not in str(content(reader=VISITOR, **changes))


def test_the_live_log_has_no_form() -> None:
    """The names of its fields are the same for everybody: a setting tells them."""
    assert content(fields=(FoundField("took", ("1",), 1),))["mapping"] == ""


def test_a_count_of_refused_requests_is_something_to_show() -> None:
    """Where nothing but such a count is shown, the page does not say that there are no requests."""
    found = content(records=(refused_requests(0, 9),))
    assert found["notice"] == ""
    assert "9" in Elements(found["window"]).text


@pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
def test_a_log_of_another_program_tells_no_alerts(words: Words) -> None:
    """None of them and no lost record is no 0; the card says which command runs the rules."""
    contents = LogContents(9)
    line = b'{"level":30,"time":1769011200000,"pid":1,"hostname":"h","msg":"a","responseTime":5}\n'
    contents.append(contents.decoder.decode(line))
    found = _cards(snapshot_of(contents.view(loading=False)), [], words)
    _, _, alerts_card = found.partition("data-measure='alerts'")
    alerts_card, _, lost_card = alerts_card.partition("data-measure='dropped'")
    assert words["no_data"] in alerts_card
    assert words["alerts_replay"] in alerts_card
    assert words["no_data"] in lost_card.partition("data-measure")[0]
    ours = _cards(snapshot_of(view_of(a_record())), [], words)
    assert words["alerts_replay"] not in ours
    # A line of another program in the log of this app does not make it one of another program.
    contents.append(contents.decoder.decode(lines_of(a_record(seq=1))))
    assert words["alerts_replay"] not in _cards(snapshot_of(contents.view(loading=False)), [], words)
