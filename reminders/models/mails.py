"""The outbox: what goes to whom, and each try."""

from __future__ import annotations

import datetime
import hashlib
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models import User
from contacts.records import RecordQuerySet


class MailQuerySet(RecordQuerySet[Any]):
    def waiting(self) -> Self:
        """Not out yet, and nobody has given up."""
        return self.filter(state__in=[Mail.State.DUE, Mail.State.SENDING])

    def closed(self) -> Self:
        """Sent, given up, or with nothing left to say: no sender looks at them any more."""
        return self.exclude(state__in=[Mail.State.DUE, Mail.State.SENDING])

    def ready(self, now: datetime.datetime) -> Self:
        """May be tried now, the urgent first."""
        return self.filter(state=Mail.State.DUE, not_before__lte=now, next_try_at__lte=now).order_by(
            "-is_urgent", "next_try_at", "pk"
        )


class Mail(models.Model):
    """One message to one person. From the moment it may have reached the server it never changes again."""

    class State(models.TextChoices):
        DUE = "due", _("due")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        # All it would have spoken of was settled while it waited for the server.
        CANCELLED = "cancelled", _("nothing left to say")

    label_relations: ClassVar[tuple[str, ...]] = ("recipient",)

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("recipient"), on_delete=models.PROTECT, related_name="mails"
    )
    address = models.CharField(pgettext_lazy("of a mail", "address"), max_length=254, blank=True)
    day = models.DateField(_("day of the office"))
    number = models.PositiveSmallIntegerField(
        _("number of that day"),
        default=1,
        help_text=_("1 is the mail of the day; what presses makes further ones."),
    )
    is_urgent = models.BooleanField(_("urgent"), default=False)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    message_id = models.CharField(_("message id"), max_length=300, unique=True)
    # As it goes over the wire, kept until it is out, so that every retry is the same bytes.
    raw = models.BinaryField(default=bytes, blank=True)
    is_frozen = models.BooleanField(
        _("fixed"), default=False, help_text=_("May have reached the server, so that it must not change.")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DUE)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    not_before = models.DateTimeField(_("may go out from"))
    next_try_at = models.DateTimeField(_("next try"))
    give_up_at = models.DateTimeField(_("given up at"), null=True, blank=True)
    lease_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    token = models.UUIDField(_("token"), null=True, blank=True)
    error = models.TextField(_("last error"), blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    objects: ClassVar = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ("-day", "-pk")
        permissions: ClassVar = [("resend_mail", _("Can have failed mails tried again"))]
        indexes: ClassVar = [
            models.Index(
                name="%(app_label)s_%(class)s_waiting",
                fields=["state", "next_try_at"],
                condition=models.Q(state__in=["due", "sending"]),
            ),
            # In the order of `ready`: the next mail is the first entry, however many wait behind it.
            models.Index(
                name="%(app_label)s_%(class)s_ready",
                fields=["-is_urgent", "next_try_at", "id"],
                condition=models.Q(state="due"),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["recipient", "day", "number"],
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("This mail of the day is there already."),
                violation_error_code="number:unique",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_claimed_while_sending",
                condition=models.Q(state="sending", token__isnull=False, lease_until__isnull=False)
                | ~models.Q(state="sending") & models.Q(token__isnull=True, lease_until__isnull=True),
                violation_error_message=_("A mail is claimed while it is being sent, and only then."),
                violation_error_code="state:claim",
            ),
        ]

    def __str__(self) -> str:
        return self.subject or f"{self.recipient}, {self.day:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("admin:reminders_mail_change", args=[self.pk])

    @classmethod
    def message_id_of(cls, recipient: User, day: datetime.date, number: int) -> str:
        """The same for each try of a mail; nobody can read from it who got what."""
        key = f"goldenbook mail {recipient.pk} {day.isoformat()} {number}"
        domain = urlsplit(settings.SITE_URL).hostname or "localhost"
        return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"

    def try_again(self) -> bool:
        """Send a failed mail after all; false if it is not one.

        It is written anew from what holds then, unless somebody may have got it: then it stays what it was.
        Where its recipient has another address since, nobody there has got it yet.
        """
        now = timezone.now()
        failed = Mail.objects.filter(pk=self.pk, state=self.State.FAILED)
        has_moved = self.recipient.email.casefold() != self.address.casefold()
        is_unknown = self.attempts.filter(outcome=Attempt.Outcome.UNKNOWN).exists()
        changes: dict[str, Any] = {"state": self.State.DUE, "tries": 0, "give_up_at": None}
        changes["is_frozen"] = is_unknown and not has_moved
        return bool(failed.update(**changes, next_try_at=now, not_before=now, changed_at=now))


class Attempt(models.Model):
    """One try to send a mail. It is opened before and closed after; one never closed becomes unknown."""

    class Outcome(models.TextChoices):
        OPEN = "", _("under way")
        ACCEPTED = "accepted", pgettext_lazy("by the mail server", "accepted")
        TEMPORARY = "temporary", _("refused for now")
        PERMANENT = "permanent", _("refused")
        UNKNOWN = "unknown", _("not known")

    label_relations: ClassVar[tuple[str, ...]] = ("mail__recipient",)

    mail = models.ForeignKey(Mail, verbose_name=_("mail"), on_delete=models.PROTECT, related_name="attempts")
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True, default="")
    reached_data = models.BooleanField(_("reached the server"), default=False)
    code = models.CharField(_("answer"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ("mail", "started_at", "pk")

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.code}".strip()
