"""What was signed, by whom, and what the council decided."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar, Self

from dateutil.relativedelta import relativedelta
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.dates import PartialDate, PartialDateField
from contacts.models import City, Document, Organisation, Person, Post
from contacts.models.posts import (
    becomes_known,
    check_post_of_day,
    fill_post_of_day,
    fill_posts_of_day,
)
from contacts.names import FoldedField
from contacts.records import (
    KeepingManyToManyField,
    PublishableQuerySet,
    PublishableRecord,
    Record,
    RecordQuerySet,
)


class CouncilDecisionQuerySet(RecordQuerySet["CouncilDecision"]):
    def get_by_natural_key(self, body: str, on: str) -> CouncilDecision:
        return self.get(body=body, on=on)


class CouncilDecision(Record):
    body = models.CharField(_("council"), max_length=200, help_text=_("Council or committee that decided."))
    number = models.CharField(_("number of the paper"), max_length=100, blank=True)
    on = PartialDateField(_("decided on"))
    title = models.CharField(_("title"), max_length=300, blank=True)
    url = models.URLField(
        _("address on the web"), blank=True, max_length=500, help_text=_("OParl address, if any.")
    )
    result = models.CharField(_("result"), max_length=200, blank=True, help_text=_("For example: unanimous."))
    search = FoldedField("body", "number", "title")

    objects: ClassVar = CouncilDecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("council decision")
        verbose_name_plural = _("council decisions")
        ordering = (models.F("on").desc(nulls_last=True), "pk")

    def __str__(self) -> str:
        parts = [self.body, self.number, self.on.display_short() if self.on else ""]
        return ", ".join(part for part in parts if part)


class AgreementQuerySet(PublishableQuerySet["Agreement"]):
    def in_force(self) -> Self:
        """Signed, with an end that can be missed."""
        return self.filter(state=Agreement.State.SIGNED, valid_until__isnull=False)

    def of_home(self, city: City) -> Self:
        """Agreements that one of our cities, or a tie of it, is part of, those of its districts included."""
        # The ties' own rule; their module stands on this one.
        ties: Any = Agreement._meta.get_field("partnership").related_model
        cities = City.objects.within(city).order_by().values("pk")
        signed = Agreement.cities.through.objects.filter(city__in=cities).values("agreement")
        of_tie = models.Q(partnership__in=ties.objects.of_home(city).order_by().values("pk"))
        return self.filter(of_tie | models.Q(pk__in=signed))

    def get_by_natural_key(self, title: str) -> Agreement:
        return self.get(title=title)


class Agreement(PublishableRecord):
    class Kind(models.TextChoices):
        CHARTER = "charter", _("partnership charter")
        MEMORANDUM = "memorandum", _("memorandum of understanding")
        LETTER_OF_INTENT = "letter_of_intent", _("letter of intent")
        PROGRAMME = "programme", _("work programme")
        RENEWAL = "renewal", _("renewal")
        OTHER = "other", _("other")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        NEGOTIATED = "negotiated", _("negotiated")
        WITH_COUNCIL = "with_council", _("with the council")
        SIGNED = "signed", _("signed")
        EXPIRED = "expired", _("expired")
        TERMINATED = "terminated", _("terminated")

    part_of: ClassVar[tuple[str, ...]] = ("partnership",)
    search_paths: ClassVar[tuple[str, ...]] = (
        "search",
        "partnership__home__search",
        "partnership__partner__search",
        "cities__search",
    )
    _history_m2m_fields = ("cities", "organisations", "documents")

    title = models.CharField(_("title"), max_length=300)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.OTHER)
    partnership = models.ForeignKey(
        "relations.Partnership",
        verbose_name=_("partnership"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="agreements",
    )
    cities = KeepingManyToManyField(City, verbose_name=_("cities"), blank=True, related_name="agreements")
    organisations = KeepingManyToManyField(
        Organisation, verbose_name=_("organisations"), blank=True, related_name="agreements"
    )
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    sent_on = models.DateField(_("sent to the partner"), null=True, blank=True)
    signed_on = PartialDateField(_("signed"))
    place = models.CharField(_("place of signing"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("Empty: without an end.")
    )
    notice_days = models.PositiveSmallIntegerField(
        _("notice in days"),
        null=True,
        blank=True,
        help_text=_("How long before the end notice must be given."),
    )
    renews_by_months = models.PositiveSmallIntegerField(
        _("renews itself by months"), null=True, blank=True, help_text=_("Where nobody gives notice.")
    )
    decision = models.ForeignKey(
        CouncilDecision,
        verbose_name=_("council decision"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="agreements",
    )
    documents = KeepingManyToManyField(
        Document, verbose_name=_("documents"), blank=True, related_name="agreements"
    )
    search = FoldedField("title")

    objects: ClassVar = AgreementQuerySet.as_manager()

    class Meta(PublishableRecord.Meta):
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = (models.F("signed_on").desc(nulls_last=True), "title", "pk")
        indexes: ClassVar = [
            models.Index(fields=["valid_until"]),
            models.Index(fields=["notice_days"]),
            models.Index(fields=["renews_by_months"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_valid_in_order",
                condition=models.Q(valid_from__isnull=True)
                | models.Q(valid_until__isnull=True)
                | models.Q(valid_from__lte=models.F("valid_until")),
                violation_error_message=_(
                    "The agreement would end before it begins. Correct one of the two dates."
                ),
                violation_error_code="valid_until:order",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_notice_needs_end",
                condition=models.Q(valid_until__isnull=False)
                | models.Q(notice_days__isnull=True, renews_by_months__isnull=True),
                violation_error_message=_(
                    "Notice and renewal need an end. Say until when the agreement is valid."
                ),
                violation_error_code="valid_until:required",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_renews",
                condition=models.Q(renews_by_months__isnull=True) | models.Q(renews_by_months__gte=1),
                violation_error_message=_("A renewal lasts at least one month."),
                violation_error_code="renews_by_months:min",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_signed_state",
                condition=models.Q(signed_on__isnull=True)
                | models.Q(state__in=["signed", "expired", "terminated"]),
                violation_error_message=_(
                    "An agreement with a day of signing is signed. Correct the state or the day."
                ),
                violation_error_code="state:signed",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def natural_key(self) -> tuple[str]:
        return (self.title,)

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        signing_becomes_known = becomes_known(self, "signed_on")
        super().save(*args, **kwargs)
        if signing_becomes_known:
            fill_posts_of_day(self.signatures.all())

    def sign(self, *, on: PartialDate | None = None, place: str = "") -> None:
        """Signed; the day and the place as far as they are known."""
        self.state, self.signed_on, self.place = self.State.SIGNED, on, place or self.place
        self.full_clean()
        self.save(update_fields=["state", "signed_on", "place"])

    def terminate(self) -> None:
        """One side has given notice."""
        self.state = self.State.TERMINATED
        self.save(update_fields=["state"])

    def term_ends_on(self, today: datetime.date) -> datetime.date | None:
        """The last day of the term that runs on that day, silent renewals counted."""
        if self.valid_until is None or not self.renews_by_months:
            return self.valid_until
        # Each end is counted from the first one: month by month, 31 January would slide to the 28th for good.
        renewals = 0
        end = self.valid_until
        while end < today:
            renewals += 1
            end = self.valid_until + relativedelta(months=renewals * self.renews_by_months)
        return end

    def deadline(self, today: datetime.date) -> datetime.date | None:
        """The day to act by: the last one to give notice, or the end where no notice is agreed."""
        end = self.term_ends_on(today)
        if end is None or self.notice_days is None:
            return end
        notice_by = end - datetime.timedelta(days=self.notice_days)
        if notice_by < today and self.renews_by_months:
            # Too late for this term; the next one can still be ended in time.
            following = self.term_ends_on(end + datetime.timedelta(days=1))
            return following - datetime.timedelta(days=self.notice_days) if following else None
        return notice_by


class Signature(Record):
    """Who signed, and in which post on that day."""

    part_of: ClassVar[tuple[str, ...]] = ("agreement",)
    label_relations: ClassVar[tuple[str, ...]] = ("agreement", "person")
    search_paths: ClassVar[tuple[str, ...]] = ("person__search", "agreement__search")

    agreement = models.ForeignKey(
        Agreement, verbose_name=_("agreement"), on_delete=models.CASCADE, related_name="signatures"
    )
    person = models.ForeignKey(
        Person, verbose_name=_("person"), on_delete=models.PROTECT, related_name="signatures"
    )
    post = models.ForeignKey(
        Post,
        verbose_name=_("post held that day"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="signatures",
        help_text=_("Filled from the terms of office where they are known."),
    )
    for_city = models.ForeignKey(
        City,
        verbose_name=_("for the city"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="signatures",
    )
    on = models.DateField(
        pgettext_lazy("an agreement", "signed on"),
        null=True,
        blank=True,
        help_text=_("Empty: with the agreement."),
    )
    is_witness = models.BooleanField(
        _("as a witness"), default=False, help_text=_("Was present at the signing.")
    )

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ("agreement", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement", "person"],
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("This person has signed this agreement already."),
                violation_error_code="person:unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.agreement}"

    @property
    def day(self) -> datetime.date | None:
        """The day of signing, as far as it is known to the day."""
        if self.on:
            return self.on
        signed = self.agreement.signed_on
        return signed.first_day if signed and signed.day else None

    def clean(self) -> None:
        super().clean()
        if self.person_id and self.agreement_id:
            check_post_of_day(self.person, self.post, self.day)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            fill_post_of_day(self)
        super().save(*args, **kwargs)
