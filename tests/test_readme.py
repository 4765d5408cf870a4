"""What README, CHANGELOG and docs/ name is there."""

import re
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = [
    README,
    ROOT / "CHANGELOG.md",
    ROOT / "fixtures" / "cases" / "README.md",
    *(ROOT / "docs").rglob("*.md"),
]
DECIDED = re.findall(r"^\| .+? \| (.+) \|$", README.read_text(encoding="utf-8"), flags=re.MULTILINE)


def by_name(path):
    return str(path.relative_to(ROOT))


def words(page):
    """What stands in code: within a line, and in lines set in."""
    text = page.read_text(encoding="utf-8")
    return re.findall(r"`([^`]+)`", text) + re.findall(r"^ {4,}(.+)$", text, flags=re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    here = [link for link in links if not link.startswith("https://")]

    assert [link for link in here if not leads_somewhere(page, link)] == []


def leads_somewhere(page, link):
    """To a file, and where it names a heading to one of that page, as viewers of repositories spell it."""
    name, _sign, anchor = link.partition("#")
    target = page.parent / name if name else page
    if not anchor:
        return target.exists()
    headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return anchor in [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]


def test_a_link_to_no_heading_leads_nowhere():
    page = ROOT / "docs" / "api.md"

    assert leads_somewhere(page, "api-tokens.md#what-ends-one")
    assert not leads_somewhere(page, "api-tokens.md#what-ends-two")


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_command_is_there(page):
    targets = set(
        re.findall(r"^([a-z.-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    said = " ".join(words(page))
    made = set(re.findall(r"\bmake ([a-z-]+)", said))
    managed = set(re.findall(r"manage\.py ([a-z_-]+)", said))

    assert made <= targets
    assert managed <= set(get_commands())


def test_every_place_of_decision_is_there():
    places = [
        place for cell in DECIDED for place in re.findall(r"`([\w./]+/[\w./]*|\w+\.(?:py|toml))`", cell)
    ]

    assert len(places) > 40
    assert [place for place in places if not (ROOT / place).exists() and not is_in_look(place)] == []


def is_in_look(place):
    return (ROOT / "config" / "static" / "goldenbook" / place).exists()


def test_the_readme_begins_with_ten_lines():
    lines = re.findall(r"^(\d+)\. ", README.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert lines == [str(number) for number in range(1, 11)]


def test_the_tour_has_three_small_pictures():
    pictures = re.findall(r"^!\[.+\]\((.+)\)$", README.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert len(pictures) == 3
    for picture in pictures:
        assert (ROOT / picture).stat().st_size < 250_000
        with Image.open(ROOT / picture) as image:
            assert image.size == (1440, 900)


def test_the_newest_changes_are_those_of_this_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    changes = re.findall(
        r"^## ([\d.]+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )

    assert changes[0] == version
