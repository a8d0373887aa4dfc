"""The monitoring settings, read from the environment once."""

import os
from pathlib import Path
from typing import Literal

from pydantic import AnyHttpUrl, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _default_content() -> Literal["none", "preview"]:
    return "none" if os.environ.get("SPACE_ID") else "preview"


class MonitoringConfig(BaseSettings):
    """Settings of the log and of what reads it; each can be set by its upper-case name.

    Raises:
        pydantic.ValidationError: a value is not allowed; it names the value and the allowed ones.
    """

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)

    log_dir: Path = Path("logs")
    log_content: Literal["none", "preview", "full"] = Field(default_factory=_default_content)
    log_rotate_mb: float = Field(50, gt=0, le=10_000)  # MiB at which a new file begins
    log_rotate_hours: float = Field(24, gt=0, le=24 * 366)  # age at which a new file begins
    log_keep: int = Field(30, ge=1, le=100_000)  # rotated files that stay
    log_keep_days: float | None = Field(None, gt=0, le=36_500)  # and how long at most
    log_queue: int = Field(10_000, ge=1, le=10_000_000)  # lines held while the disk does not take them
    sample_seconds: float = Field(5, gt=0, le=3600)  # between two resource.sample records
    alert_rules: Path | None = None  # a file of rules, instead of the shipped ones
    alert_webhook: AnyHttpUrl | None = None  # who is told of alerts
    alert_silence: bool = Field(default_factory=lambda: not os.environ.get("SPACE_ID"))  # from the page
    drills: bool = False  # faults may be made on purpose, from the page and over HTTP
    window_records: int = Field(200_000, ge=100, le=10_000_000)  # newest records that charts see

    @property
    def log_path(self) -> Path:
        """The file that is written to."""
        return self.log_dir.expanduser() / "qwen.log"
