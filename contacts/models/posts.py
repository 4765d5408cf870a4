"""An office apart from its holder, and who held it when."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from contacts.dates import PartialDate, PartialDateField, in_order
from contacts.fields import LanguageTextField, StringListField
from contacts.models.cities import City
from contacts.models.organisations import Organisation
from contacts.names import FoldedField, SortField
from contacts.records import KeepingManyToManyField, Record, RecordQuerySet


class PostQuerySet(RecordQuerySet["Post"]):
    def heads_of(self, city: City) -> Self:
        return self.filter(is_head_of_city=True, organisation__city=city)

    def vacant(self, day: datetime.date) -> Self:
        """Posts that nobody holds on that day, an acting holder included."""
        return self.exclude(pk__in=Tenure.objects.on(day).values("post"))

    def get_by_natural_key(
        self, title: str, organisation: str, city: str | None = None, parent: str | None = None
    ) -> Post:
        """By its first title (German, English, its own) and its organisation."""
        body = Organisation.objects.get_by_natural_key(organisation, city, parent)
        german, english = models.Q(title_de=title), models.Q(title_de="", title_en=title)
        own = models.Q(title_de="", title_en="", title_local=title)
        return self.get(german | english | own, organisation=body)


class Post(Record):
    part_of: ClassVar[tuple[str, ...]] = ("organisation",)
    label_relations: ClassVar[tuple[str, ...]] = ("organisation__city",)
    search_paths: ClassVar[tuple[str, ...]] = ("search", "organisation__search", "organisation__city__search")
    _history_m2m_fields = ("documents",)

    title_de = models.CharField(_("German title"), max_length=200, blank=True)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    title_local = models.CharField(_("title in own language"), max_length=200, blank=True)
    other_titles = StringListField(
        _("other titles"), blank=True, help_text=_("What others call this post; all are found by search.")
    )
    organisation = models.ForeignKey(
        Organisation, verbose_name=_("organisation"), on_delete=models.PROTECT, related_name="posts"
    )
    is_head_of_city = models.BooleanField(_("head of the city"), default=False)
    rank = models.PositiveSmallIntegerField(
        _("precedence"),
        null=True,
        blank=True,
        help_text=_("1 is first. A party secretary may rank above a mayor."),
    )
    form_spoken = LanguageTextField(_("spoken form of address"), blank=True)
    form_letter = LanguageTextField(_("form of address in letters"), blank=True)
    form_envelope = LanguageTextField(_("form on the envelope"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    documents = KeepingManyToManyField(
        "contacts.Document", verbose_name=_("documents"), blank=True, related_name="posts"
    )
    notes = models.TextField(_("notes"), blank=True)
    search = FoldedField("title_de", "title_en", "title_local", "other_titles")
    sort = SortField(("title_de", "title_en", "title_local"))

    objects: ClassVar = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ("organisation__sort", models.F("rank").asc(nulls_last=True), "sort", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_titled",
                condition=models.Q(is_head_of_city=True)
                | ~models.Q(title_de="", title_en="", title_local=""),
                violation_error_message=_(
                    "Give the post a title. Only the head of a city may be without one."
                ),
                violation_error_code="title_de:required",
            ),
            models.UniqueConstraint(
                fields=["organisation", "title_de", "title_en", "title_local"],
                name="%(app_label)s_%(class)s_title",
                violation_error_message=_("This organisation has a post with this title already."),
                violation_error_code="title_de:unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.organisation.title}"

    def natural_key(self) -> tuple[str, ...]:
        return (self.title_de or self.title_en or self.title_local, *self.organisation.natural_key())

    @property
    def title(self) -> str:
        """The title in the reader's language; where none is known, what the post is."""
        first, second = self.title_de, self.title_en
        if (get_language() or "de").startswith("en"):
            first, second = second, first
        return first or second or self.title_local or str(_("Head of the city"))

    def holder_on(self, day: datetime.date) -> Tenure | None:
        """Whose post it is on that day: an elected holder before an acting one, the latest first."""
        return (
            self.tenures.on(day)
            .select_related("person")
            .order_by("is_acting", models.F("since").desc(nulls_last=True), "pk")
            .first()
        )


class TenureQuerySet(RecordQuerySet["Tenure"]):
    def on(self, day: datetime.date) -> Self:
        """Held on that day, as far as the dates are known: an unknown beginning or end rules nothing out."""
        begun = models.Q(since__isnull=True) | models.Q(since__on_or_before=day)
        not_over = models.Q(until__isnull=True) | models.Q(until__on_or_after=day)
        return self.filter(begun, not_over)

    def of_heads(self) -> Self:
        """Those of mayors and whoever else leads a city."""
        return self.filter(post__is_head_of_city=True, post__organisation__city__isnull=False)

    def by_precedence(self) -> Self:
        return self.order_by(
            "-post__is_head_of_city", models.F("post__rank").asc(nulls_last=True), "is_acting", "pk"
        )


