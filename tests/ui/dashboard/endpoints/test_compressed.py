"""Who gets a compressed answer."""

import pytest
from starlette.testclient import TestClient

from tests.monitoring.helpers import a_record
from tests.ui.dashboard.helpers import client_of, dashboard_of, live
from ui.dashboard.endpoints.compressed import takes_gzip


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("deflate, gzip;q=0.5, br", True),
        ("gzip; q=1.0", True),
        ("*", True),
        ("identity;q=0.5, *;q=0.1", True),
        ("", False),
        ("identity", False),
        ("br, deflate", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("*;q=0", False),
    ],
)
def test_a_client_says_whether_it_takes_gzip(accepted: str, takes: bool) -> None:
    """By name or by a star, unless its weight is 0; the name counts before the star."""
    assert takes_gzip(accepted) is takes


@pytest.mark.parametrize("path", ["/dashboard/view?range=all", "/dashboard/plotly.js"])
def test_nobody_gets_gzip_who_does_not_take_it(path: str) -> None:
    """The content is the same, and caches know what it depends on."""
    client: TestClient = client_of(dashboard_of(live(a_record())))
    plain = client.get(path, headers={"accept-encoding": "identity"})
    packed = client.get(path, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"
    assert plain.headers["content-type"] == packed.headers["content-type"]
    assert plain.content == packed.content
