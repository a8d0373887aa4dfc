"""The settings that all alert rules have, and the units of limits."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_SECONDS = 30 * 86400

Seconds = Annotated[float, Field(ge=0, le=MAX_SECONDS)]
WindowSeconds = Annotated[float, Field(ge=1, le=MAX_SECONDS)]
Milliseconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=10_000)]
Share = Annotated[float, Field(gt=0, le=1)]
Percentile = Annotated[float, Field(gt=0, lt=100)]
# A single record triggers the rule, so there is no fault that could last.
NoSeconds = Annotated[float, Field(ge=0, le=0)]


class Section(BaseModel):
    """A table of a file of rules: unknown keys and values of another type are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Rule(Section):
    """The settings that every rule has."""

    enabled: bool = True
    level: Literal["WARNING", "ERROR"] = "WARNING"
    for_seconds: Seconds = 0
    resolve_seconds: Seconds = 0
    cooldown_seconds: Seconds = 0
    # Seconds of other tasks' records, without one of the alert's own task, after which an alert is withdrawn.
    withdraw_seconds: Seconds = 3600
    clear_share: Share = 1
