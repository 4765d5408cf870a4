"""The web server of an invented city: the example in docs/portal, from an origin that is not ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "portal"
# The Goldenbook that the example names; here it is the one under test.
NAMED = b"https://goldenbook.example.org"
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8"}


class Handler(BaseHTTPRequestHandler):
    def __init__(self, *arguments: object, house: str, pages: dict[str, str]) -> None:
        self.house, self.pages = house.encode(), pages
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].lstrip("/")
        file = FOLDER / name
        if name in self.pages:
            content = self.pages[name].encode()
        elif file.suffix in TYPES and file.is_file():
            content = file.read_bytes()
        else:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Type", TYPES.get(file.suffix, TYPES[".html"]))
        self.end_headers()
        self.wfile.write(content.replace(NAMED, self.house))

    def log_message(self, *arguments: object) -> None:
        """Nobody reads it."""


@contextmanager
def town(house: str, pages: dict[str, str] | None = None) -> Iterator[str]:
    """Its address, while it is open. Besides the example it has these pages, by their names."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, house=house, pages=pages or {}))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()
