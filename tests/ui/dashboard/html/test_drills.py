"""The panel of drills."""

import pytest

from monitoring.analysis.drill_runs import DrillRun
from tests.monitoring.helpers import MOMENT
from tests.ui.dashboard.helpers import HOSTILE, NOW, Elements, same_structure
from ui.dashboard.html.drills import MAX_RUNS, drill_panel
from ui.texts.page import EN, ZH
from ui.texts.words import Words
from ui.view.interval import Interval

NAMES = ("slow_model", "failing_sentiments", "memory_leak", "full_log_disk", "stalled_queue")
SHOWN = Interval("1h", MOMENT, NOW)
RUNNING = DrillRun("a", "slow_model", "slow_request", MOMENT + 1)
PASSED = DrillRun("b", "slow_model", "slow_request", MOMENT + 1, True, True, 2.54, 61.0)
FAILED = DrillRun(
    "c",
    "memory_leak",
    "memory_growth",
    MOMENT + 1,
    has_ended=True,
    followed=("memory_limit",),
    unrelated=("odd", "silent"),
    problem="LookupError: broken",
)


def panel(*runs: DrillRun, names: tuple[str, ...] = NAMES, words: Words = EN) -> str:
    """Return the panel as it is shown at the end of the shown time."""
    return drill_panel(names, runs, SHOWN, words)


def rows(markup: str) -> list[str]:
    """Return what a reader sees of each run."""
    return [" ".join(Elements(row).text.split()) for row in markup.split("<li")[1:]]


def test_without_drills_there_is_no_panel() -> None:
    """Where none may be started, nor was one in the shown time."""
    assert panel(names=()) == ""
    before = DrillRun("a", "slow_model", "slow_request", MOMENT - 1, True)
    after = DrillRun("a", "slow_model", "slow_request", NOW + 1, True)
    assert panel(before, after, names=()) == ""


@pytest.mark.parametrize("words", [EN, ZH])
def test_each_drill_has_a_button(words: Words) -> None:
    """The button has the drill's name and help in the reader's language, and is enabled."""
    shown = Elements(panel(words=words))
    buttons = [attributes for tag, attributes in shown.found if tag == "button"]
    assert [button["data-drill"] for button in buttons] == list(NAMES)
    assert [button["title"] for button in buttons] == [words[f"drill_{name}_help"] for name in NAMES]
    assert all(words[f"drill_{name}"] in shown.texts for name in NAMES)
    assert words["drills_help"] in shown.texts
    assert not any("disabled" in button for button in buttons)


@pytest.mark.parametrize("since", [MOMENT + 1, MOMENT - 1])
def test_while_one_runs_no_other_can_be_started(since: float) -> None:
    """All buttons are disabled, also where it began before the shown time."""
    running = DrillRun("a", "slow_model", "slow_request", since)
    shown = Elements(panel(running, PASSED))
    buttons = [attributes for tag, attributes in shown.found if tag == "button"]
    assert len(buttons) == len(NAMES)
    assert all("disabled" in button for button in buttons)


def test_runs_without_buttons_are_shown() -> None:
    """Drills of a file, or of an earlier start, are shown where none may be started."""
    markup = panel(PASSED, names=())
    assert Elements(markup).values("data-drill") == []
    assert EN["drills_help"] not in markup
    assert len(rows(markup)) == 1


@pytest.mark.parametrize(
    ("run", "state", "text"),
    [
        (RUNNING, "running", "running Slow model: waiting for slow_request to fire and to be resolved"),
        (
            PASSED,
            "passed",
            "passed Slow model: slow_request fired after 2.5 s; resolved 61.0 s after the fault ended",
        ),
        (
            FAILED,
            "failed",
            "NOT PASSED Memory leak: memory_growth did not fire; was not resolved; "
            "also fired for the same fault: memory_limit; should not have fired: odd, silent; "
            "LookupError: broken",
        ),
    ],
)
def test_a_run_tells_how_it_stands(run: DrillRun, state: str, text: str) -> None:
    """ViewState, drill, what its alert did, and since when."""
    markup = panel(run)
    assert state in Elements(markup).values("class")
    (row,) = rows(markup)
    assert text in row
    assert row.endswith("since 2023-11-14 22:13:21 UTC")


@pytest.mark.parametrize("run", [RUNNING, PASSED, FAILED])
def test_chinese_readers_get_the_same(run: DrillRun) -> None:
    """The same elements with other words."""
    english, chinese = panel(run), panel(run, words=ZH)
    assert same_structure(english, chinese)
    assert [tag for tag, _ in Elements(english).found] == [tag for tag, _ in Elements(chinese).found]
    assert ZH[f"drill_{run.drill}"] in rows(chinese)[0]
    assert rows(english) != rows(chinese)


def test_the_newest_runs_come_first() -> None:
    """Not more than a few."""
    runs = [DrillRun(f"{n}", f"drill {n}.", "odd", MOMENT + n, True) for n in range(MAX_RUNS + 2)]
    shown = rows(panel(*runs))
    assert len(shown) == MAX_RUNS
    for place, row in enumerate(shown):
        assert f"drill {MAX_RUNS + 1 - place}." in row


@pytest.mark.parametrize("has_ended", [False, True])
def test_hostile_runs_are_text(has_ended: bool) -> None:
    """Whatever a log says of a drill, no element comes of it."""
    said = (HOSTILE,)
    hostile = DrillRun(HOSTILE, HOSTILE, HOSTILE, MOMENT, has_ended, False, None, None, said, said, HOSTILE)
    assert same_structure(panel(RUNNING), panel(hostile) if not has_ended else panel(RUNNING, hostile))
    assert "alert(1)" in Elements(panel(hostile)).text
