from __future__ import annotations

import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.dates import PartialDate, PartialDateField, in_order
from contacts.models import City
from contacts.records import Record, RecordQuerySet
from delegations.models.days import check_around, check_within, moved, next_order
from delegations.models.delegations import Delegation


class StopQuerySet(RecordQuerySet["Stop"]):
    def get_by_natural_key(self, delegation: str, order: int) -> Stop:
        return self.get(delegation__title=delegation, order=order)


class Stop(Record):
    """One city of a visit, in order; its times are local to that city."""

    part_of: ClassVar[tuple[str, ...]] = ("delegation",)
    label_relations: ClassVar[tuple[str, ...]] = ("delegation", "city")
    search_paths: ClassVar[tuple[str, ...]] = ("delegation__search", "city__search")
    checks_parts = True

    delegation = models.ForeignKey(
        Delegation, verbose_name=_("delegation"), on_delete=models.CASCADE, related_name="stops"
    )
    order = models.PositiveSmallIntegerField(_("order"), blank=True, help_text=_("Empty: the last."))
    city = models.ForeignKey(City, verbose_name=_("city"), on_delete=models.PROTECT, related_name="stops")
    arrives_on = PartialDateField(_("arrives"))
    departs_on = PartialDateField(_("departs"))
    note = models.TextField(_("note"), blank=True)

    objects: ClassVar = StopQuerySet.as_manager()

    class Meta:
        verbose_name = _("stop")
        verbose_name_plural = _("stops")
        # Not unique, or nobody could swap two stops in a form.
        ordering = ("delegation", "order", "pk")
        constraints: ClassVar = [in_order("arrives_on", "departs_on")]

    def __str__(self) -> str:
        # The city first: pickers are narrow.
        return f"{self.order}. {self.city.short_name}, {self.delegation}"

    @property
    def short_label(self) -> str:
        return self.city.short_name

    def clean(self) -> None:
        super().clean()
        if not self.delegation_id:
            return
        self.check_within(self.delegation.starts_on, self.delegation.ends_on)
        if self.pk and self.programme.exclude(delegation=self.delegation_id).exists():
            raise ValidationError(
                {"delegation": ValidationError(_("This stop has a programme at its visit."), code="foreign")}
            )
        if self.pk and self.checks_parts:
            fields = ("arrives_on", "departs_on")
            check_around(self.programme.all(), self.arrives_on, self.departs_on, fields=fields)

    def check_within(self, begin: PartialDate | None, end: PartialDate | None) -> None:
        check_within(
            self.arrives_on,
            self.departs_on,
            begin,
            end,
            fields=("arrives_on", "departs_on"),
            message=_("This lies outside the dates of the visit. Correct the stop or the visit."),
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.order is None:
            self.order = next_order(self.delegation.stops.all())
        super().save(*args, **kwargs)

    def move(self, days: datetime.timedelta | None) -> None:
        """By so many days; None where nobody knows how many."""
        self.arrives_on, self.departs_on = moved(self.arrives_on, days), moved(self.departs_on, days)
        self.save(update_fields=["arrives_on", "departs_on"])
