from __future__ import annotations

import datetime
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.dates import PartialDate, PartialDateField, in_order
from contacts.models import City
from contacts.records import Record, RecordQuerySet
from relations.anniversaries import Occurrence
from relations.models.partnerships import Partnership


class OccasionQuerySet(RecordQuerySet["Occasion"]):
    def of_home(self, city: City) -> Self:
        return self.filter(partnership__in=Partnership.objects.of_home(city).order_by().values("pk"))

    def get_by_natural_key(self, city: str, other: str, kind: str, years: int) -> Occasion:
        return self.get(partnership=Partnership.objects.get_by_natural_key(city, other, kind), years=years)


class Occasion(Record):
    """A celebrated anniversary: a year, not a day. Several visits and events may belong to it."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        CELEBRATED = "celebrated", _("celebrated")
        POSTPONED = "postponed", _("postponed")
        SKIPPED = "skipped", _("not celebrated")

    label_relations: ClassVar[tuple[str, ...]] = ("partnership__home", "partnership__partner")
    search_paths: ClassVar[tuple[str, ...]] = ("partnership__home__search", "partnership__partner__search")

    partnership = models.ForeignKey(
        Partnership, verbose_name=_("partnership"), on_delete=models.PROTECT, related_name="occasions"
    )
    years = models.PositiveSmallIntegerField(_("years"), help_text=_("35 for the 35th anniversary."))
    label = models.CharField(_("called"), max_length=200, blank=True)
    celebrated_from = PartialDateField(_("celebrated from"))
    celebrated_until = PartialDateField(_("celebrated until"))
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.PLANNED)
    motto = models.CharField(_("motto"), max_length=200, blank=True)
    reason = models.CharField(
        _("reason"),
        max_length=300,
        blank=True,
        help_text=_("Why it is postponed or not celebrated."),
    )
    budget = models.DecimalField(_("budget"), max_digits=12, decimal_places=2, null=True, blank=True)

    objects: ClassVar = OccasionQuerySet.as_manager()

    class Meta:
        verbose_name = _("celebrated anniversary")
        verbose_name_plural = _("celebrated anniversaries")
        ordering = ("partnership", "years")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["partnership", "years"],
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("This anniversary of the tie is on record already."),
                violation_error_code="years:unique",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_years",
                condition=models.Q(years__gte=1),
                violation_error_message=_("An anniversary counts at least one year."),
                violation_error_code="years:min",
            ),
            in_order("celebrated_from", "celebrated_until"),
        ]

    def __str__(self) -> str:
        return self.label or gettext("%(years)s years %(tie)s") % {
            "years": self.years,
            "tie": self.partnership,
        }

    @property
    def anniversary(self) -> PartialDate | None:
        """When the years are complete, as exactly as the founding of the tie is known."""
        founded = self.partnership.founded
        if founded is None or founded.year + self.years > datetime.MAXYEAR:
            return None
        return Occurrence(founded, self.years).when

    def move(
        self, *, celebrated_from: PartialDate | None, celebrated_until: PartialDate | None = None
    ) -> None:
        """It is celebrated then; one that was put off is planned again."""
        if celebrated_from is None:
            message = _("Say when it is celebrated, at least the year.")
            raise ValidationError({"celebrated_from": ValidationError(message, code="required")})
        self._become(self.State.PLANNED, celebrated_from, celebrated_until)

    def postpone(self, *, reason: str = "") -> None:
        """Nobody knows until when: it loses its dates. With a new date at hand it is moved."""
        self._become(self.State.POSTPONED, reason=reason)

    def skip(self, *, reason: str) -> None:
        """It is not celebrated; the tie counts on."""
        if not reason.strip():
            message = _("Say why it is not celebrated: it stands beside all that falls away with it.")
            raise ValidationError({"reason": ValidationError(message, code="required")})
        self._become(self.State.SKIPPED, self.celebrated_from, self.celebrated_until, reason)

    def celebrate(self) -> None:
        """It was celebrated."""
        self._become(self.State.CELEBRATED, self.celebrated_from, self.celebrated_until)

    def take_up(self) -> None:
        """It is planned again after all."""
        self._become(self.State.PLANNED, self.celebrated_from, self.celebrated_until)

    def _become(
        self,
        state: State,
        celebrated_from: PartialDate | None = None,
        celebrated_until: PartialDate | None = None,
        reason: str = "",
    ) -> None:
        self.state, self.reason = state, reason.strip()
        self.celebrated_from, self.celebrated_until = celebrated_from, celebrated_until
        self.full_clean()
        self.save(update_fields=["state", "reason", "celebrated_from", "celebrated_until"])
