"""Partial dates: known to the day, to the month or to the year; stored, typed, filtered and shown as such."""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass
from functools import total_ordering
from typing import TYPE_CHECKING, Any, ClassVar, Self

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_skeleton
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Substr
from django.db.models.query_utils import DeferredAttribute
from django.utils.text import format_lazy
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext_lazy as _

SHAPES_HINT = _("A year, a month or a day: 2004, 07.2004, 22.07.2004 or 2004-07-22.")

_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2}))?)?",
        r"((?P<day>[0-9]{1,2})\.)?(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})",
    )
)


class Precision(models.TextChoices):
    DAY = "day", _("day")
    MONTH = "month", _("month")
    YEAR = "year", _("year")


@total_ordering
@dataclass(frozen=True, slots=True)
class PartialDate:
    """A day, a whole month or a whole year. Sorts as stored: a year before its months."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.month is None and self.day is not None:
            raise ValueError("a day needs its month")
        month, day = (1 if part is None else part for part in (self.month, self.day))
        datetime.date(self.year, month, day)  # refuses what no calendar has

    @classmethod
    def of(cls, day: datetime.date) -> Self:
        return cls(day.year, day.month, day.day)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what people type (2004, 07.2004, 22.07.2004) and what the API says (2004-07, 2004-07-22)."""
        for shape in _SHAPES:
            if found := shape.fullmatch(text.strip()):
                break
        else:
            raise _not_a_date()
        parts = {name: int(digits) for name, digits in found.groupdict().items() if digits}
        try:
            return cls(**parts)
        except ValueError as error:
            raise ValidationError(
                _("The calendar has no %(date)s. Check the day, the month and the year."),
                code="invalid_date",
                params={"date": text.strip()},
            ) from error

    def __str__(self) -> str:
        """As stored and as the API says it: "0836", "2004-07", "1989-11-17"."""
        return "-".join(_digits(self))

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, PartialDate):
            return NotImplemented
        return str(self) < str(other)

    def __contains__(self, other: PartialDate | datetime.date) -> bool:
        return self.first_day <= _first(other) and _last(other) <= self.last_day

    @property
    def precision(self) -> Precision:
        if self.month is None:
            return Precision.YEAR
        return Precision.MONTH if self.day is None else Precision.DAY

    @property
    def first_day(self) -> datetime.date:
        return datetime.date(self.year, self.month or 1, self.day or 1)

    @property
    def last_day(self) -> datetime.date:
        month = self.month or 12
        return datetime.date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def certainly_before(self, other: PartialDate | datetime.date) -> bool:
        return self.last_day < _first(other)

    def certainly_after(self, other: PartialDate | datetime.date) -> bool:
        return self.first_day > _last(other)

    def possibly_before(self, other: PartialDate | datetime.date) -> bool:
        return self.first_day < _last(other)

    def possibly_after(self, other: PartialDate | datetime.date) -> bool:
        return self.last_day > _first(other)

    def display(self) -> str:
        """In full, in the reader's language: "17. November 1989", "Juli 2004", "1989"."""
        if self.precision == Precision.YEAR:
            return str(self.year)
        if self.precision == Precision.MONTH:
            return format_skeleton("yMMMM", self.first_day, locale=reader_locale())
        return format_date(self.first_day, "long", locale=reader_locale())

    def display_short(self) -> str:
        """For tables: "17.11.1989", "Nov. 1989", "1989"; in English "7 Nov 1989", for 7/11 may be 11/7."""
        if self.precision == Precision.YEAR:
            return str(self.year)
        if self.precision == Precision.DAY:
            return format_date(self.first_day, "medium", locale=reader_locale())
        return format_skeleton("yMMM", self.first_day, locale=reader_locale())

    def display_in(self) -> str:
        """Within a sentence: "am 17. November 1989", "im Juli 2004", "im Jahr 1989"."""
        match self.precision:
            case Precision.DAY:
                sentence = pgettext("within a sentence, a day: on 17 November 1989", "on %(date)s")
            case Precision.MONTH:
                sentence = pgettext("within a sentence, a month: in July 2004", "in %(date)s")
            case _:
                sentence = pgettext("within a sentence, a year: in 1989", "in %(date)s")
        return sentence % {"date": self.display()}

    def display_typed(self) -> str:
        """As a clerk would type it into a form: "22.07.2004", "07.2004", "2004"."""
        return ".".join(reversed(_digits(self)))


def display_span(begin: PartialDate | None, end: PartialDate | None) -> str:
    """From when until when, as far as it is known: "09.–10.11.2009", "ab 13.10.2024"; nothing of nothing."""
    if begin is None:
        return _("until %(date)s") % {"date": end.display_short()} if end else ""
    first = begin.display_short()
    if end is not None and begin not in end:
        if begin.precision == end.precision == Precision.DAY:
            return format_interval(begin.first_day, end.first_day, day_skeleton("y"), locale=reader_locale())
        return f"{first} – {end.display_short()}"
    # Of an end within the same month or year only that it is not known: it says no more than the first day.
    is_open = begin != end and begin.precision == Precision.DAY
    return _("from %(date)s") % {"date": first} if is_open else first


