"""`make screenshots`: every page in both languages, light, dark and narrow, and one sheet with all of them.

Not a test by its name, so that a test run does not take it; run by pytest for the site and the browser.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.addresses import GROUPS
from tests.e2e.browser import NARROW, WIDE, Visitor
from tests.e2e.states import STATES
from tests.e2e.test_pages import states

FOLDER = Path("var/screenshots")
LOOKS = {
    "de-light": ("de", "light", WIDE),
    "en-light": ("en", "light", WIDE),
    "de-dark": ("de", "dark", WIDE),
    "de-narrow": ("de", "light", NARROW),
    "en-narrow-dark": ("en", "dark", NARROW),
}
SHEET = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Goldenbook, page by page</title>
<style>
  body {{ font: 14px sans-serif }}
  th {{ text-align: left; vertical-align: top; max-width: 12rem; overflow-wrap: anywhere }}
  img {{ width: 280px; max-height: 420px; object-fit: cover; object-position: top; border: 1px solid #999 }}
</style>
<h1>Goldenbook, page by page</h1>
<table><tr><th></th>{heads}</tr>
{rows}</table></html>
"""


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_has_its_picture(site, look):
    language, scheme, width = LOOKS[look]
    folder = FOLDER / look
    folder.mkdir(parents=True, exist_ok=True)
    for username in ("admin", None):
        visitor = site.crawler(username, language)
        visitor.page.emulate_media(color_scheme=scheme)
        visitor.page.set_viewport_size({"width": width, "height": 1000})
        for group in (group for group in GROUPS if group not in ("api", "root")):
            for address in GROUPS[group]:
                for url in states(visitor, address):
                    visitor.open(url)
                    if not is_sent_to_sign_in(visitor, url):
                        take(visitor, folder / f"{username or 'nobody'} {name_of(url)}.png")
    for name, reach in STATES.items():
        reach(visitor := site.crawler("officer", language))
        take(visitor, folder / f"state {name}.png")

    write_sheet()


def is_sent_to_sign_in(visitor: Visitor, url: str) -> bool:
    """One picture of that page is enough."""
    return "/login/" in visitor.page.url and "/login/" not in url


def name_of(url: str) -> str:
    parts = urlsplit(url)
    return re.sub(r"[^a-z0-9]+", "-", f"{parts.path} {parts.query}".lower()).strip("-")[:120] or "root"


def take(visitor: Visitor, path: Path) -> None:
    visitor.page.screenshot(path=path, full_page=True)


def write_sheet() -> None:
    """A page of all pictures, a row for each page, a column for each look."""
    looks = [look for look in LOOKS if (FOLDER / look).is_dir()]
    names = sorted({path.name for look in looks for path in (FOLDER / look).glob("*.png")})
    heads = "".join(f"<th>{look}</th>" for look in looks)
    rows = "".join(row(html.escape(Path(name).stem), [f"{look}/{name}" for look in looks]) for name in names)
    sheet = SHEET.format(heads=heads, rows=rows)
    (FOLDER / "index.html").write_text(sheet, encoding="utf-8")


def row(title: str, pictures: list[str]) -> str:
    cells = (f'<td><a href="{path}"><img src="{path}" loading="lazy" alt=""></a></td>' for path in pictures)
    return f"<tr><th>{title}</th>{''.join(cells)}</tr>\n"
