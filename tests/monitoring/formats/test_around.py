"""What wrappers tell of a line."""

import pytest

from monitoring.formats.around import Around
from monitoring.formats.programs.wrappers import Inner


def test_the_inner_wrapper_counts_more() -> None:
    """What it does not tell is that of the outer one."""
    outer = Around().with_inner(Inner("", "t1", 3, False, "docker", "stdout", {"pod": "a", "service": "b"}))
    inner = outer.with_inner(Inner("", None, None, False, "docker compose", "web", {"service": "web"}))
    assert inner == Around(
        "t1", 3, ("docker", "docker compose"), "/stdout/web", {"pod": "a", "service": "web"}
    )


@pytest.mark.parametrize(
    "fields", [{"service": "own"}, {"service": {"name": "own"}}, {"serviceName": "own"}, {"app": "own"}]
)
def test_a_record_that_tells_its_service_keeps_it(fields: dict[str, object]) -> None:
    """The pod, which it does not tell, is that of the wrapper."""
    around = Around(fields={"service": "web", "pod": "a-1"})
    assert around.told(fields) == {"pod": "a-1"}
    assert around.told({"message": "x"}) == {"service": "web", "pod": "a-1"}