def day_skeleton(year: str = "") -> str:
    """What a short day is made of: numbers, or the name of its month where the language does so."""
    names_the_month = "MMM" in reader_locale().date_formats["medium"].pattern
    return f"{year}MMMd" if names_the_month else f"{year}Md"


def _not_a_date() -> ValidationError:
    return ValidationError(
        _("This is no date. Write a year, a month or a day: 2004, 07.2004, 22.07.2004 or 2004-07-22."),
        code="invalid",
    )


def _digits(date: PartialDate) -> list[str]:
    parts = [f"{date.year:04}"]
    parts += [f"{part:02}" for part in (date.month, date.day) if part is not None]
    return parts


def _first(date: PartialDate | datetime.date) -> datetime.date:
    return date.first_day if isinstance(date, PartialDate) else date


def _last(date: PartialDate | datetime.date) -> datetime.date:
    return date.last_day if isinstance(date, PartialDate) else date


def reader_locale() -> Locale:
    """The reader's locale. Plain English is written the European way, the day before the month."""
    language = get_language() or settings.LANGUAGE_CODE
    try:
        return Locale.parse("en_GB" if language == "en" else language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en", "GB")


def to_partial_date(value: Any) -> PartialDate | None:
    """A partial date from a text, a date or nothing. A moment is refused: its day hangs on a time zone."""
    if value is None or isinstance(value, PartialDate):
        return value
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return PartialDate.of(value)
    if isinstance(value, str):
        return PartialDate.parse(value) if value.strip() else None
    raise _not_a_date()


def with_hint(help_text: Any, hint: Any) -> Any:
    """The help of a field, followed by how to write what goes into it."""
    return format_lazy("{} {}", help_text, hint) if help_text and hint else help_text or hint


@dataclass(frozen=True, slots=True)
class DateParts:
    """A date as three fields of a form hold it. How many of them count is what the precision says."""

    precision: str = Precision.DAY
    day: str = ""
    month: str = ""
    year: str = ""

    @classmethod
    def of(cls, date: PartialDate) -> Self:
        *before, year = date.display_typed().split(".")
        month = before.pop() if before else ""
        return cls(date.precision, day=before.pop() if before else "", month=month, year=year)

    def read(self) -> PartialDate | None:
        """The date they make, None where all are empty; one that is missing gets its own sentence."""
        if _is_whole(self.year):
            return PartialDate.parse(self.year)
        asked = {
            Precision.YEAR: ("year",),
            Precision.MONTH: ("month", "year"),
            Precision.DAY: ("day", "month", "year"),
        }[Precision(self.precision)]
        texts = {name: getattr(self, name).strip() for name in asked}
        if not any(texts.values()):
            return None
        for name, text in texts.items():
            if not text:
                raise ValidationError(_MISSING[name], code="incomplete")
        return PartialDate.parse(".".join(texts.values()))


_MISSING = {
    "day": _("The day is missing. Enter it, or choose “Month” if it is not known."),
    "month": _("The month is missing. Choose it, or choose “Year” if it is not known."),
    "year": _("The year is missing. Enter it; a date without a year cannot be kept."),
}


def _is_whole(text: str) -> bool:
    """A whole date, typed or pasted into the field for the year."""
    return "." in text or "-" in text


class PartialDateFormField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", SHAPES_HINT)
        super().__init__(empty_value=None, **kwargs)

    def to_python(self, value: Any) -> Any:
        return value.read() if isinstance(value, DateParts) else to_partial_date(value)

    def prepare_value(self, value: Any) -> Any:
        """What is stored is shown as people type it; what was just typed stays as it is."""
        return value.display_typed() if isinstance(value, PartialDate) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        if self.disabled:
            return False
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # No inputmode: the number pads of phones have no point.
        return {
            **super().widget_attrs(widget),
            "autocomplete": "off",
            "placeholder": _("DD.MM.YYYY"),
            "size": "12",
        }


class PartialDateAttribute(DeferredAttribute):
    """A partial date or None, whatever was assigned: "07.2004" is read at once.

    Where it cannot be read the row keeps the reason in its place, and validating or saving raises it. So
    `clean()` of a model, which Django also calls when a field is wrong, never meets anything but a date.
    """

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        kept = super().__get__(instance, cls)
        return None if isinstance(kept, ValidationError) else kept

    def __set__(self, instance: models.Model, value: Any) -> None:
        if not hasattr(value, "resolve_expression"):
            try:
                value = to_partial_date(value)
            except ValidationError as reason:
                value = reason.with_traceback(None)
        instance.__dict__[self.field.attname] = value


class PartialDateField(models.CharField):
    """A partial date in one text column, sorting and comparing alike in every database. NULL is unknown."""

    description = _("Day, month or year")
    empty_values = ()  # Django would not call clean() for an empty value, and a wrong one reads as empty
    descriptor_class = PartialDateAttribute

    if TYPE_CHECKING:
        _pyi_private_set_type: Any
        _pyi_private_get_type: PartialDate | None  # type: ignore[assignment]
        _pyi_lookup_exact_type: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("blank", True)
        super().__init__(*args, **{**kwargs, "max_length": 10, "null": True})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"], kwargs["null"]
        if not kwargs.pop("blank", False):
            kwargs["blank"] = False
        return name, path, args, kwargs

    def db_parameters(self, connection: Any) -> Any:
        """Ordered by code points also where the PostgreSQL cluster sorts by the rules of a language."""
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> PartialDate | None:
        return to_partial_date(value)

    def to_python(self, value: Any) -> PartialDate | None:
        return to_partial_date(value)

    def get_prep_value(self, value: Any) -> Any:
        value = models.Field.get_prep_value(self, value)
        if hasattr(value, "resolve_expression"):
            return value
        date = to_partial_date(value)
        return None if date is None else str(date)

    def clean(self, value: Any, model_instance: models.Model | None) -> PartialDate | None:
        self._refuse_unreadable(model_instance)
        return super().clean(value, model_instance)

    def validate(self, value: PartialDate | None, model_instance: models.Model | None) -> None:
        if value is None and not self.blank:
            raise ValidationError(self.error_messages["blank"], code="blank")
        super().validate(value, model_instance)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        self._refuse_unreadable(model_instance)
        return super().pre_save(model_instance, add)

    def _refuse_unreadable(self, instance: models.Model | None) -> None:
        kept = instance.__dict__.get(self.attname) if instance else None
        if isinstance(kept, ValidationError):
            raise kept

    def run_validators(self, value: Any) -> None:
        """Validators see the text that is stored."""
        if value is not None:
            super().run_validators(str(value))

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj)) or ""

    def formfield(self, **kwargs: Any) -> Any:
        help_text = with_hint(self.help_text, SHAPES_HINT)
        options = {"form_class": PartialDateFormField, "help_text": help_text, **kwargs}
        # Past CharField's own, which would count the letters of the value.
        return models.Field.formfield(self, **options)


