"""The monitoring settings."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from monitoring import MonitoringConfig

NAMES = [name.upper() for name in MonitoringConfig.model_fields]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the settings of whoever runs the tests."""
    for name in (*NAMES, "SPACE_ID"):
        monkeypatch.delenv(name, raising=False)


def test_defaults_write_previews_to_the_logs_folder() -> None:
    """Without any setting the log is `logs/qwen.log` and holds previews."""
    config = MonitoringConfig()
    assert config.log_path == Path("logs/qwen.log")
    assert config.log_content == "preview"


def test_old_files_go_by_number_alone_unless_told_otherwise() -> None:
    """By default thirty rotated files stay, however old they are."""
    config = MonitoringConfig()
    assert (config.log_keep, config.log_keep_days) == (30, None)


def test_a_public_space_writes_no_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where SPACE_ID is set, the default is to keep message texts out of the log."""
    monkeypatch.setenv("SPACE_ID", "someone/app")
    assert MonitoringConfig().log_content == "none"


def test_a_space_may_be_told_to_write_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """LOG_CONTENT wins over the default of a Space."""
    monkeypatch.setenv("SPACE_ID", "someone/app")
    monkeypatch.setenv("LOG_CONTENT", "full")
    assert MonitoringConfig().log_content == "full"


def test_each_setting_has_its_upper_case_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settings are read from the environment."""
    values = {
        "LOG_DIR": str(tmp_path),
        "LOG_MAP": "latency=response_time_ms",
        "LOG_TIMEZONE": "Asia/Shanghai",
        "LOG_CONTENT": "none",
        "LOG_ROTATE_MB": "0.5",
        "LOG_ROTATE_HOURS": "1.5",
        "LOG_KEEP": "7",
        "LOG_KEEP_DAYS": "14.5",
        "LOG_QUEUE": "11",
        "ALERT_RULES": str(tmp_path / "rules.toml"),
        "ALERT_WEBHOOK": "https://example.org/hook",
        "ALERT_SILENCE": "false",
        "DRILLS": "1",
        "SAMPLE_SECONDS": "2",
        "EXPORT_MB": "20",
        "EXPORT_SECONDS": "60",
        "UPLOAD_SECONDS": "30",
        "WINDOW_RECORDS": "1234",
    }
    assert sorted(values) == sorted(NAMES)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    config = MonitoringConfig()
    assert config.log_path == tmp_path / "qwen.log"
    assert (config.log_content, config.log_rotate_mb, config.log_rotate_hours) == ("none", 0.5, 1.5)
    assert (config.log_keep, config.log_keep_days, config.log_queue) == (7, 14.5, 11)
    assert config.log_timezone == ZoneInfo("Asia/Shanghai")
    assert (config.drills, config.sample_seconds, config.window_records) == (True, 2, 1234)


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """`LOG_KEEP=` leaves the default."""
    monkeypatch.setenv("LOG_KEEP", "")
    assert MonitoringConfig().log_keep == 30


def test_the_home_folder_is_written_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A `~` in LOG_DIR is the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOG_DIR", "~/logs")
    assert MonitoringConfig().log_path == tmp_path / "logs" / "qwen.log"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_CONTENT", "everything"),
        ("LOG_ROTATE_MB", "0"),
        ("LOG_ROTATE_MB", "nan"),
        ("LOG_ROTATE_HOURS", "-1"),
        ("LOG_KEEP", "0"),
        ("LOG_KEEP", "many"),
        ("LOG_KEEP_DAYS", "0"),
        ("LOG_QUEUE", "0"),
        ("SAMPLE_SECONDS", "inf"),
        ("ALERT_WEBHOOK", "no address"),
        ("ALERT_SILENCE", "perhaps"),
        ("WINDOW_RECORDS", "1"),
    ],
)
def test_a_bad_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A value that is not allowed raises an error that names the setting and the value."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        MonitoringConfig()
    (problem,) = caught.value.errors()
    assert problem["loc"] == (name.lower(),)
    assert problem["input"] == value


def test_settings_cannot_change() -> None:
    """Settings are read once and frozen."""
    config = MonitoringConfig()
    with pytest.raises(ValidationError):
        config.log_keep = 1  # type: ignore[misc]  # what is shown to fail


def test_the_names_of_another_program_are_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """LOG_MAP holds pairs of names, separated by commas."""
    monkeypatch.setenv("LOG_MAP", "latency=response_time_ms, kind=task_type")
    assert MonitoringConfig().log_map == {"latency": "response_time_ms", "kind": "task_type"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("latency", "is not of the form"),
        ("latency=speed", "is no field; allowed are"),
        ("a=label,b=label", "two names"),
    ],
)
def test_a_wrong_pair_of_names_is_refused(monkeypatch: pytest.MonkeyPatch, text: str, problem: str) -> None:
    """The error says what is wrong, and what is allowed."""
    monkeypatch.setenv("LOG_MAP", text)
    with pytest.raises(ValidationError, match=problem):
        MonitoringConfig()
