"""The files that the browser keeps: each at an address that changes with its version."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.ui.dashboard.helpers import client_of, dashboard_of, live
from ui.dashboard.endpoints.browser_files import ASSETS, IMMUTABLE, PLOTLY_JS, assets_version


@pytest.fixture
def client() -> TestClient:
    """A browser that shows an empty log."""
    return client_of(dashboard_of(live()))


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """A folder with two of the browser's files."""
    (tmp_path / "a.js").write_text("one")
    (tmp_path / "b.css").write_text("two")
    return tmp_path


def test_the_version_stays_while_the_files_do(assets: Path) -> None:
    """Files that are written again with what they held have the same version."""
    before = assets_version(assets)
    (assets / "a.js").write_text("one")
    assert assets_version(assets) == before
    assert before.isalnum()


@pytest.mark.parametrize(("name", "text"), [("a.js", "One"), ("b.css", ""), ("c.js", "new")])
def test_the_version_changes_when_a_file_does(assets: Path, name: str, text: str) -> None:
    """A file that is changed, emptied or added changes the version, and so its address."""
    before = assets_version(assets)
    (assets / name).write_text(text)
    assert assets_version(assets) != before


def test_plotly_comes_compressed_and_is_kept(client: TestClient) -> None:
    """The charts' library comes from the installed package, compressed, and a browser may keep it."""
    response = client.get("/dashboard/plotly.js")
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["cache-control"] == IMMUTABLE["cache-control"]
    assert response.headers["content-type"].startswith("text/javascript")
    assert "immutable" in IMMUTABLE["cache-control"]
    assert response.content == PLOTLY_JS.read_bytes()


@pytest.mark.parametrize("path", sorted(ASSETS.iterdir()), ids=lambda path: str(path.name))
def test_assets_are_kept_under_their_version(client: TestClient, path: Path) -> None:
    """Each of the browser's files stands under the version of now, for good; under others is nothing."""
    response = client.get(f"/dashboard/assets/{assets_version()}/{path.name}")
    assert (response.status_code, response.content) == (200, path.read_bytes())
    assert response.headers["cache-control"] == IMMUTABLE["cache-control"]
    assert client.get(f"/dashboard/assets/{'0' * 12}/{path.name}").status_code == 404
