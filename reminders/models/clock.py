from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Clock(models.Model):
    """The one row that remembers how far the scan has come and how the mail server is doing."""

    class Why(models.TextChoices):
        """What a person has to look at before anything goes out again."""

        LONG_GAP = "gap", _("more than 35 days without a scan")
        OTHER_SITE = "site", _("the data come from another address")
        OTHER_PLACE = "place", _("the data come from another installation")
        OLDER = "older", _("the data are older than what was sent")
        NO_IDENTITY = "identity", _("the file that names this installation cannot be kept")

    # The data come from elsewhere.
    FROM_ELSEWHERE: ClassVar = (Why.OTHER_SITE, Why.OTHER_PLACE)
    THE_ONE = 1
    # What is stamped so much later than now was stamped by a clock that was wrong, then or now.
    SKEW = datetime.timedelta(hours=1)

    scanned_until = models.DateField(_("scanned until"), null=True, blank=True)
    scanned_at = models.DateTimeField(_("last scan"), null=True, blank=True)
    first_scan_on = models.DateField(_("first scan"), null=True, blank=True)
    is_paused = models.BooleanField(
        _("sending waits"), default=False, help_text=_("Until someone says `manage.py resume-sending`.")
    )
    paused_because = models.CharField(_("why"), max_length=10, choices=Why, blank=True)
    paused_at = models.DateTimeField(_("waits since"), null=True, blank=True)
    site = models.CharField(
        _("sends from"),
        max_length=200,
        blank=True,
        help_text=_("A copy of the data that stands elsewhere does not send."),
    )
    instance = models.CharField(
        _("installation that sends"),
        max_length=100,
        blank=True,
        help_text=_("Its name is kept outside the database, so that a copy can tell that it is one."),
    )
    mark = models.PositiveBigIntegerField(
        _("mark of sending"),
        default=0,
        help_text=_("Rises while mails go out, here and outside: a database set back stands lower."),
    )
    gap_from = models.DateField(
        _("scanned until, before the last gap"),
        null=True,
        blank=True,
        help_text=_("Where the scan goes on if it turns out that only the machine's clock had jumped."),
    )
    gap_at = models.DateTimeField(_("last scan before the last gap"), null=True, blank=True)
    server_down_since = models.DateTimeField(_("mail server away since"), null=True, blank=True)
    next_probe_at = models.DateTimeField(_("asks the mail server again"), null=True, blank=True)
    woken_at = models.DateTimeField(
        _("sender last woken"),
        null=True,
        blank=True,
        help_text=_("Beat does it each minute."),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clock")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_only_one",
                condition=models.Q(pk=1),
                violation_error_message=_("There is only one clock."),
                violation_error_code="only_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scanned_until or ''}"

    @classmethod
    def current(cls) -> Clock:
        clock, _created = cls.objects.get_or_create(pk=cls.THE_ONE)
        return clock

    @classmethod
    def woken(cls, *, at: datetime.datetime) -> None:
        """A sign of life from the worker."""
        cls.objects.update_or_create(pk=cls.THE_ONE, defaults={"woken_at": at})

    @classmethod
    def pause(cls, why: Clock.Why, *, now: datetime.datetime) -> None:
        """Let nothing out until a person says so; what they have not answered yet stays the reason.

        Except that these are data from elsewhere: who confirms a gap must not let a copy out with it.
        """
        milder = models.Q(is_paused=False)
        if why in cls.FROM_ELSEWHERE:
            milder |= ~models.Q(paused_because__in=cls.FROM_ELSEWHERE)
        clock = cls.objects.filter(milder, pk=cls.THE_ONE)
        clock.update(is_paused=True, paused_because=why, paused_at=now)

    def is_ahead(self, now: datetime.datetime) -> bool:
        """The last scan lies in the future: the machine's clock was ahead then, or is behind now."""
        return self.scanned_at is not None and self.scanned_at > now + self.SKEW
