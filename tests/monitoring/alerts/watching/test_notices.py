"""What a watch writes beside the alerts."""

import pytest

from monitoring.alerts.rules import Rules
from monitoring.alerts.rules_file import load_rules
from monitoring.alerts.watching.notices import Notices
from monitoring.machine import Machine


def with_limit(limit_mb: float | str) -> Rules:
    """Return the shipped rules with another limit of the memory."""
    rules = load_rules()
    limit = rules.memory_limit.model_copy(update={"limit_mb": limit_mb})
    return rules.model_copy(update={"memory_limit": limit})


def test_a_limit_above_the_memory_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """The notice names both figures; another limit that is too high is told again."""
    notices, machine = Notices(), Machine(2, 1000)
    for limit in (4096, 4096, 2048):
        notices.high_limit(with_limit(limit), machine)
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert "memory_limit.limit_mb = 4096 is more than 90 %" in caplog.messages[0]
    assert "the limit is 900 MiB" in caplog.messages[0]
    assert "2048" in caplog.messages[1]


@pytest.mark.parametrize("limit", ["auto", 900, 500])
def test_a_limit_that_can_be_reached_is_not_mentioned(
    limit: float | str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is wrong with it."""
    Notices().high_limit(with_limit(limit), Machine(2, 1000))
    assert caplog.messages == []
