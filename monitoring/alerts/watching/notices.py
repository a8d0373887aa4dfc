"""What a watch of the running log writes into the log beside the alerts."""

import logging
from typing import Any

from monitoring.alerts.observation import CLOCK_JUMP
from monitoring.alerts.rules import Rules
from monitoring.alerts.watching.clock_jumps import Jump
from monitoring.machine import Machine
from monitoring.record.reasons import reason_of
from monitoring.writing.logger import LOGGER_NAME
from settings.toml_file import TomlFileError


class Notices:
    """Writes what happens to a watch, each kind of failure once: the same record may come again and again."""

    def __init__(self) -> None:
        self._log = logging.getLogger(LOGGER_NAME)
        self._failures: set[tuple[str, type[Exception]]] = set()
        # The limit of the memory that was said to be too high, in MiB.
        self._high_limit: float | None = None

    def failure(self, what: str, error: Exception) -> None:
        """Tell that the rules failed."""
        if (what, type(error)) not in self._failures:
            self._failures.add((what, type(error)))
            self._log.error(what, exc_info=error)

    def new_rules(self) -> None:
        """Tell that a changed file of rules counts."""
        self._log.info("告警规则已更新 / alert rules taken over")

    def wrong_rules(self, error: TomlFileError) -> None:
        """Tell that a changed file of rules is wrong."""
        self._log.error(
            "告警规则有误，沿用之前的规则 / wrong alert rules, the last good ones stay: %s", reason_of(error)
        )

    def turn_taken(self) -> None:
        """Tell that the process whose turn it was is stopped, and this one goes on."""
        self._log.warning(
            "评估告警规则的进程没有响应，由本进程接替 / "
            "the process that evaluated the alert rules does not respond; this one goes on",
            extra={"task_type": "system"},
        )

    def turn_lost(self) -> None:
        """Tell that another process has gone on while this one was stopped."""
        self._log.warning(
            "本进程曾停止运行，告警规则已由另一进程评估 / "
            "this process was stopped, and another one evaluates the alert rules now",
            extra={"task_type": "system"},
        )

    def jump(self, jump: Jump) -> None:
        """Tell that the clock jumped, or the machine was suspended."""
        fields: dict[str, Any] = {"event": "log", CLOCK_JUMP: round(jump.seconds, 3)}
        if jump.suspended:
            fields["suspended_s"] = round(jump.suspended, 3)
        self._log.warning(jump.message, extra={"task_type": "system", **fields})

    def high_limit(self, rules: Rules, machine: Machine) -> None:
        """Tell that the limit of the memory is more than there is, if it is, once for each limit."""
        limit = rules.memory_limit.limit_mb
        used = machine.limit_mb(limit)
        if limit == "auto" or used >= limit or limit == self._high_limit:
            return
        self._high_limit = limit
        self._log.warning(
            "内存上限 %s MiB 超过本机内存的九成，改用 %.0f MiB / memory_limit.limit_mb = %s is more than "
            "90 %% of the memory that this machine or container has; the limit is %.0f MiB",
            *(limit, used) * 2,
            extra={"task_type": "system"},
        )
