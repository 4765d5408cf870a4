"""What public things are called, in any language in which a name is known."""

from __future__ import annotations

from functools import cache

from babel.languages import get_official_languages

from contacts.models import City
from relations.models import Partnership, Theme

# Instead of a language: all that a name could be in any.
ANY = "*"


def names_of(row: City | Theme) -> dict[str, str]:
    """Its names by language.

    Nobody writes down in which language a city's own name is; it is its country's, where that has only one.
    """
    found = {"de": row.name_de, "en": row.name_en}
    if isinstance(row, City):
        language = only_language_of(str(row.country))
        if language:
            found[language] = found.get(language) or row.name_local
    return {language: name for language, name in found.items() if name}


@cache
def only_language_of(country: str) -> str:
    """Of each country there is; empty where it has several official ones, or none that is known."""
    languages = get_official_languages(country)
    return languages[0] if len(languages) == 1 else ""


def name_of(row: City | Theme | Partnership, language: str) -> str:
    """In this language, else in German, else in whichever it has a name in."""
    if isinstance(row, Partnership):
        return f"{name_of(row.home, language)}–{name_of(row.partner, language)}"
    if language == "de" and row.name_de:
        return row.name_de  # as nearly always: there is nothing to choose
    names = names_of(row)
    if language == ANY:
        return repr([sorted(names.items()), getattr(row, "name_local", "")])
    for wanted in (language, "de", "en"):
        if wanted in names:
            return names[wanted]
    return row.name_local if isinstance(row, City) else row.name_de
