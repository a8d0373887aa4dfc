"""The image of a container, as far as it can be tested without building it."""

import re
import shutil
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.deploy.files import ROOT, SETTINGS, command, copied, instructions, packages, text_of
from tests.ui.server.test_server import free_port
from ui.guard.config import GuardConfig
from ui.guard.rules import rules_of
from ui.server.server import Server

HEALTH = "/gradio_api/app_id"


def test_python_is_the_one_of_the_space() -> None:
    """The image has the Python that the README names for a Space."""
    (python,) = re.findall(r'^python_version: "(.+)"$', text_of("README.md"), re.MULTILINE)
    (base,) = (rest for name, rest in instructions() if name == "FROM")
    assert base.startswith(f"python:{python}-")


def test_it_installs_and_starts_the_app_as_the_readme_does() -> None:
    """The pinned requirements, torch from the index without GPU libraries, and `python app.py`."""
    readme = text_of("README.md")
    (install,) = (rest for name, rest in instructions() if name == "RUN" and "pip" in rest)
    (index,) = re.findall(r"--index-url (\S+)", install)
    assert f"pip install torch --index-url {index}`" in readme
    assert install.endswith("-r requirements.txt")
    assert "pip install -r requirements.txt && python app.py" in readme
    assert command("CMD") == ["python", "app.py"]


def test_the_app_is_not_root_and_cannot_change_itself() -> None:
    """What runs is an ordinary user, who becomes one after all files were written."""
    names = [name for name, _ in instructions()]
    users = [rest for name, rest in instructions() if name == "USER"]
    assert users == ["1000"]
    assert not {"RUN", "COPY"} & set(names[names.index("USER") :])
    assert not [rest for name, rest in instructions() if name == "COPY" and "--chown" in rest]


def test_the_variables_are_settings_of_the_app() -> None:
    """A setting that is misspelled would have no effect; what the app writes lies in the volume."""
    words = [word for name, rest in instructions() if name == "ENV" for word in rest.split()]
    variables = dict(word.split("=", 1) for word in words)
    assert set(variables) - {"HOME"} <= SETTINGS
    (volume,) = (rest for name, rest in instructions() if name == "VOLUME")
    for name in ("HOME", "LOG_DIR", "MODEL_CACHE"):
        assert f"{variables[name]}/".startswith(f"{volume}/")


def test_the_image_has_all_that_the_app_needs_and_nothing_else(tmp_path: Path) -> None:
    """The app can be imported from what .dockerignore lets through; logs and tests are not among it."""
    assert set(copied()) == {"app.py", "requirements.txt", *packages()}
    for name in copied():
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path)
    program = "import app, inference.engine.engine, sys; print(app.__file__); print(*sys.path)"
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert told.startswith(str(tmp_path))
    assert str(ROOT) not in told.replace(sys.prefix, "").split()


@pytest.mark.parametrize("status", [HTTPStatus.OK, HTTPStatus.INTERNAL_SERVER_ERROR])
def test_the_health_check_tells_whether_the_page_answers(status: HTTPStatus) -> None:
    """It succeeds if the app answers, and fails if it answers with an error, or not at all."""

    async def answer(request: Request) -> Response:
        return Response(status_code=status)

    port = free_port()
    python, option, program = command("HEALTHCHECK")
    assert (python, option) == ("python", "-c")
    check = [sys.executable, option, program.replace("7860", str(port))]
    assert subprocess.run(check, capture_output=True, check=False).returncode != 0
    server = Server(
        Starlette(routes=[Route(HEALTH, answer)]), GuardConfig.model_validate({"gradio_server_port": port})
    )
    server.start()
    try:
        assert server.port == port
        assert subprocess.run(check, check=False).returncode == (status is not HTTPStatus.OK)
    finally:
        server.stop()


def test_the_health_check_asks_for_something_that_everybody_may_see() -> None:
    """The address is one of the page's own, so that the guard lets it through."""
    assert HEALTH in command("HEALTHCHECK")[-1]
    assert rules_of(HEALTH)
