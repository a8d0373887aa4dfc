"""The monitoring settings, read from the environment once."""

import os
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AnyHttpUrl, BeforeValidator, Field, InstanceOf, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from monitoring.record.mapping import parse_mapping
from monitoring.record.zones import zone_of


def _default_content() -> Literal["none", "preview"]:
    return "none" if os.environ.get("SPACE_ID") else "preview"


def _mapping(value: object) -> object:
    return parse_mapping([value]) if isinstance(value, str) else value


# Parts of the names of settings whose values nobody else should read, not even on a terminal.
SECRETS = ("PASSWORD", "SECRET", "TOKEN_", "WEBHOOK", "_KEYS_")


def explain(error: ValidationError) -> str:
    """Return a line for each wrong setting, with its name, its value and the allowed values."""
    lines = []
    for problem in error.errors():
        name = ".".join(str(part) for part in problem["loc"]).upper()
        is_secret = any(part in f"{name}_" for part in SECRETS)
        value = f"{name}={'***' if is_secret else repr(problem['input'])}: " if name else ""
        lines.append(value + problem["msg"].removeprefix("Value error, "))
    return "\n".join(lines)


class MonitoringConfig(BaseSettings):
    """Settings of the log and of its readers; the environment variable of each has its name in upper case.

    Raises:
        pydantic.ValidationError: a value is not allowed; the error names the value and the allowed values.
    """

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)

    log_dir: Path = Path("logs")
    # The names that another program's log has for our fields: their name, and ours.
    log_map: Annotated[dict[str, str], NoDecode, BeforeValidator(_mapping)] = Field(default_factory=dict)
    # The zone of times in a log that tell none, such as Asia/Shanghai.
    log_timezone: Annotated[InstanceOf[tzinfo], BeforeValidator(zone_of)] = UTC
    log_content: Literal["none", "preview", "full"] = Field(default_factory=_default_content)
    # A new file begins when the old one has this size, in MiB, or this age.
    log_rotate_mb: float = Field(50, gt=0, le=10_000)
    log_rotate_hours: float = Field(24, gt=0, le=24 * 366)
    # So many rotated files are kept, and none of them longer than so many days.
    log_keep: int = Field(30, ge=1, le=100_000)
    log_keep_days: float | None = Field(None, gt=0, le=36_500)
    # So many lines are held while the disk refuses them.
    log_queue: int = Field(10_000, ge=1, le=10_000_000)
    # The time between two `resource.sample` records.
    sample_seconds: float = Field(5, gt=0, le=3600)
    # A file of alert rules replaces the shipped rules.
    alert_rules: Path | None = None
    # Alerts are posted to this address, which holds a secret: it is left out of the text of the settings.
    alert_webhook: AnyHttpUrl | None = Field(None, repr=False)
    # The operator may silence alerts from the page.
    alert_silence: bool = True
    # Faults may be made on purpose, from the page and over HTTP.
    drills: bool = False
    # The size of one export, in MiB, and the time that it may take, its reader's included.
    export_mb: float = Field(500, gt=0, le=100_000)
    export_seconds: float = Field(300, gt=0, le=86_400)
    # The time that the upload of a file may take.
    upload_seconds: float = Field(600, gt=0, le=86_400)
    # The dashboard shows so many of the newest records.
    window_records: int = Field(200_000, ge=100, le=10_000_000)

    @property
    def log_path(self) -> Path:
        """The file that is written to."""
        return self.log_dir.expanduser() / "qwen.log"
