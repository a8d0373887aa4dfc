"""A real nginx, which runs `deploy/nginx.conf` as it stands, but for the ports and the certificate."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

CONFIG = Path(__file__).parents[3] / "deploy" / "nginx.conf"
START_SECONDS = 30.0
AROUND = """
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{}}
http {{
    types {{ text/html html; }}
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {sites}
}}
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def shipped_site(changes: dict[str, str]) -> str:
    """Return the site of the documentation, with some of its words replaced by the test's own.

    Raises:
        AssertionError: one of the words is not in it.
    """
    text = CONFIG.read_text(encoding="utf-8")
    for word, replacement in changes.items():
        assert word in text, f"{CONFIG} has no {word!r}"
        text = text.replace(word, replacement)
    return text


class Certificate:
    """A certificate for some host names that nobody has signed."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.path, self.key = folder / "certificate.pem", folder / "key.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
                *("-nodes", "-days", "2", "-subj", f"/CN={names[0]}"),
                *("-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in names)),
                *("-keyout", str(self.key), "-out", str(self.path)),
            ],
            check=True,
            capture_output=True,
        )


class Nginx:
    """nginx with some sites, as a process of its own; a `with` block ends it."""

    def __init__(self, folder: Path, port: int, sites: str) -> None:
        config = folder / "main.conf"
        config.write_text(AROUND.format(folder=folder, sites=sites), encoding="utf-8")
        self._log = folder / "error.log"
        command: list[str | Path] = [find_nginx(), "-p", folder, "-c", config, "-e", self._log]
        with (folder / "output.txt").open("wb") as output:
            self._process = subprocess.Popen([*command, "-g", "daemon off;"], stdout=output, stderr=output)
        self._wait_for(port)

    def __enter__(self) -> "Nginx":
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(30)

    def _wait_for(self, port: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                return
            except OSError:
                log = self._log.read_text(encoding="utf-8") if self._log.exists() else ""
                assert self._process.poll() is None, f"nginx ended: {log}"
                assert time.monotonic() < deadline, f"nginx does not answer: {log}"
                time.sleep(0.05)


def find_nginx() -> str:
    """Return the path of Debian's nginx, which stands where only root looks for programs."""
    path = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert path, "the tests of the deployment need nginx: sudo apt-get install nginx"
    return path