class Tenure(Record):
    """A person holds a post from–until. Who holds it now is never stored, always asked for a day."""

    class EndReason(models.TextChoices):
        TERM_OVER = "term_over", _("end of the term")
        RESIGNED = "resigned", _("resigned")
        SUSPENDED = "suspended", _("suspended from office")
        REMOVED = "removed", _("removed from office")
        DECEASED = "deceased", _("died")
        OTHER = "other", _("other")

    class State(models.TextChoices):
        RUNNING = "running", _("in office")
        OVER = "over", _("no longer in office")
        TO_COME = "to_come", _("not yet in office")

    part_of: ClassVar[tuple[str, ...]] = ("person", "post")
    label_relations: ClassVar[tuple[str, ...]] = ("person", "post__organisation")
    search_paths: ClassVar[tuple[str, ...]] = ("person__search", "post__search", "post__organisation__search")

    person = models.ForeignKey(
        "contacts.Person", verbose_name=_("person"), on_delete=models.PROTECT, related_name="tenures"
    )
    post = models.ForeignKey(Post, verbose_name=_("post"), on_delete=models.PROTECT, related_name="tenures")
    since = PartialDateField(_("since"), help_text=_("Empty where it is not known."))
    until = PartialDateField(_("until"), help_text=_("The last day in the post; empty while it is held."))
    end_reason = models.CharField(_("reason of the end"), max_length=20, choices=EndReason, blank=True)
    is_acting = models.BooleanField(
        _("acting"), default=False, help_text=_("Leads the post for the time being.")
    )
    source = models.ForeignKey(
        "contacts.Document",
        verbose_name=_("source"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tenures",
    )

    objects: ClassVar = TenureQuerySet.as_manager()

    class Meta:
        verbose_name = _("term of office")
        verbose_name_plural = _("terms of office")
        ordering = (models.F("since").desc(nulls_last=True), "pk")
        constraints: ClassVar = [in_order("since", "until")]

    def __str__(self) -> str:
        return f"{self.person.full_name}, {self.post}"

    def _surely_reaches(self, other: Tenure) -> bool:
        """Whether this term has surely begun before the other one ends; months that only touch do not tell.

        Without an end a term goes on; without a beginning only its end is sure.
        """
        begin, end = self.since or self.until, other.until
        first = last = datetime.date.max
        if begin:
            first = begin.last_day if self.since else begin.first_day
        if end:
            last = end.first_day
        exact = all(date is None or date.day for date in (begin, end))
        return first <= last if exact else first < last

    def clean(self) -> None:
        super().clean()
        if self.post_id:
            self._check_alone()

    def state_on(self, day: datetime.date) -> State:
        """Whether the post is held on that day, as far as the dates are known."""
        if self.until and self.until.last_day < day:
            return self.State.OVER
        if self.since and self.since.first_day > day:
            return self.State.TO_COME
        return self.State.RUNNING

    def end(self, *, until: PartialDate, end_reason: str = "") -> None:
        """The term is over with this last day; why, as far as it is known."""
        self.until, self.end_reason = until, end_reason
        self.full_clean()
        self.save(update_fields=["until", "end_reason"])

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        # Again under the lock: two clerks may enter two successors at the same moment.
        self._check_alone()
        super().save(*args, **kwargs)

    def _check_alone(self) -> None:
        """A post has at most one holder on any day, acting holders aside."""
        if self.is_acting:
            return
        if connection.in_atomic_block:
            Post.objects.select_for_update().filter(pk=self.post_id).first()
        others = Tenure.objects.filter(post=self.post_id, is_acting=False).exclude(pk=self.pk)
        for other in others.select_related("person"):
            if self._surely_reaches(other) and other._surely_reaches(self):
                raise ValidationError(
                    {
                        "post": ValidationError(
                            _("%(person)s holds this post then. End that term first, or mark one as acting."),
                            code="held",
                            params={"person": other.person.full_name},
                        )
                    }
                )


def check_post_of_day(
    person: Any, post: Post | None, day: datetime.date | None, *, field: str = "post"
) -> None:
    """Refuse a post that the person, by the dates on record, certainly did not hold on that day."""
    if person is None or post is None or day is None:
        return
    tenures = Tenure.objects.filter(person=person, post=post)
    if tenures.exists() and not tenures.on(day).exists():
        raise ValidationError(
            {
                field: ValidationError(
                    _("%(person)s did not hold this post on that day. Choose the post of the day."),
                    code="not_held",
                    params={"person": person.full_name},
                )
            }
        )


def becomes_known(row: Any, field: str) -> bool:
    """Whether saving the row will tell the day of something that was not known to the day before."""
    new = getattr(row, field)
    if row._state.adding or new is None or new.day is None:
        return False
    old = type(row)._default_manager.filter(pk=row.pk).values_list(field, flat=True).first()
    return old is None or old.day is None


def fill_post_of_day(row: Any) -> None:
    """Give a row that has a person and a day, but no post, the post that the person held on that day."""
    if row.person and row.post is None and row.day:
        row.post = row.person.post_on(row.day)


def fill_posts_of_day(rows: models.QuerySet[Any]) -> None:
    """The same for rows that were entered before their day was known."""
    for row in rows.filter(post__isnull=True, person__isnull=False).select_related("person"):
        fill_post_of_day(row)
        if row.post:
            row.save(update_fields=["post"])
