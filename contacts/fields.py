"""Small lists and texts in one JSON column each, with a form that a clerk can read."""

from __future__ import annotations

from functools import cache
from typing import Any

from babel import Locale
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from contacts.dates import reader_locale, with_hint

SDG_TITLES = {
    1: _("No poverty"),
    2: _("Zero hunger"),
    3: _("Good health and well-being"),
    4: _("Quality education"),
    5: _("Gender equality"),
    6: _("Clean water and sanitation"),
    7: _("Affordable and clean energy"),
    8: _("Decent work and economic growth"),
    9: _("Industry, innovation and infrastructure"),
    10: _("Reduced inequalities"),
    11: _("Sustainable cities and communities"),
    12: _("Responsible consumption and production"),
    13: _("Climate action"),
    14: _("Life below water"),
    15: _("Life on land"),
    16: _("Peace, justice and strong institutions"),
    17: _("Partnerships for the goals"),
}


def language_names() -> dict[str, str]:
    """The languages of the world that have a two-letter code (ISO 639-1), named in the reader's language."""
    return _language_names(str(reader_locale()))


@cache
def _language_names(reader: str) -> dict[str, str]:
    codes = [str(code) for code in Locale("en").languages]
    names = Locale.parse(reader).languages
    return {code: names.get(code, code) for code in codes if len(code) == 2}


def _named(code: str) -> str:
    return language_names().get(code, code)


