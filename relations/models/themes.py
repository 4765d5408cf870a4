from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from contacts.fields import SdgField
from contacts.names import FoldedField, SortField
from contacts.records import Record, RecordQuerySet


class ThemeQuerySet(RecordQuerySet["Theme"]):
    def get_by_natural_key(self, slug: str) -> Theme:
        return self.get(slug=slug)


class Theme(Record):
    """What a tie, a project or a visit is about."""

    name_de = models.CharField(_("German name"), max_length=100, unique=True)
    name_en = models.CharField(_("English name"), max_length=100, blank=True)
    slug = models.SlugField(
        _("short name"), max_length=60, unique=True, help_text=_("Part of addresses; keep it.")
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("part of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="parts",
    )
    sdgs = SdgField(_("sustainable development goals"), blank=True)
    search = FoldedField("name_de", "name_en", "slug")
    sort = SortField(("name_de", "name_en"))

    objects: ClassVar = ThemeQuerySet.as_manager()

    class Meta:
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        ordering = ("sort", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_part_of_itself",
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("pk")),
                violation_error_message=_("A theme cannot be part of itself. Choose another one."),
                violation_error_code="parent:self",
            ),
        ]

    def __str__(self) -> str:
        if (get_language() or "de").startswith("en"):
            return self.name_en or self.name_de
        return self.name_de

    def natural_key(self) -> tuple[str]:
        return (self.slug,)

    def clean(self) -> None:
        super().clean()
        self._refuse_circle("parent", _("The themes would be parts of each other."))
