"""The log that a CRM lives from: calls, letters, mails, meetings."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from typing import ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from contacts.dates import PartialDate
from contacts.models import City, Document, Office, Organisation, Person
from contacts.names import FoldedField
from contacts.records import KeepingManyToManyField, Record, RecordQuerySet, batches
from relations.models.partnerships import Partnership
from relations.models.projects import Project

# For more ties than these all notes are read: a list of thousands of cities is no question for a database.
FEW = 500


class InteractionQuerySet(RecordQuerySet["Interaction"]):
    def up_to(self, day: datetime.date) -> Self:
        return self.filter(on__lte=day)

    def of_tie(self, tie: Partnership) -> Self:
        """What counts as a contact of the tie.

        That is what names the tie itself or a project of it. What names no tie, neither itself nor by its
        project, counts for every tie of its city, unless that is one of our own: a call to Istanbul is a
        contact of all our ties with Istanbul, a call within the town hall of none.
        """
        named = models.Q(partnership=tie) | models.Q(project__in=tie.projects.values("pk"))
        cities = City.objects.filter(pk__in=tie.city_ids(), is_home=False).values("pk")
        return self.filter(named | (models.Q(city__in=cities) & ~_names_a_tie()))

    def latest_of(self, ties: Iterable[Partnership]) -> dict[int, Interaction]:
        """By tie the latest of these notes that counts as a contact of it, as `of_tie` says.

        It costs four queries, however many ties there are; these have their further cities prefetched.
        """
        cities = {tie.pk: tie.city_ids() for tie in ties}
        ours = set(City.objects.home().values_list("pk", flat=True))
        ties_of_city: dict[int | None, set[int]] = defaultdict(set)
        for tie, members in cities.items():
            for city in members - ours:
                ties_of_city[city].add(tie)
        ties_of_project: dict[int | None, set[int]] = defaultdict(set)
        pairs = Project.partnerships.through._default_manager.values_list("project", "partnership")
        notes = self.reverse()
        if len(cities) <= FEW:
            # Keys, no questions within the question: each side of an "or" is then looked up by its index. Few
            # of the thousands of projects of a tie have notes.
            of_projects = self.order_by().filter(project__partnerships__in=cities)
            about = models.Q(partnership__in=cities) | models.Q(city__in=ties_of_city)
            notes = notes.filter(about | models.Q(pk__in=set(of_projects.values_list("pk", flat=True))))
            pairs = pairs.filter(project__in={note.project_id for note in notes})
        for project, its_tie in pairs:
            ties_of_project[project].add(its_tie)
        latest: dict[int, Interaction] = {}
        for note in notes:
            named = set(ties_of_project[note.project_id])
            if note.partnership_id:
                named.add(note.partnership_id)
            for pk in named or ties_of_city[note.city_id]:
                if pk in cities:
                    latest[pk] = note
        return latest

    def ties(self) -> set[int]:
        """Keys of the ties that these notes may count for, see `of_tie`: none that they do is missing."""
        about = set(self.order_by().values_list("partnership", "project", "city"))
        found = {tie for tie, _project, _city in about if tie}
        of_projects = Project.partnerships.through._default_manager
        for projects in batches({project for _tie, project, _city in about if project}):
            found.update(of_projects.filter(project__in=projects).values_list("partnership", flat=True))
        cities = {city for tie, _project, city in about if city and not tie}
        cities -= set(City.objects.home().values_list("pk", flat=True)) if cities else set()
        return found | {tie for _city, tie in Partnership.objects.by_city(cities)}

    def of_home(self, city: City) -> Self:
        """Contacts of our city and its districts: their own, and those of their ties and projects."""
        ours = City.objects.within(city).order_by().values("pk")
        ties = Partnership.objects.of_home(city).order_by()
        projects = Project.objects.of_home(city).order_by().values("pk")
        named = models.Q(partnership__in=ties.values("pk")) | models.Q(project__in=projects)
        tied = models.Q(city__in=ties.values("home")) | models.Q(city__in=ties.values("partner"))
        return self.filter(named | models.Q(city__in=ours) | (tied & ~_names_a_tie()))

    def get_by_natural_key(self, on: str, summary: str) -> Interaction:
        return self.get(on=on, summary=summary)


def _names_a_tie() -> models.Q:
    of_ties = Project.partnerships.through._default_manager.values("project")
    return models.Q(partnership__isnull=False) | models.Q(project__isnull=False, project__in=of_ties)


class Interaction(Record):
    """A contact that took place: who spoke or wrote with whom, and what about."""

    class Kind(models.TextChoices):
        CALL = "call", _("call")
        MAIL = "mail", _("e-mail")
        LETTER = "letter", _("letter")
        MEETING = "meeting", _("meeting")
        VIDEO = "video", _("video call")
        EVENT = "event", _("event")
        GIFT = "gift", _("gift")
        OTHER = "other", _("other")

    search_paths: ClassVar[tuple[str, ...]] = (
        *("search", "people__search", "organisations__search", "city__search", "project__search"),
        *("partnership__home__search", "partnership__partner__search"),
    )
    _history_m2m_fields = ("people", "organisations", "documents")

    on = models.DateField(_("day"))
    time = models.TimeField(_("time"), null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    summary = models.TextField(_("what it was about"))
    people = KeepingManyToManyField(
        Person,
        verbose_name=_("people"),
        blank=True,
        related_name="interactions",
        help_text=_("With whom it was; colleagues are no part of it."),
    )
    organisations = KeepingManyToManyField(
        Organisation, verbose_name=_("organisations"), blank=True, related_name="interactions"
    )
    city = models.ForeignKey(
        City,
        verbose_name=_("city"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="interactions",
        help_text=_("Where no tie and no project is named, it counts as a contact of all ties of this city."),
    )
    partnership = models.ForeignKey(
        Partnership,
        verbose_name=_("partnership"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="interactions",
        help_text=_("The tie that it was about. It is not quiet for the next twelve months."),
    )
    project = models.ForeignKey(
        Project,
        verbose_name=_("project"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="interactions",
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="interactions",
        help_text=_("Which of us it was."),
    )
    documents = KeepingManyToManyField(
        Document, verbose_name=_("documents"), blank=True, related_name="interactions"
    )
    search = FoldedField("summary")

    objects: ClassVar = InteractionQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact note")
        verbose_name_plural = _("contact notes")
        ordering = ("-on", models.F("time").desc(nulls_last=True), "-pk")
        indexes: ClassVar = [models.Index(fields=["on"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.day.display_short()}: {self.short_summary}"

    @property
    def day(self) -> PartialDate:
        return PartialDate.of(self.on)

    @property
    def short_summary(self) -> str:
        return Truncator(self.summary).chars(80)

    def clean(self) -> None:
        super().clean()
        if self.on and self.on > Office.current().today():
            message = _("A contact note tells what was. Enter what is still to come as a follow-up.")
            raise ValidationError({"on": ValidationError(message, code="future")})