class TidyJSONField(models.JSONField):
    """A JSON column that holds one shape only, however the value came to it.

    A subclass says in `tidy` what it makes of a value, or why it refuses it.
    """

    empty: type = list
    form_class: type[forms.Field]
    hint: Any = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", self.empty)
        super().__init__(*args, **kwargs)

    def tidy(self, value: Any) -> Any:
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        return self.empty() if value in self.empty_values else self.tidy(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if not hasattr(value, "as_sql"):
            value = self.to_python(value)
        return super().get_db_prep_save(value, connection)

    def formfield(self, **kwargs: Any) -> Any:
        # Django would keep the default in a hidden input beside the field, to see whether it was changed.
        options = {"form_class": self.form_class, "show_hidden_initial": False, **kwargs}
        options.setdefault("help_text", with_hint(self.help_text, self.hint))
        return models.Field.formfield(self, **options)


class TidyFormField(forms.Field):
    """The form's side of it: what is only spelled otherwise, by blanks or line ends, is no change."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        try:
            return (self.to_python(data) or None) != (initial or None)
        except ValidationError:
            return True


# --- lists of texts ---


class StringListFormField(TidyFormField):
    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        return _distinct(str(value or "").splitlines())

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "rows": 3}


class StringListField(TidyJSONField):
    """Distinct texts in the order given."""

    form_class = StringListFormField
    hint = _("One a line.")

    def tidy(self, value: Any) -> list[str]:
        if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
            raise ValidationError(_("Give a list of texts."), code="invalid")
        return _distinct(value)


def _distinct(texts: Any) -> list[str]:
    return list(dict.fromkeys(text.strip() for text in texts if text.strip()))


# --- a text per language ---


class LanguageTextWidget(forms.Widget):
    """A box for each language of the house, and for each further one that has a text already."""

    template_name = "contacts/widgets/language_text.html"
    use_fieldset = True

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        texts = value if isinstance(value, dict) else {}
        id_ = context["widget"]["attrs"].get("id")
        context["widget"]["texts"] = [
            {
                "name": f"{name}__{code}",
                "id": f"{id_}__{code}" if id_ else "",
                "language": code,
                "label": _named(code),
                "text": texts.get(code, ""),
            }
            for code in dict.fromkeys([*dict(settings.LANGUAGES), *texts])
        ]
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        start = f"{name}__"
        return {key.removeprefix(start): data[key] for key in data if key.startswith(start)}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not self.value_from_datadict(data, files, name)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}__{settings.LANGUAGES[0][0]}" if id_ else ""


class LanguageTextFormField(TidyFormField):
    widget = LanguageTextWidget

    def to_python(self, value: Any) -> dict[str, str]:
        return _texts_by_language(value or {})


class LanguageTextField(TidyJSONField):
    """A text per language: {"de": "Frau Oberbürgermeisterin", "en": "Madam Mayor"}."""

    empty = dict
    form_class = LanguageTextFormField

    def tidy(self, value: Any) -> dict[str, str]:
        return _texts_by_language(value)


def _texts_by_language(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise ValidationError(_('Give a text per language: {"de": "…", "en": "…"}.'), code="invalid")
    for code in value:
        validate_language(code)
    texts = {code: text.replace("\r\n", "\n").strip() for code, text in value.items()}
    return {code: text for code, text in texts.items() if text}


def validate_language(code: Any) -> None:
    """Refuse what is no language code of ISO 639-1."""
    if not isinstance(code, str) or code not in language_names():
        raise ValidationError(
            _("“%(code)s” is no language. Use the two letters of ISO 639-1, as in de, en, tr, zh."),
            code="invalid_language",
            params={"code": code},
        )


# --- languages as people name them ---


def language_code(typed: str) -> str:
    """The code of a language that was typed by its name or code; what is neither stays as it is."""
    text = typed.strip().casefold()
    names = language_names()
    codes = {code: code for code in names} | {name.casefold(): code for code, name in names.items()}
    return codes.get(text, typed.strip())


class LanguageFormField(forms.CharField):
    """One language, typed by code or by name, shown by name."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs |= {"max_length": None, "help_text": _("By name or code: Turkish or tr.")}
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return _named(value) if value else value

    def to_python(self, value: Any) -> str:
        return language_code(super().to_python(value) or "")


class LanguageListFormField(TidyFormField):
    """Languages with commas between them, typed by code or by name, shown by name."""

    widget = forms.TextInput

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(_named(code) for code in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        return _languages([language_code(text) for text in _distinct(str(value or "").split(","))])


class LanguageListField(TidyJSONField):
    """Languages by their two-letter codes, the best known first."""

    form_class = LanguageListFormField
    hint = _("Names or codes, with commas: Turkish, en.")

    def tidy(self, value: Any) -> list[str]:
        if not isinstance(value, list | tuple):
            raise ValidationError(_('Give a list of languages: ["de", "tr"].'), code="invalid")
        return _languages(value)


def _languages(codes: Any) -> list[str]:
    for code in codes:
        validate_language(code)
    return list(dict.fromkeys(codes))


# --- Sustainable Development Goals ---


class SdgFormField(forms.TypedMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        choices = [(number, format_lazy("{} {}", number, title)) for number, title in SDG_TITLES.items()]
        super().__init__(choices=choices, coerce=int, empty_value=[], **kwargs)


class SdgField(TidyJSONField):
    """Sustainable Development Goals by number, sorted."""

    form_class = SdgFormField

    def tidy(self, value: Any) -> list[int]:
        if not isinstance(value, list | tuple) or not all(_is_goal(number) for number in value):
            raise ValidationError(_("Give the goals as numbers from 1 to 17."), code="invalid")
        return sorted(set(value))


def _is_goal(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number in SDG_TITLES


# --- several of a few choices ---


class ChoiceListFormField(forms.TypedMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(empty_value=[], **kwargs)


class ChoiceListField(TidyJSONField):
    """Some of a set of choices (`of`), in the order of the set."""

    form_class = ChoiceListFormField

    def __init__(self, *args: Any, of: type[models.TextChoices] | None = None, **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **kwargs)

    def tidy(self, value: Any) -> list[str]:
        if self.of is None:  # in a migration, which knows the column only
            return value
        if not isinstance(value, list | tuple) or not all(one in self.of.values for one in value):
            raise ValidationError(
                _("Choose among: %(choices)s."), code="invalid", params={"choices": ", ".join(self.of.values)}
            )
        return [one for one in self.of.values if one in value]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"choices": self.of.choices if self.of else (), **kwargs})
