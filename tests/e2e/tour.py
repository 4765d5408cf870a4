"""`make tour`: the three pictures of the README, taken from the demo that is running.

python -m tests.e2e.tour http://localhost:8000
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.e2e.browser import ARGUMENTS, WIDE, Site, Visitor

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "tour"
HEIGHT = 900
VISIT = "Reise nach Seoul und Chongqing 2024"


def main(url: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        visitor = Site(url.rstrip("/"), browser).visitor("officer")
        visitor.page.set_viewport_size({"width": WIDE, "height": HEIGHT})
        visitor.open("/admin/")
        take(visitor, "day.png")
        visitor.open("/admin/relations/partnership/")
        take(visitor, "ties.png")
        visitor.open("/admin/delegations/delegation/?q=Chongqing")
        visitor.page.get_by_role("link", name=VISIT).click()
        take(visitor, "visit.png")
        browser.close()


def take(visitor: Visitor, name: str) -> None:
    """In 256 colours, which is what our pages have: a third of the size."""
    visitor.page.mouse.move(0, 0)
    visitor.page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(visitor.page.screenshot())).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(FOLDER / name, optimize=True)
    print(f"{name}: {(FOLDER / name).stat().st_size // 1024} KB")


if __name__ == "__main__":
    main(*sys.argv[1:])
