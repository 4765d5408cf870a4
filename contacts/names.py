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


def is_too_short(query: str) -> bool:
    """Whether a search for it would find nearly everything: less than two letters, or none at all.

    One character is enough where it is a word or a syllable: 重, 서.
    """
    letters = "".join(fold(query)[1].split())
    if len(letters) > 1:
        return False
    return not letters or unicodedata.category(letters) != "Lo"


def starts_a_name(query: str, field: str = "search_lines") -> models.Q:
    """Rows one of whose names begins with the query; the lines of the field are set in line breaks."""
    return _any_form(query, field, "\n{}")


def is_a_name(query: str, field: str = "search_lines") -> models.Q:
    """Rows that the query names in full: by one of their names, or each word by one of them."""
    words = query.split()
    each = models.Q(*(_any_form(word, field, "\n{}\n") for word in words)) if words else models.Q()
    return _any_form(query, field, "\n{}\n") | each


def _any_form(text: str, field: str, shape: str) -> models.Q:
    condition = models.Q()
    for form in dict.fromkeys(fold(text)):
        condition |= models.Q(**{f"{field}__contains": shape.format(form)})
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


def sort_key(*texts: str) -> str:
    """What texts are sorted by, the first one first: as in a dictionary (DIN 5007-1), Ö like O and Ç like C.

    A shorter text stands before a longer one that begins with it. Other scripts follow, by their code points.
    """
    return "\n".join(fold(text)[1] for text in texts)


class ComputedField(models.TextField):
    """A column that is made of other attributes of its row on each save; nobody reads or writes it."""

    def __init__(self, *sources: Any, **kwargs: Any) -> None:
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
            for source in self.attributes()
            if not hasattr(self.model, source)
        ]
        return [*super().check(**kwargs), *errors]

    def attributes(self) -> list[str]:
        """The attributes that the column is made of."""
        return list(self.sources)

    def value_for(self, row: models.Model) -> str:
        raise NotImplementedError

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        found = self.value_for(model_instance)
        setattr(model_instance, self.attname, found)
        return found


class FoldedField(ComputedField):
    """The folded names of a row, made of texts or lists of texts, to be searched."""

    def value_for(self, row: models.Model) -> str:
        texts: list[str] = []
        for source in self.sources:
            value = getattr(row, source) or []
            texts += [value] if isinstance(value, str) else value
        return folded(*texts)


class SortField(ComputedField):
    """What rows are sorted by: the sort keys of texts, one after the other.

    Of a source that is a tuple of attributes the first counts that holds something.
    """

    def attributes(self) -> list[str]:
        return [name for source in self.sources for name in _several(source)]

    def value_for(self, row: models.Model) -> str:
        texts = (
            next(filter(None, (getattr(row, name) for name in _several(source))), "")
            for source in self.sources
        )
        return sort_key(*texts)

    def db_parameters(self, connection: Any) -> Any:
        """By code point on PostgreSQL, too, whatever its language: the key is folded already."""
        collation = "C" if connection.vendor == "postgresql" else None
        return {**super().db_parameters(connection), "collation": collation}


def _several(source: Any) -> tuple[str, ...]:
    return (source,) if isinstance(source, str) else tuple(source)


def ordering_path(model: type[models.Model], path: str) -> str:
    """The column that a name is sorted by: `name` is `sort`, `city__name` is `city__sort`."""
    *relations, last = path.split("__")
    owner: Any = model
    for relation in relations:
        owner = owner._meta.get_field(relation).related_model
    sorts = any(isinstance(field, SortField) for field in owner._meta.fields)
    return "__".join([*relations, "sort"]) if last == "name" and sorts else path


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
