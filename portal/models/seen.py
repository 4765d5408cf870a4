"""What was public when the portal last looked."""

from __future__ import annotations

import datetime
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class SeenQuerySet(models.QuerySet["Seen"]):
    def public(self) -> Self:
        """Rows that were public at the last look."""
        return self.filter(withdrawn_at__isnull=True)

    def after(self, moment: datetime.datetime, *, resource: str) -> Self:
        """What changed after that moment, in the order of change.

        The moment becomes a key first, so that a page deep within begins where it begins, by the index.
        """
        mine = self.filter(resource=resource)
        first = mine.filter(changed_at__gt=moment).order_by("changed_at", "pk").values("pk")[:1]
        return mine.filter(pk__gte=models.Subquery(first)).order_by("pk")


class Seen(models.Model):
    """A public row as it was when it was last found changed; one no longer public stays as a tombstone.

    A change replaces the whole entry, so the order of its keys is the order of changes.
    """

    resource = models.CharField(_("resource"), max_length=20)
    key = models.BigIntegerField(_("key"))
    digest = models.CharField(_("digest"), max_length=64, blank=True)
    since = models.DateTimeField(_("public since"))
    changed_at = models.DateTimeField(_("changed"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects: ClassVar = SeenQuerySet.as_manager()

    class Meta:
        verbose_name = _("public row last seen")
        verbose_name_plural = _("public rows last seen")
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["resource", "key"],
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("This row is on record already."),
                violation_error_code="key:unique",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["resource", "changed_at", "id"]),
            models.Index(fields=["resource", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.resource}/{self.key}"


class Look(models.Model):
    """The one row that remembers the last look at what is public."""

    THE_ONE = 1

    number = models.PositiveBigIntegerField(
        _("number"), default=0, help_text=_("Of two looks at once the one that comes second is dropped.")
    )
    looked_at = models.DateTimeField(_("last look"), null=True, blank=True)
    changed_at = models.DateTimeField(
        _("last change found"),
        null=True,
        blank=True,
        help_text=_("The stamp of the last look that found one: whole seconds, later with each look."),
    )
    day = models.DateField(_("day of the last look"), null=True, blank=True)
    fingerprint = models.CharField(_("state at the last look"), max_length=64, blank=True)
    newest = models.JSONField(
        _("compared up to"),
        default=dict,
        blank=True,
        help_text=_("The newest version of each model when nobody was in the midst of saving one."),
    )

    class Meta:
        verbose_name = _("last look")
        verbose_name_plural = _("last look")
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_only_one",
                condition=models.Q(pk=1),
                violation_error_message=_("There is only one last look."),
                violation_error_code="only_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.looked_at or ''}"

    @classmethod
    def current(cls) -> Look:
        look, _created = cls.objects.get_or_create(pk=cls.THE_ONE)
        return look

    @classmethod
    def last(cls) -> Look:
        """The same for those who only read; before the first look an empty one."""
        return cls.objects.filter(pk=cls.THE_ONE).first() or cls(pk=cls.THE_ONE)

    @classmethod
    def last_change(cls) -> models.Subquery:
        """`changed_at` of the last look, to be read along with rows: a list need not ask once more for it."""
        return models.Subquery(cls.objects.filter(pk=cls.THE_ONE).values("changed_at"))
