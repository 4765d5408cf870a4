from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts import money
from contacts.names import FoldedField
from contacts.records import Record, RecordQuerySet
from delegations.models.delegations import Delegation


@dataclass(frozen=True, slots=True)
class Total:
    """The sum in one currency; None where no amount is known at all, which is not the same as nothing."""

    currency: str
    planned: Decimal | None
    actual: Decimal | None


class CostQuerySet(RecordQuerySet["Cost"]):
    def borne_by_us(self) -> Self:
        return self.filter(borne_by=Cost.BorneBy.US)

    def totals(self) -> list[Total]:
        """Planned and actual of these costs, a line for each currency: amounts are never converted."""
        sums = (
            self.order_by("currency")
            .values("currency")
            .annotate(planned_in_all=models.Sum("planned"), actual_in_all=models.Sum("actual"))
        )
        return [Total(each["currency"], each["planned_in_all"], each["actual_in_all"]) for each in sums]


class Cost(Record):
    """What a visit was meant to cost and did cost, and who paid."""

    class Kind(models.TextChoices):
        TRAVEL = "travel", _("travel")
        LODGING = "lodging", _("lodging")
        BOARD = "board", _("board")
        PROGRAMME = "programme", _("programme")
        INTERPRETING = "interpreting", _("interpreting")
        GIFTS = "gifts", _("gifts")
        OTHER = "other", _("other")

    class BorneBy(models.TextChoices):
        US = "us", _("us")
        THEM = "them", _("them")
        THIRD = "third", _("a third party")

    part_of: ClassVar[tuple[str, ...]] = ("delegation",)
    label_relations: ClassVar[tuple[str, ...]] = ("delegation",)
    search_paths: ClassVar[tuple[str, ...]] = ("search", "delegation__search")

    # Kept like a bill: a visit that has cost something is not deleted with a click.
    delegation = models.ForeignKey(
        Delegation, verbose_name=_("delegation"), on_delete=models.PROTECT, related_name="costs"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    planned = money.amount_field(_("planned"))
    actual = money.amount_field(_("actual"))
    currency = money.currency_field()
    borne_by = models.CharField(_("borne by"), max_length=10, choices=BorneBy, default=BorneBy.US)
    budget_line = models.CharField(
        _("budget line"), max_length=100, blank=True, help_text=_("As in our budget, for example 1.11.01.")
    )
    note = models.TextField(_("note"), blank=True)
    search = FoldedField("budget_line", "note")

    objects: ClassVar = CostQuerySet.as_manager()

    class Meta:
        verbose_name = _("cost")
        verbose_name_plural = _("costs")
        ordering = ("delegation", "kind", "pk")
        constraints: ClassVar = [money.not_negative("planned"), money.not_negative("actual")]

    def __str__(self) -> str:
        return f"{self.delegation}: {self.get_kind_display()}"
