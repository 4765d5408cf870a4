from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Clock(models.Model):
    """The one row that remembers how far the scan has come and how the mail server is doing."""

    THE_ONE = 1

    scanned_until = models.DateField(_("scanned until"), null=True, blank=True)
    scanned_at = models.DateTimeField(_("last scan"), null=True, blank=True)
    first_scan_on = models.DateField(_("first scan"), null=True, blank=True)
    is_paused = models.BooleanField(
        _("sending waits"), default=False, help_text=_("Until someone says `manage.py resume-sending`.")
    )
    site = models.CharField(
        _("sends from"),
        max_length=200,
        blank=True,
        help_text=_("A copy of the data that stands elsewhere does not send."),
    )
    server_down_since = models.DateTimeField(_("mail server away since"), null=True, blank=True)
    next_probe_at = models.DateTimeField(_("asks the mail server again"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

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
