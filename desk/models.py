"""What the desk keeps of its own: whose calendar may be fetched by which address."""

from __future__ import annotations

import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.keys import hash_of, new_key
from contacts.models import City
from contacts.models.tokens import made_since_new_password

PREFIX = "gbcal_"

# A program that asks every few seconds need not write every time.
NOTED_EVERY = datetime.timedelta(minutes=1)


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def of_key(self, key: str) -> CalendarFeed | None:
        """The one that the key opens: its owner may still sign in as staff, by the password of then."""
        owners = {"user__is_active": True, "user__is_staff": True}
        return (
            self.filter(made_since_new_password(), key_hash=hash_of(key), **owners)
            .select_related("user", "home")
            .first()
        )


class CalendarFeed(models.Model):
    """The calendar of one member of staff, for their programs; the key of its address is kept as a hash."""

    class Whose(models.TextChoices):
        MINE = "mine", _("mine")
        ALL = "all", _("those of the whole office")

    PARTS: ClassVar = ("anniversaries", "follow_ups", "visits", "programme")
    OF_THE_KEY: ClassVar = ("key_hash", "made_at", "fetched_at", "fetched_by")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("member of staff"),
        on_delete=models.CASCADE,
        related_name="calendar_feed",
    )
    key_hash = models.CharField(
        _("hash of the key"), max_length=64, null=True, blank=True, unique=True, editable=False
    )
    made_at = models.DateTimeField(_("address made"), null=True, blank=True, editable=False)
    fetched_at = models.DateTimeField(_("last fetched"), null=True, blank=True, editable=False)
    fetched_by = models.CharField(
        _("last fetched by"), max_length=200, blank=True, editable=False, help_text=_("As the program says.")
    )
    anniversaries = models.BooleanField(_("anniversaries of ties"), default=True)
    follow_ups = models.BooleanField(_("follow-ups"), default=True)
    visits = models.BooleanField(_("visits, each city by itself"), default=True)
    programme = models.BooleanField(_("programme of the visits, with times"), default=True)
    alarms = models.BooleanField(_("reminder half an hour before each programme item"), default=True)
    whose = models.CharField(_("whose entries"), max_length=10, choices=Whose, default=Whose.MINE)
    home = models.ForeignKey(
        City,
        verbose_name=_("home city"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Its districts too."),
    )

    objects: ClassVar = CalendarFeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar subscription")
        verbose_name_plural = _("calendar subscriptions")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return str(self.user)

    @property
    def is_open(self) -> bool:
        new_password_at = self.user.password_set_at
        return self.made_at is not None and not (new_password_at and new_password_at > self.made_at)

    def keep(self, *fields: str) -> None:
        """These alone: what somebody else has changed meanwhile stays as they left it."""
        self.save(update_fields=None if self._state.adding else fields)

    def renew(self) -> str:
        """A new key, told this once; the one before opens nothing any more."""
        key = new_key(PREFIX)
        self.key_hash, self.made_at = hash_of(key), timezone.now()
        self.fetched_at, self.fetched_by = None, ""
        self.keep(*self.OF_THE_KEY)
        return key

    def revoke(self) -> None:
        """From now on no key opens it; what was chosen is kept for another time."""
        self.key_hash = self.made_at = self.fetched_at = None
        self.fetched_by = ""
        self.keep(*self.OF_THE_KEY)

    def note_fetch(self, by: str, *, now: datetime.datetime) -> None:
        """That it was fetched, and by what; not more often than every minute."""
        before = CalendarFeed.objects.filter(pk=self.pk, key_hash=self.key_hash)
        before.exclude(fetched_at__gt=now - NOTED_EVERY).update(fetched_at=now, fetched_by=by[:200])
