"""What a jubilee plan consists of: rows that staff edit. Plans that run keep what they were made with."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from contacts.fields import LanguageTextField
from contacts.records import Record, RecordQuerySet
from delegations.offsets import Offset, Side, Unit
from delegations.shipped import STEPS

LONGEST_TITLE = 300


class JubileeStepQuerySet(RecordQuerySet["JubileeStep"]):
    def active(self) -> Self:
        return self.filter(is_active=True)


class JubileeStep(Record):
    """One step of every jubilee plan that is begun from now on."""

    class Owner(models.TextChoices):
        RESPONSIBLE = "responsible", _("whoever is responsible")
        HEAD = "head", _("head of office")

    search_paths: ClassVar[tuple[str, ...]] = ()

    key = models.CharField(_("key"), max_length=20, blank=True, editable=False)
    title = LanguageTextField(_("what is to be done"))
    text = LanguageTextField(_("details"), blank=True)
    count = models.PositiveSmallIntegerField(_("how many"))
    unit = models.CharField(_("unit"), max_length=10, choices=Unit, default=Unit.MONTHS)
    side = models.CharField(
        _("counted"),
        max_length=10,
        choices=Side,
        default=Side.BEFORE,
        help_text=_("Before: back from the first day of the celebration. After: on from its last day."),
    )
    owner = models.CharField(_("in charge"), max_length=20, choices=Owner, default=Owner.RESPONSIBLE)
    order = models.PositiveSmallIntegerField(
        _("order"), default=100, help_text=_("Of this list, and of steps that are due at the same time.")
    )
    is_active = models.BooleanField(
        _("in use"), default=True, help_text=_("Whether new plans have it. Plans that run stay as they are.")
    )

    objects: ClassVar = JubileeStepQuerySet.as_manager()

    class Meta:
        verbose_name = _("step of jubilee plans")
        verbose_name_plural = _("steps of jubilee plans")
        ordering = ("order", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key"],
                condition=~models.Q(key=""),
                name="%(app_label)s_%(class)s_shipped_once",
                violation_error_message=_("This step came with the house and is there already."),
                violation_error_code="key:unique",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_within_ten_years",
                condition=models.Q(unit="months", count__lte=120)
                | models.Q(unit="weeks", count__lte=520)
                | models.Q(unit="days", count__lte=3660),
                violation_error_message=_("Stay within ten years."),
                violation_error_code="count:range",
            ),
        ]

    def __str__(self) -> str:
        return self.title_in(get_language())

    @property
    def offset(self) -> Offset:
        return Offset(self.count, Unit(self.unit), Side(self.side))

    def title_in(self, language: str | None) -> str:
        return _said_in(self.title, language)

    def text_in(self, language: str | None) -> str:
        return _said_in(self.text, language)

    def clean(self) -> None:
        super().clean()
        if any(len(title) > LONGEST_TITLE for title in self.title.values()):
            message = _("Say it in at most %(count)s letters; the rest belongs to the details.")
            error = ValidationError(message, code="max_length", params={"count": LONGEST_TITLE})
            raise ValidationError({"title": error})

    @property
    def is_as_shipped(self) -> bool:
        shipped = self._shipped()
        return shipped is not None and all(getattr(self, name) == value for name, value in shipped.items())

    def reset(self) -> None:
        """As it came with the house."""
        shipped = self._shipped()
        if shipped is None:
            raise ValidationError(
                _("This step is your own: it did not come with the house. Switch it off or delete it."),
                code="own",
            )
        for name, value in shipped.items():
            setattr(self, name, value)
        self.full_clean()
        self.save()

    def _shipped(self) -> dict[str, Any] | None:
        found = ((order, step) for order, step in enumerate(STEPS, start=1) if step.key == self.key)
        return next(({**asdict(step), "order": order, "is_active": True} for order, step in found), None)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if self.key:
            raise ValidationError(
                _("This step came with the house. Switch it off instead, so that it can be had back."),
                code="shipped",
            )
        return super().delete(*args, **kwargs)


def _said_in(texts: dict[str, str], language: str | None) -> str:
    """In that language, else in the one of the house, else in any."""
    for code in (language or "", settings.LANGUAGE_CODE, *texts):
        if text := texts.get(code):
            return text
    return ""
