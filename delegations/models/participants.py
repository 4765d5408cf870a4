from __future__ import annotations

import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models import Organisation, Person, Post
from contacts.models.posts import check_post_of_day, fill_post_of_day
from contacts.records import Record, RecordQuerySet
from delegations.models.delegations import Bench, Delegation
from delegations.models.stops import Stop


class ParticipantQuerySet(RecordQuerySet["Participant"]):
    def get_by_natural_key(self, delegation: str, name: str) -> Participant:
        """By the name of the person, or of the group or organisation where no person is known."""
        unnamed = self.filter(person__isnull=True).filter(
            models.Q(group=name) | models.Q(group="", organisation__title=name)
        )
        return (self.filter(person__in=Person.objects.called(name)) | unnamed).get(
            delegation__title=delegation
        )


class Participant(Record):
    """Who takes part, on either side. The post is the one held at the visit, whatever follows later."""

    class Side(models.TextChoices):
        DELEGATION = "delegation", _("delegation")
        HOST = "host", _("host")

    class Role(models.TextChoices):
        HEAD = "head", _("head")
        MEMBER = "member", _("member")
        COUNTERPART = "counterpart", _("counterpart")
        HOST = "host", _("host")
        GUEST = "guest", _("guest")
        SPEAKER = "speaker", _("speaker")
        MODERATOR = "moderator", _("moderator")
        INTERPRETER = "interpreter", _("interpreter")
        PRESS = "press", _("press")
        COMPANION = "companion", _("companion")
        STAFF = "staff", pgettext_lazy("those who go along for their work", "staff")

    class Reply(models.TextChoices):
        INVITED = "invited", _("invited")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        OPEN = "open", _("open")

    part_of: ClassVar[tuple[str, ...]] = ("delegation",)
    label_relations: ClassVar[tuple[str, ...]] = ("person", "post__organisation", "organisation__city")
    search_paths: ClassVar[tuple[str, ...]] = ("person__search", "organisation__search", "delegation__search")
    restricted: ClassVar[dict[str, str]] = {
        "diet": "delegations.view_needs",
        "access_needs": "delegations.view_needs",
    }

    delegation = models.ForeignKey(
        Delegation, verbose_name=_("delegation"), on_delete=models.CASCADE, related_name="participants"
    )
    person = models.ForeignKey(
        Person,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="participations",
    )
    group = models.CharField(
        _("group"),
        max_length=200,
        blank=True,
        help_text=_("Where no names are known: experts, six delegations …"),
    )
    post = models.ForeignKey(
        Post,
        verbose_name=_("post held that day"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="participations",
        help_text=_("Filled from the terms of office where they are known."),
    )
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="participations",
    )
    side = models.CharField(_("side"), max_length=20, choices=Side, default=Side.DELEGATION)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.MEMBER)
    bench = models.CharField(_("bench"), max_length=20, choices=Bench, blank=True)
    order = models.PositiveSmallIntegerField(_("precedence"), null=True, blank=True)
    reply = models.CharField(_("reply"), max_length=20, choices=Reply, blank=True)
    attended = models.BooleanField(_("was there"), null=True, blank=True)
    stop = models.ForeignKey(
        Stop,
        verbose_name=_("only at"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="participants",
        help_text=_("Empty: on the whole visit."),
    )
    diet = models.CharField(_("diet"), max_length=200, blank=True)
    access_needs = models.CharField(_("access needs"), max_length=300, blank=True)
    note = models.TextField(_("note"), blank=True)

    objects: ClassVar = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ("delegation", models.F("order").asc(nulls_last=True), "pk")
        permissions: ClassVar = [("view_needs", _("Can see diets and access needs"))]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_someone",
                condition=models.Q(person__isnull=False)
                | models.Q(organisation__isnull=False)
                | ~models.Q(group=""),
                violation_error_message=_("Say who takes part: a person, an organisation, or a group."),
                violation_error_code="person:required",
            ),
            models.UniqueConstraint(
                fields=["delegation", "person", "role"],
                condition=models.Q(stop__isnull=True),
                name="%(app_label)s_%(class)s_once",
                violation_error_message=_("This person takes part in this role already."),
                violation_error_code="person:unique",
            ),
            models.UniqueConstraint(
                fields=["delegation", "person", "role", "stop"],
                name="%(app_label)s_%(class)s_once_a_stop",
                violation_error_message=_("This person takes part in this role at this stop already."),
                violation_error_code="person:unique",
            ),
        ]

    def __str__(self) -> str:
        who = self.person or self.organisation or self.group
        return f"{who}, {self.post.title}" if self.post else str(who)

    @property
    def day(self) -> datetime.date | None:
        """A day of the taking part, as far as one is known to the day."""
        starts = (self.stop.arrives_on if self.stop else None) or self.delegation.starts_on
        return starts.first_day if starts and starts.day else None

    def clean(self) -> None:
        super().clean()
        if not self.delegation_id:
            return
        if self.stop and self.stop.delegation_id != self.delegation_id:
            raise ValidationError(
                {
                    "stop": ValidationError(
                        _("That stop is of another visit. Choose one of this visit."), code="foreign"
                    )
                }
            )
        check_post_of_day(self.person, self.post, self.day)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            fill_post_of_day(self)
        super().save(*args, **kwargs)
