"""Anybody's log is read to the same figures by the dashboard, the summary, the alerts, SQL and jq."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cases.readers import Figures, by_alerts, by_dashboard, by_jq, by_sql, by_summary

FOLDER = Path(__file__).parent
EXPECTED: dict[str, Figures] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
READERS = {
    "dashboard": by_dashboard,
    "summary": by_summary,
    "alerts": by_alerts,
    "SQL": by_sql,
    "jq": by_jq,
}


def test_each_file_has_its_figures() -> None:
    """No file stands there that no reader is asked about."""
    others = {"README.md", "expected.json"}
    files = {path.name for path in FOLDER.iterdir() if path.suffix != ".py" and path.is_file()}
    assert {name for name in files - others if not name.startswith(".")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_every_reader_finds_the_same(reader: Callable[[Path, str], Figures], name: str) -> None:
    """Records, broken lines, requests of each task, how they ended, percentiles, levels and times agree."""
    expected = EXPECTED[name]
    found = reader(FOLDER / name, expected["map"])
    assert found["records"] == expected["records"]
    if "broken" in found:
        assert found["broken"] == expected["broken"]
    assert found["tasks"] == _nearly(expected["tasks"])
    if "levels" in found:
        assert found["levels"] == expected["levels"]
    if "times" in found:
        assert {expected["first"], expected["last"]} - {None} <= set(found["times"])


def _nearly(tasks: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        name: {key: value if value is None else pytest.approx(value) for key, value in task.items()}
        for name, task in tasks.items()
    }
