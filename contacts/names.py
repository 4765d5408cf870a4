"""Names: their order and script, and folding, so that a search finds a name however it is spelled."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.core import checks
from django.db import models

# What becomes of a letter where people have to write without it: spelled out in full, or bare.
_IN_FULL = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "đ": "dj", "ə": "e"}
_BARE = {"ø": "o", "đ": "d", "ə": "a"}
_ALIKE = {"æ": "ae", "œ": "oe", "ı": "i", "ł": "l", "ð": "d", "þ": "th", "ħ": "h", "ŋ": "n", "ŧ": "t"}

_FULL_TABLE = str.maketrans({**_ALIKE, **_IN_FULL})
_BARE_TABLE = str.maketrans({**_ALIKE, **_BARE})

# Accents fall away, but й and ї are letters of their own, not и and і with an accent.
_ACCENTS = re.compile(r"(?<!и)\u0306|(?<!і)\u0308|[\u0300-\u0305\u0307\u0309-\u036f]")
_APOSTROPHES = re.compile(r"['’‘`´ʼʻʾʿ′]")


def fold(text: str) -> tuple[str, str]:
    """The text in small plain letters, twice: Düsseldorf is duesseldorf and dusseldorf.

    What stands between words becomes one blank; an apostrophe does so in the first form (xi an) and is
    dropped in the second (xian). Other scripts keep their letters.
    """
    text = unicodedata.normalize("NFC", _without_invisible(text)).casefold()
    # "İ" folds to an i with a dot above it; the dot goes with the other accents.
    full = _plain(_APOSTROPHES.sub(" ", text), _FULL_TABLE)
    bare = _plain(_APOSTROPHES.sub("", text), _BARE_TABLE)
    return full, bare


def folded(*texts: str) -> str:
    """Every distinct form of the texts, one a line: what a search column holds."""
    forms = (form for text in texts for form in fold(text) if form)
    return "\n".join(dict.fromkeys(forms))


def matches(query: str, field: str = "search") -> models.Q:
    """Rows that hold every word of the query, in either form. A query without any word finds every row."""
    condition = models.Q()
    for word in query.split():
        full, bare = (_all_within(field, form) for form in fold(word))
        condition &= full if full == bare else full | bare
    return condition


def _all_within(field: str, form: str) -> models.Q:
    condition = models.Q()
    for word in form.split():
        condition &= models.Q(**{f"{field}__contains": word})
    return condition


def _without_invisible(text: str) -> str:
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cf")


def _plain(text: str, table: dict[int, str]) -> str:
    text = unicodedata.normalize("NFKD", text.translate(table))
    text = _ACCENTS.sub("", text).casefold().translate(table)  # again, for an ø that carried an accent
    text = unicodedata.normalize("NFC", text)  # puts the syllables of Hangul together again
    spaced = "".join(letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in text)
    return " ".join(spaced.split())


class FoldedField(models.TextField):
    """The folded names of a row, computed from other attributes (texts or lists of texts) on each save."""

    def __init__(self, *sources: str, **kwargs: Any) -> None:
        self.sources = sources
        super().__init__(**{**kwargs, "editable": False, "blank": True, "default": ""})

    def deconstruct(self) -> Any:
        name, path, _args, kwargs = super().deconstruct()
        for fixed in ("editable", "blank", "default"):
            del kwargs[fixed]
        return name, path, list(self.sources), kwargs

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        errors = [
            checks.Error(f"{self.model.__name__} has no {source} to fold.", obj=self, id="contacts.E001")
            for source in self.sources
            if not hasattr(self.model, source)
        ]
        return [*super().check(**kwargs), *errors]

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        texts: list[str] = []
        for source in self.sources:
            value = getattr(model_instance, source) or []
            texts += [value] if isinstance(value, str) else value
        found = folded(*texts)
        setattr(model_instance, self.attname, found)
        return found


def full_name(
    given: str, family: str, *, family_name_first: bool = False, title_before: str = "", title_after: str = ""
) -> str:
    """As it is said: "Mag.a Ulrike Huemer", "Hu Henghua", "Ulrike Huemer, MSc"."""
    in_order = (family, given) if family_name_first else (given, family)
    name = " ".join(part for part in (title_before, *in_order) if part)
    return ", ".join(part for part in (name, title_after) if part)


def sort_name(given: str, family: str, *, family_name_first: bool = False) -> str:
    """As it stands in a list: "Huemer, Ulrike", and "Hu Henghua", where the family name leads anyway."""
    return (" " if family_name_first else ", ").join(part for part in (family, given) if part)


def with_own_script(name: str, name_local: str) -> str:
    """The name with its original script: "Hu Henghua 胡衡华"."""
    return name if name_local in ("", name) else f"{name} {name_local}"
