"""The office itself and those who work in it."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser, Group, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from django_countries.fields import CountryField

from contacts import working_days
from contacts.names import SortField, matches
from contacts.records import History, Record


def validate_timezone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is no time zone. Write it like Europe/Berlin."),
            code="timezone",
            params={"name": name},
        )


class Office(Record):
    """The one office that this installation serves. There is one row, first filled from the environment."""

    THE_ONE = 1

    title = models.CharField(_("name"), max_length=200, help_text=_("As it signs its mails."))
    timezone = models.CharField(
        _("time zone"),
        max_length=64,
        validators=[validate_timezone],
        help_text=_("Decides what “today” is for anniversaries and reminders, for example Europe/Berlin."),
    )
    country = CountryField(_("country"))
    state = models.CharField(
        _("federal state"),
        max_length=10,
        blank=True,
        help_text=_("Code of the federal state, for its public holidays."),
    )
    from_address = models.EmailField(
        _("sender address"), help_text=_("Reminder mails come from this address.")
    )
    head_group = models.ForeignKey(
        Group,
        verbose_name=_("group of the head of office"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Its members get what is long overdue, and what nobody else is there to get."),
    )

    confirmed_at = models.DateTimeField(
        _("confirmed"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When somebody first looked at these data and saved them."),
    )

    class Meta:
        verbose_name = _("office")
        verbose_name_plural = _("office")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_only_one",
                condition=models.Q(pk=1),
                violation_error_message=_("There is only one office. Change the one that is there."),
                violation_error_code="only_one",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        super().clean()
        if self._state.adding and Office.objects.exists():
            raise ValidationError(
                _("There is only one office. Change the one that is there."), code="only_one"
            )
        self._refuse_unknown_state()

    def _refuse_unknown_state(self) -> None:
        """A wrong one would be as good as none: mails would go out on the holidays of the state."""
        known = working_days.states(str(self.country))
        self.state = next((code for code in known if code.lower() == self.state.lower()), self.state)
        if not self.state or self.state in known:
            return
        if known:
            sentence = _("“%(state)s” is no state of this country. Its states are: %(known)s.")
        else:
            sentence = _("No holidays are known by the states of this country. Leave it empty.")
        facts = {"state": self.state, "known": ", ".join(known)}
        raise ValidationError({"state": ValidationError(sentence, code="state", params=facts)})

    @classmethod
    def current(cls) -> Office:
        """The office; where there is none yet it is made from the settings (OFFICE_*)."""
        try:
            office, _created = cls.objects.get_or_create(pk=cls.THE_ONE, defaults=dict(settings.OFFICE))
        except ValidationError:
            # Somebody else made it at the same moment; a record says in words what the database refuses.
            office = cls.objects.get(pk=cls.THE_ONE)
        return office

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)

    def today(self, *, now: datetime.datetime | None = None) -> datetime.date:
        """The day that it is where the office is."""
        return timezone.localdate(now, timezone=self.zone)

    def next_working_day(self, day: datetime.date) -> datetime.date:
        """That day if people work here then, else the first one after it on which they do."""
        return working_days.next_working_day(day, country=str(self.country), state=self.state)

    def confirm(self) -> None:
        """Somebody who may has looked at these data: from now on nobody is asked for them."""
        self.confirmed_at = timezone.now()
        self.full_clean()
        self.save()


def role_title(group: Group) -> str:
    """A role is kept by its key; the table of roles has its words. A group of one's own keeps its name."""
    return pgettext("role", group.name)


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def search(self, text: str) -> Self:
        """Those whose name, sign-in name or address holds every word, with accents or without."""
        rows = self
        for word in text.split():
            exactly = models.Q(username__icontains=word) | models.Q(email__icontains=word)
            rows = rows.filter(exactly | matches(word, "sort"))
        return rows

    def away(self, day: datetime.date) -> Self:
        """Those who are away on that day; without a last day: until further notice."""
        back = models.Q(away_until__isnull=True) | models.Q(away_until__gte=day)
        return self.filter(back, away_from__lte=day)

    def heads(self, office: Office) -> Self:
        """Those in the head's group, the longest there first; without such a group nobody."""
        if office.head_group_id is None:
            return self.none()
        return self.active().filter(groups=office.head_group_id).order_by("date_joined", "pk")


class StaffManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    pass


class HistoryWithoutLogins(History):
    """Each login saves `last_login`; that is no change of the record."""

    def post_save(self, instance: models.Model, created: bool, using: Any = None, **kwargs: Any) -> None:
        if set(kwargs.get("update_fields") or ()) != {"last_login"}:
            super().post_save(instance, created, using=using, **kwargs)


class User(AbstractUser):
    """A member of staff. What they may do is decided by their groups (config/roles.py)."""

    class Digest(models.TextChoices):
        DAILY = "daily", _("every day")
        WEEKLY = "weekly", _("every Monday")

    label_relations: ClassVar[tuple[str, ...]] = ()
    _password: str | None
    tokens: Any
    # The access token that this request came with; set by the one who looked it up.
    token: Any = None

    person = models.OneToOneField(
        "contacts.Person",
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="user",
    )
    department = models.ForeignKey(
        "contacts.Organisation",
        verbose_name=_("department"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="staff",
    )
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="de")
    stand_in = models.ForeignKey(
        "self",
        verbose_name=_("stand-in"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="stands_in_for",
        help_text=_("Gets the reminders while you are away."),
    )
    away_from = models.DateField(_("away from"), null=True, blank=True)
    away_until = models.DateField(_("away until"), null=True, blank=True, help_text=_("The last day away."))
    digest = models.CharField(_("reminder mail"), max_length=10, choices=Digest, default=Digest.DAILY)
    password_set_at = models.DateTimeField(_("password set"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    sort = SortField(("last_name", "username"), "first_name")

    history = HistoryWithoutLogins(
        excluded_fields=["password", "password_set_at", "last_login"], m2m_fields=["groups"]
    )

    objects: ClassVar = StaffManager()

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("staff")
        ordering = ("sort", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_no_own_stand_in",
                condition=models.Q(stand_in__isnull=True) | ~models.Q(stand_in=models.F("pk")),
                violation_error_message=_("Nobody can stand in for themselves. Choose someone else."),
                violation_error_code="stand_in:self",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_away_in_order",
                condition=models.Q(away_until__isnull=True)
                | models.Q(away_from__isnull=False, away_from__lte=models.F("away_until")),
                violation_error_message=_(
                    "The absence ends before it begins, or has no first day. Correct one."
                ),
                violation_error_code="away_until:order",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        fields = kwargs.get("update_fields")
        if not self._state.adding and set(fields or ()) != {"last_login"}:
            self.version += 1
            if fields is not None:
                kwargs["update_fields"] = {*fields, "version", "changed_at", "sort"}
        # A new password, however it was set, ends the keys made before it (`made_since_new_password`). Django
        # ends the sessions.
        if self._password is not None:
            self.password_set_at = timezone.now()
            if fields is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "password_set_at"}
        super().save(*args, **kwargs)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """What the roles allow; in a request by a token only as far as its scopes go."""
        if self.token is None or self.token.covers(perm):
            return super().has_perm(perm, obj)
        if super().has_perm(perm, obj):
            self.token.note_lack(perm)
        return False

    def sees(self, right: str) -> bool:
        """The same, of what is left out in silence: a scope that lacks for it is no reason of a refusal."""
        return super().has_perm(right) and (self.token is None or self.token.covers(right))

    def get_all_permissions(self, obj: Any = None) -> set[str]:
        found = super().get_all_permissions(obj)
        return found if self.token is None else {right for right in found if self.token.covers(right)}

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        Record.full_clean(self, *args, **kwargs)  # type: ignore[arg-type]

    validate_constraints = Record.validate_constraints
    _unsound = Record._unsound
    _by_field = Record._by_field
    _has_field = Record._has_field
    get_absolute_url = Record.get_absolute_url

    def is_away(self, day: datetime.date) -> bool:
        """Away on that day; without a last day: away until further notice."""
        if self.away_from is None or day < self.away_from:
            return False
        return self.away_until is None or day <= self.away_until
