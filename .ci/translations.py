"""Fails when a text of ours is missing in the German catalogue, untranslated or uncompiled."""

import gettext
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "config" / "locale" / "de" / "LC_MESSAGES" / "django.po"
NOT_OURS = {".venv", "var", "tests", ".ci", ".git", "migrations"}
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
Key = tuple[str, str | None]


def sources() -> Iterator[tuple[Path, str]]:
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if path.suffix not in (".py", ".html", ".txt") or NOT_OURS & set(parts):
            continue
        if path.suffix == ".py":
            yield path, path.read_text(encoding="utf-8")
        elif "templates" in parts:
            # Django turns the tags of a template into Python calls; the rest becomes a row of X.
            code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
            yield path, "\n".join(line.strip() for line in code.splitlines())


def texts() -> Iterator[tuple[str, Key]]:
    for path, code in sources():
        for line, found, _comments, context in extract(
            "python", io.BytesIO(code.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"}
        ):
            text = found[0] if isinstance(found, tuple) else found
            yield f"{path.relative_to(ROOT)}:{line}", (text, context)


def compiled(catalogue: Catalog) -> dict[object, str]:
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    buffer.seek(0)
    return entries(buffer)


def entries(file: io.BufferedIOBase) -> dict[object, str]:
    found = dict(gettext.GNUTranslations(file)._catalog)
    found.pop("", None)
    return found


def problems() -> Iterator[str]:
    if not CATALOGUE.is_file():
        yield f"{CATALOGUE.relative_to(ROOT)} does not exist"
        return
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="de")
    for place, (text, context) in texts():
        if catalogue.get(text, context) is None:
            yield f"{place}: not in the catalogue, run `make messages`: {text!r}"
    for message in catalogue:
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and not all(strings):
            yield f"not translated: {message.id!r}"
        elif message.id and message.fuzzy:
            yield f"fuzzy: {message.id!r}"
    binary = CATALOGUE.with_suffix(".mo")
    if not binary.is_file():
        yield f"{binary.relative_to(ROOT)} does not exist, run `make messages`"
        return
    with binary.open("rb") as file:
        if entries(file) != compiled(catalogue):
            yield f"{binary.relative_to(ROOT)} is older than the catalogue, run `make messages`"


if __name__ == "__main__":
    found = list(problems())
    print("\n".join(found) or "every text is translated and compiled")
    sys.exit(bool(found))
