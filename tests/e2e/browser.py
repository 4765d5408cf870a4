"""A browser as staff have it, that writes down what it complains about."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import APIResponse, Browser, BrowserContext, ConsoleMessage, Page, Response

from config.demo import PASSWORD

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
LOCALES = {"de": "de-DE", "en": "en-GB"}
WIDE, NARROW, NARROWEST = 1440, 390, 320
# The one page that any other may frame.
FRAMED_BY_ANYBODY = "/embed/"
# What may be named in a policy; a hash allows one text that is known.
ALLOWED = re.compile(r"'none'|'self'|data:|'unsafe-hashes'|'sha256-[^']+'")
# What the browser refused on the page that is open now.
NOTE_VIOLATIONS = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.refused.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
});
"""
# What sticks out to the right, deepest first; a box that scrolls in itself may.
STICKING_OUT = """
async () => {
  // Scripts may lay out anew when the window changes; two frames later they have.
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const sticksOut = (element) => element.getBoundingClientRect().right > room + 1;
  const wide = [...document.body.querySelectorAll("*")].filter(sticksOut);
  return wide.slice(-3).map((e) => e.outerHTML.slice(0, 120));
}
"""


@dataclass
class Site:
    url: str
    browser: Browser
    sessions: dict[str, Any] = field(default_factory=dict)
    crawlers: dict[tuple[str | None, str], Visitor] = field(default_factory=dict)

    def visitor(self, username: str | None = None, *, language: str = "de", width: int = WIDE) -> Visitor:
        """Somebody of the demo's staff, signed in; nobody signed in without a name."""
        context = self.browser.new_context(
            base_url=self.url,
            locale=LOCALES[language],
            timezone_id="Europe/Berlin",
            viewport={"width": width, "height": 1000},
            reduced_motion="reduce",
            storage_state=self.sessions.get(username) if username else None,
        )
        context.set_default_timeout(15_000)
        context.add_init_script(NOTE_VIOLATIONS)
        visitor = Visitor(self.url, context)
        if username and username not in self.sessions:
            visitor.sign_in(username)
            self.sessions[username] = context.storage_state()
        return visitor

    def crawler(self, username: str | None, language: str) -> Visitor:
        """A visitor who stays: what the browser has loaded once it need not load again."""
        key = (username, language)
        if key not in self.crawlers:
            self.crawlers[key] = self.visitor(username, language=language)
        return self.crawlers[key]


class Visitor:
    def __init__(self, url: str, context: BrowserContext) -> None:
        self.url = url
        self.context = context
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *exception: object) -> None:
        self.context.close()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        # That the page itself answers 404 is what its test asks of it.
        if message.text.startswith("Failed to load resource") and message.location["url"] == self.page.url:
            return
        self.complaints.append(f"console: {message.text}")

    def open(self, address: str) -> Response:
        self.complaints.clear()
        response = self.page.goto(urljoin(self.url, address))
        assert response is not None
        return response

    def sign_in(self, username: str) -> None:
        self.open("/admin/login/")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url(self.url + "/admin/")

    # --- what a page must stand up to ---

    def refusals(self) -> list[str]:
        """What the browser refused to load or run; ask before axe, which adds styles."""
        return [f"refused: {line}" for line in self.page.evaluate("window.refused")]

    def overflows(self, *widths: int) -> list[str]:
        """What sticks out of the page when the window is as narrow as that."""
        found = []
        for width in widths:
            with self.seen(width=width):
                elements = self.page.evaluate(STICKING_OUT)
            found += [f"wider than {width} px: {element}" for element in elements]
        return found

    @contextmanager
    def seen(self, *, scheme: Literal["light", "dark"] = "light", width: int = WIDE) -> Iterator[None]:
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size({"width": width, "height": 1000})
        yield
        self.page.set_viewport_size({"width": WIDE, "height": 1000})
        self.page.emulate_media(color_scheme="light")

    def barriers(self, *rules: str) -> list[str]:
        """What axe finds, of any impact; all its rules, or these."""
        options: dict[str, Any] = {"preload": False, "resultTypes": ["violations"]}
        if rules:
            options["runOnly"] = {"type": "rule", "values": rules}
        self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate(f"axe.run(document, {json.dumps(options)})")
        return [
            f"axe {violation['id']} ({violation['impact']}), {len(violation['nodes'])}x: "
            f"{violation['nodes'][0]['html'][:160]}"
            for violation in found["violations"]
        ]


def has_strict_policy(response: Response | APIResponse) -> bool:
    """Nothing is allowed that is not named, and named are only we ourselves."""
    header = response.headers.get("content-security-policy", "")
    directives = [directive.split() for directive in header.split(";") if directive.strip()]
    if urlsplit(response.url).path == FRAMED_BY_ANYBODY:
        directives.remove(["frame-ancestors", "*"])
    named = [source for name, *sources in directives for source in sources if name != "sandbox"]
    return ["default-src", "'none'"] in directives and all(ALLOWED.fullmatch(source) for source in named)
