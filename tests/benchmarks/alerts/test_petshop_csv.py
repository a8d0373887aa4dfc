"""The file of measurements is made from a copy of the PetShop data set."""

import csv
import sys
from pathlib import Path

import pytest

from benchmarks.alerts import petshop_csv
from benchmarks.alerts.petsite import load_services

METRICS = """microservice,PetSearch,PetSite,PetSite,PetSite
metric,latency,latency,requests,availability
statistic,p95,p95,Sum,Average
unix_timestamp,,,,
1681398600.0,1.5,0.3,664.0,100.0
1681398900.0,1.5,,691.0,99.5
"""


@pytest.fixture
def data_set(tmp_path: Path) -> Path:
    """Write a small copy of the data set."""
    for name in ("noissue", "train/issue_0", "test/issue_10", "test/issue_9"):
        folder = tmp_path / "PetShop" / "dataset" / "high_traffic" / name
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text(METRICS)
        if name != "noissue":
            (folder / "target.json").write_text('{"target": {"timestamp": 1681398700}}')
    return tmp_path / "PetShop"


def write(monkeypatch: pytest.MonkeyPatch, *arguments: Path) -> None:
    """Run the command."""
    monkeypatch.setattr(sys, "argv", ["petshop_csv", *map(str, arguments)])
    petshop_csv.main()


def test_each_measurement_of_the_front_end_becomes_a_row(
    data_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cases are in the order of their numbers, and an empty value stays empty."""
    file = tmp_path / "service.csv"
    write(monkeypatch, data_set, file)
    head, *rows = csv.reader(file.open(newline=""))
    assert tuple(head) == petshop_csv.COLUMNS
    assert len(rows) == 4 * 2 * 3
    assert rows[0] == ["high_traffic", "noissue", "1681398600", "PetSite", "latency", "p95", "0.3", ""]
    assert rows[-3] == [
        *("high_traffic", "test/issue_10", "1681398900", "PetSite", "latency", "p95", "", "1681398700"),
    ]


def test_the_benchmark_reads_the_file(
    data_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cases of the data set become the cases of one service."""
    file = tmp_path / "service.csv"
    write(monkeypatch, data_set, file)
    (service,) = load_services(file)
    assert (len(service.quiet), len(service.train), len(service.test)) == (2, 1, 2)
    assert service.test[0].target == 1681398700


def test_another_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error names the folder, and nothing is written."""
    with pytest.raises(SystemExit):
        write(monkeypatch, tmp_path, tmp_path / "service.csv")
    assert f"{tmp_path} is not a copy of the data set" in capsys.readouterr().err
    assert not (tmp_path / "service.csv").exists()
