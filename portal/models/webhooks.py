"""Who is told of changes, what they are told, and each try."""

from __future__ import annotations

import datetime
import json
import uuid
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal import https
from portal.signing import new_secret

SINGULAR = {
    **{"cities": "city", "themes": "theme", "partnerships": "partnership"},
    **{"projects": "project", "visits": "visit"},
}
LABELS = [
    ("cities", _("city")),
    ("themes", _("theme")),
    ("partnerships", _("partnership")),
    ("projects", _("project")),
    ("visits", _("visit")),
]
FORMER_LASTS = datetime.timedelta(days=7)


def new_id() -> str:
    return f"msg_{uuid.uuid4().hex}"


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def on(self) -> Self:
        return self.filter(off_at__isnull=True)

    def failing(self, *, longer_than: datetime.timedelta, now: datetime.datetime) -> Self:
        return self.on().filter(failing_since__lt=now - longer_than)


class Endpoint(models.Model):
    """A program outside that is told of changes.

    Its secrets are kept as they are, because what is told is signed with them: whoever can read the database
    can sign. They have no history, stand in no log and in no export, and are shown once.
    """

    class Why(models.TextChoices):
        BY_HAND = "hand", _("by hand")
        GONE = "gone", _("it says that it is gone for good (410)")
        FAILING = "failing", _("it had not answered well for days")

    name = models.CharField(_("name"), max_length=100, help_text=_("Whom it tells: the portal of the city."))
    url = models.CharField(
        _("address"),
        max_length=500,
        help_text=_("https only, and only of a host that the server's settings allow (WEBHOOK_HOSTS)."),
    )
    secret = models.CharField(_("secret"), max_length=100, default=new_secret, editable=False)
    former_secret = models.CharField(_("former secret"), max_length=100, blank=True, editable=False)
    former_until = models.DateField(
        _("the former secret holds until"),
        null=True,
        blank=True,
        help_text=_("The last day on which both secrets sign. Empty: the former one ends at once."),
    )
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True, editable=False)
    next_try_at = models.DateTimeField(_("next try"), null=True, blank=True, editable=False)
    off_at = models.DateTimeField(_("switched off"), null=True, blank=True, editable=False)
    off_because = models.CharField(_("why"), max_length=10, choices=Why, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects: ClassVar = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("portal to be told")
        verbose_name_plural = _("portals to be told")
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("admin:portal_endpoint_change", args=[self.pk])

    def clean(self) -> None:
        super().clean()
        try:
            https.split(self.url)
        except https.Refused as refusal:
            raise ValidationError({"url": ValidationError(str(refusal), code="refused")}) from None

    @property
    def is_on(self) -> bool:
        return self.off_at is None

    def secrets(self, today: datetime.date) -> list[str]:
        """Those that sign on that day, the new one first."""
        both = self.former_secret and self.former_until and today <= self.former_until
        return [self.secret, self.former_secret] if both else [self.secret]

    def renew_secret(self, *, former_until: datetime.date | None = None) -> None:
        """A new secret; the one before signs as well until that day has passed."""
        self.former_secret = self.secret if former_until else ""
        self.former_until, self.secret = former_until, new_secret()
        self.save(update_fields=["secret", "former_secret", "former_until"])

    def switch_off(self, *, why: Why = Why.BY_HAND) -> None:
        """Tell it nothing more; what it has not been told stays untold."""
        now = timezone.now()
        self.off_at, self.off_because = now, why
        self.save(update_fields=["off_at", "off_because"])
        self.deliveries.filter(state=Delivery.State.DUE).update(
            state=Delivery.State.FAILED, error="switched off", changed_at=now
        )

    def switch_on(self) -> None:
        """Tell it again, from now on: what happened meanwhile it asks for itself."""
        self.off_at, self.off_because = None, ""
        self.failures, self.failing_since, self.next_try_at = 0, None, None
        self.save(update_fields=["off_at", "off_because", "failures", "failing_since", "next_try_at"])


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def ready(self, now: datetime.datetime) -> Self:
        """What may go out now, the longest waiting first. An endpoint that fails is asked once in a while."""
        may_be_asked = models.Q(endpoint__next_try_at__isnull=True) | models.Q(endpoint__next_try_at__lte=now)
        due = self.filter(state=Delivery.State.DUE, next_try_at__lte=now, endpoint__off_at__isnull=True)
        return due.filter(may_be_asked).select_related("endpoint").order_by("next_try_at", "pk")


class Delivery(models.Model):
    """One change told to one endpoint: claimed, tried, and closed as a mail is."""

    class State(models.TextChoices):
        # As those of a mail, which wait and give up by the same rule.
        DUE = "due", _("waits")
        SENDING = "sending", _("under way")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")

    class Happened(models.TextChoices):
        PUBLISHED = "published", _("published")
        CHANGED = "changed", _("changed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    label_relations: ClassVar[tuple[str, ...]] = ()

    endpoint = models.ForeignKey(
        Endpoint, verbose_name=_("portal"), on_delete=models.CASCADE, related_name="deliveries"
    )
    told = models.CharField(
        _("webhook-id"),
        max_length=40,
        unique=True,
        default=new_id,
        help_text=_("The same for every try, so that the portal knows what it was told before."),
    )
    resource = models.CharField(_("resource"), max_length=20, choices=LABELS)
    key = models.BigIntegerField(_("id"))
    happened = models.CharField(_("what happened"), max_length=10, choices=Happened)
    happened_at = models.DateTimeField(_("when"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DUE)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"))
    give_up_at = models.DateTimeField(_("given up at"), null=True, blank=True)
    lease_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    token = models.UUIDField(_("token"), null=True, blank=True)
    error = models.CharField(_("last error"), max_length=500, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    objects: ClassVar = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("change told")
        verbose_name_plural = _("changes told")
        ordering: ClassVar = ["-pk"]
        permissions: ClassVar = [("resend_delivery", _("Can have changes told again"))]
        indexes: ClassVar = [
            models.Index(
                name="%(app_label)s_%(class)s_ready",
                fields=["next_try_at", "id"],
                condition=models.Q(state="due"),
            ),
            models.Index(
                name="%(app_label)s_%(class)s_claimed",
                fields=["lease_until"],
                condition=models.Q(state="sending"),
            ),
            models.Index(fields=["changed_at"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_claimed_while_sending",
                condition=models.Q(state="sending", token__isnull=False, lease_until__isnull=False)
                | ~models.Q(state="sending") & models.Q(token__isnull=True, lease_until__isnull=True),
                violation_error_message=_("It is claimed while it is being told, and only then."),
                violation_error_code="state:claim",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_resource_display()} {self.key}: {self.get_happened_display()}"

    def get_absolute_url(self) -> str:
        return reverse("admin:portal_delivery_change", args=[self.pk])

    @property
    def body(self) -> bytes:
        """No more than everybody sees; of what was withdrawn, nothing but that. The same for every try."""
        facts = {
            "type": f"{SINGULAR[self.resource]}.{self.happened}",
            "timestamp": self.happened_at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "data": {
                "resource": self.resource,
                "id": self.key,
                "url": f"{settings.SITE_URL}/api/public/v1/{self.resource}/{self.key}/",
            },
        }
        return json.dumps(facts, separators=(",", ":")).encode()

    def is_over(self) -> bool:
        return self.state in (self.State.DELIVERED, self.State.FAILED)

    def tell_again(self) -> None:
        """Tell it once more, under the same webhook-id, whatever came of it before."""
        if not self.endpoint.is_on:
            raise ValidationError(_("This portal is switched off. Switch it on first."), code="off")
        now = timezone.now()
        over = Delivery.objects.filter(pk=self.pk, state__in=[self.State.DELIVERED, self.State.FAILED])
        fresh: dict[str, Any] = {"state": self.State.DUE, "tries": 0, "give_up_at": None}
        if over.update(**fresh, next_try_at=now, changed_at=now):
            Endpoint.objects.filter(pk=self.endpoint_id).update(next_try_at=None)


class DeliveryAttempt(models.Model):
    """One try to tell it. It is opened before and closed after; one never closed becomes unknown."""

    class Outcome(models.TextChoices):
        OPEN = "", _("under way")
        ACCEPTED = "accepted", _("taken")
        TEMPORARY = "temporary", _("failed")
        UNKNOWN = "unknown", _("not known")

    delivery = models.ForeignKey(
        Delivery, verbose_name=_("change told"), on_delete=models.CASCADE, related_name="attempts"
    )
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True, default="")
    code = models.CharField(_("answer"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("try")
        verbose_name_plural = _("tries")
        ordering: ClassVar = ["delivery", "started_at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.code}".strip()