class PartialDateLookup(models.Lookup):
    """Compares the bare column with texts, so that a plain index serves.

    Any date within x is at least "x" and at most "x-99" as text: no month and no day has the number 99.
    """

    comparisons: ClassVar[tuple[str, ...]]
    connector = " AND "

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, column_params = self.process_lhs(compiler, connection)
        date, date_params = self.process_rhs(compiler, connection)
        sql = self.connector.join(one.format(column=column, date=date) for one in self.comparisons)
        return f"({sql})", (*column_params, *date_params) * len(self.comparisons)


@PartialDateField.register_lookup
class Within(PartialDateLookup):
    """Surely lies in the year or month asked for: 2004 has 2004, 2004-07 and 2004-07-22."""

    lookup_name = "within"
    comparisons = ("{column} >= {date}", "{column} <= {date} || '-99'")


@PartialDateField.register_lookup
class OnOrBefore(PartialDateLookup):
    """May lie on or before the date asked for: its first day is not after that date's last."""

    lookup_name = "on_or_before"
    comparisons = ("{column} <= {date} || '-99'",)


@PartialDateField.register_lookup
class OnOrAfter(PartialDateLookup):
    """May lie on or after the date asked for: its last day is not before that date's first."""

    lookup_name = "on_or_after"
    # 2004 and 2004-07 sort before 2004-07-22, but may mean a later day.
    comparisons = (
        "{column} >= {date}",
        "{column} = substr({date}, 1, 7)",
        "{column} = substr({date}, 1, 4)",
    )
    connector = " OR "


def month_day(field_name: str) -> models.GeneratedField:
    """A column to look anniversaries up by: "07-22", "07" of a month, "" of a year, NULL where unknown."""
    return models.GeneratedField(
        expression=Substr(field_name, 6, 5), output_field=models.CharField(max_length=5), db_persist=True
    )


def in_order(begin: str, end: str) -> models.CheckConstraint:
    """Refuse an end that certainly lies before its beginning, at the field that holds the end."""
    return models.CheckConstraint(
        name=f"%(app_label)s_%(class)s_{end}_in_order",
        condition=models.Q(**{f"{begin}__isnull": True})
        | models.Q(**{f"{end}__isnull": True})
        | models.Q(**{f"{end}__on_or_after": models.F(begin)}),
        violation_error_message=_("The end lies before the beginning. Correct one of the two."),
        violation_error_code=f"{end}:order",
    )
