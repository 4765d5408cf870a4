from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from contacts import money
from contacts.dates import PartialDateField
from contacts.models import Organisation, Person
from contacts.names import FoldedField
from contacts.records import Record, RecordQuerySet
from delegations.models.delegations import Delegation


class GiftQuerySet(RecordQuerySet["Gift"]):
    def undecided(self) -> Self:
        """Received, and nobody has said yet what becomes of them."""
        return self.filter(direction=Gift.Direction.RECEIVED, decision="")


class Gift(Record):
    """What we gave or were given, what it is worth, and what became of it."""

    class Direction(models.TextChoices):
        GIVEN = "given", _("given")
        RECEIVED = "received", _("received")

    class Decision(models.TextChoices):
        KEPT = "kept", _("kept by the city")
        DISPLAYED = "displayed", _("displayed")
        RETURNED = "returned", _("returned")
        PASSED_ON = "passed_on", _("passed on")

    part_of: ClassVar[tuple[str, ...]] = ("delegation",)
    search_paths: ClassVar[tuple[str, ...]] = (
        *("search", "person__search", "organisation__search", "delegation__search"),
    )

    direction = models.CharField(_("given or received"), max_length=10, choices=Direction)
    on = PartialDateField(_("when"))
    delegation = models.ForeignKey(
        Delegation,
        verbose_name=_("delegation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="gifts",
        help_text=_("Empty where it came or went without a visit."),
    )
    person = models.ForeignKey(
        Person,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="gifts",
        help_text=_("Who gave it to us, or to whom we gave it."),
    )
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="gifts",
    )
    what = models.CharField(_("what"), max_length=300)
    value = money.amount_field(_("value"), help_text=_("An estimate will do. Empty: not known."))
    currency = money.currency_field()
    decision = models.CharField(
        _("what becomes of it"),
        max_length=20,
        choices=Decision,
        blank=True,
        help_text=_("Of a gift received. Empty: not decided yet."),
    )
    whereabouts = models.CharField(
        _("whereabouts"), max_length=200, blank=True, help_text=_("Where it is now, for example a showcase.")
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("approved by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="gifts_approved",
    )
    search = FoldedField("what", "whereabouts")

    objects: ClassVar = GiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("gift")
        verbose_name_plural = _("gifts")
        ordering = (models.F("on").desc(nulls_last=True), "pk")
        constraints: ClassVar = [
            money.not_negative("value"),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_decided_if_received",
                condition=models.Q(direction="received") | models.Q(decision=""),
                violation_error_message=_(
                    "What becomes of it is decided for gifts that we received. Leave it empty."
                ),
                violation_error_code="decision:direction",
            ),
        ]

    def __str__(self) -> str:
        return Truncator(self.what).chars(80)
