"""`make demo` for real: started, looked at, stopped by Ctrl+C, started again, started over."""

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from config.demo import PASSWORD

ROOT = Path(__file__).resolve().parents[2]


class Demo:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.said: list[str] = []

    def start(self, *more: str) -> None:
        # With the packages of the Python that runs this suite, taken as they are.
        venv = Path(sys.prefix)
        command = ["make", "demo", f"VENV={venv}", "-o", str(venv / "installed"), *more]
        command += [f"FOLDER={self.folder}", f"PORT={self.port}"]
        # A demo that followed this variable would find no database.
        environment = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # As a terminal does: Ctrl+C then reaches make and what it started, and not this suite.
            start_new_session=True,
        )
        self.said = []
        for line in self.process.stdout:
            self.said.append(line.strip())
            if line.startswith("Ctrl+C"):
                return
        pytest.fail("\n".join(self.said))

    def press_ctrl_c(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)
        self.said += self.process.communicate(timeout=30)[0].splitlines()

    def end(self) -> None:
        """As a machine that shuts down does: only the demo itself is told."""
        self.process.terminate()
        self.process.communicate(timeout=30)

    def children(self) -> int:
        """How many processes live that were started with this folder in their environment."""
        mark = f"VAR_DIR={self.folder}".encode()
        return sum(mark in environment_of(path) for path in Path("/proc").glob("[0-9]*/environ"))

    def sign_in(self, username: str) -> str:
        """Sign in as a person would; gives the page that follows."""
        browser = build_opener(HTTPCookieProcessor(http.cookiejar.CookieJar()))
        url = f"http://127.0.0.1:{self.port}/admin/login/?next=/admin/"
        form = browser.open(url).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form).group(1)
        fields = {"csrfmiddlewaretoken": token, "username": username, "password": PASSWORD}
        return browser.open(url, urlencode(fields).encode()).read().decode()


def environment_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.fixture
def demo(tmp_path):
    demo = Demo(tmp_path / "demo")
    demo.start()
    yield demo
    if demo.process.poll() is None:
        os.killpg(demo.process.pid, signal.SIGKILL)
        demo.process.wait()


def test_demo_shows_pages_and_mails_leaves_no_process_and_goes_on_later(demo):
    mails = sorted((demo.folder / "mail").iterdir())

    assert "Nora" in demo.sign_in("officer")
    assert len(mails) > 0
    assert demo.children() >= 2

    demo.press_ctrl_c()

    assert "`make demo` goes on where you left off" in " ".join(demo.said)
    assert demo.children() == 0

    demo.start()

    assert "Loading the five cases …" not in demo.said
    assert sorted((demo.folder / "mail").iterdir()) == mails

    demo.end()

    assert demo.children() == 0

    (demo.folder / "left over").touch()
    demo.start("RESET=1")

    assert "Loading the five cases …" in demo.said
    assert not (demo.folder / "left over").exists()

    demo.press_ctrl_c()

    assert demo.children() == 0
