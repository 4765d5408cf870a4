"""`make demo` for real: started, looked at, stopped, started again. Make itself only adds .venv."""

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

    def start(self) -> None:
        command = [sys.executable, "-m", "config.demo", f"--folder={self.folder}", f"--port={self.port}"]
        # A demo that followed this variable would find no database.
        environment = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.said = []
        for line in self.process.stdout:
            self.said.append(line.strip())
            if line.startswith("Ctrl+C"):
                return
        pytest.fail("\n".join(self.said))

    def stop(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
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
    demo.process.kill()
    demo.process.wait()


def test_demo_shows_pages_and_mails_leaves_no_process_and_goes_on_later(demo):
    mails = sorted((demo.folder / "mail").iterdir())

    assert "Nora" in demo.sign_in("officer")
    assert len(mails) > 0
    assert demo.children() >= 2

    demo.stop(signal.SIGINT)

    assert demo.process.returncode == 0
    assert demo.children() == 0

    demo.start()

    assert demo.said[:2] == ["Preparing the database …", "Starting web and worker …"]
    assert sorted((demo.folder / "mail").iterdir()) == mails

    demo.stop(signal.SIGTERM)

    assert demo.children() == 0
