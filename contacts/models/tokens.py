from __future__ import annotations

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.fields import StringListField
from contacts.keys import Secret, hash_of, new_key
from contacts.scopes import OF_EVERY_GROUP, READ, WRITE, every_scope, in_words, scope_of

PREFIX = "gb_"
# So many letters of it its owner sees, to know it again.
SHOWN = len(PREFIX) + 5
MOST = 10
LONGEST = datetime.timedelta(days=366)
# A program that asks all the time need not write every time.
NOTED_EVERY = datetime.timedelta(minutes=10)


def made_since_new_password() -> models.Q:
    """Of keys with `user` and `made_at`: a new password of the user, however set, ends those from before."""
    never = models.Q(user__password_set_at__isnull=True)
    return never | models.Q(user__password_set_at__lte=models.F("made_at"))


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    def open(self, *, now: datetime.datetime) -> Self:
        """Those that open something at that moment."""
        return self.filter(made_since_new_password(), expires_at__gt=now, user__is_active=True)

    def of_secret(self, secret: Secret, *, now: datetime.datetime) -> AccessToken | None:
        return self.open(now=now).filter(digest=hash_of(secret)).select_related("user").first()

    def make(
        self, user: models.Model, *, name: str, scopes: list[str], expires_at: datetime.datetime
    ) -> tuple[AccessToken, Secret]:
        """A new one, and what opens with it: told this once, and kept nowhere."""
        secret = new_key(PREFIX)
        token = self.model(user=user, name=name, scopes=scopes, expires_at=expires_at)
        token.digest, token.beginning = hash_of(secret), secret[:SHOWN]
        token.full_clean()
        token.save()
        return token, secret

    def forget(self, *, now: datetime.datetime) -> None:
        """Delete those that open nothing any more."""
        self.exclude(pk__in=self.model.objects.open(now=now).values("pk")).delete()


class AccessToken(models.Model):
    """What a program shows at the API instead of a name and a password; who has it acts as its owner.

    It allows no more than its owner may at that moment, and of that only its scopes.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("member of staff"),
        on_delete=models.CASCADE,
        related_name="tokens",
    )
    name = models.CharField(
        _("what it is for"), max_length=100, help_text=_("Which program uses it, and where: Website, live.")
    )
    scopes = StringListField(_("scopes"))
    digest = models.CharField(_("hash"), max_length=64, unique=True, editable=False)
    beginning = models.CharField(_("begins with"), max_length=20, editable=False)
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("ends"))
    used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    # By what it did not allow in this request, though its owner may; see problems.py of the API.
    lacked: tuple[str, ...] = ()

    objects: ClassVar = AccessTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ends_after_it_was_made",
                condition=models.Q(expires_at__gt=models.F("made_at")),
                violation_error_message=_("It would end before it begins. Choose a later day."),
                violation_error_code="expires_at:order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.beginning}…)"

    def clean(self) -> None:
        super().clean()
        if unknown := sorted(set(self.scopes) - set(every_scope())):
            message = _("There is no such scope: %(names)s.")
            refusal = ValidationError(message, code="unknown", params={"names": ", ".join(unknown)})
            raise ValidationError({"scopes": refusal})
        if self.expires_at and self.expires_at > self.made_at + LONGEST:
            message = _("A token lives for a year at most. Choose an earlier day.")
            raise ValidationError({"expires_at": ValidationError(message, code="too_late")})
        if self._state.adding and self.user.tokens.open(now=timezone.now()).count() >= MOST:
            message = _("You hold %(most)s tokens already. Revoke one of them, then make another.")
            raise ValidationError(message, code="too_many", params={"most": MOST})

    def covers(self, right: str) -> bool:
        """Whether its scopes hold what the right asks for."""
        if right in OF_EVERY_GROUP:
            return True
        scope = scope_of(right)
        return scope is not None and not {scope, scope.replace(READ, WRITE)}.isdisjoint(self.scopes)

    def note_lack(self, right: str) -> None:
        """That something was asked for which its owner may do, but not with this token."""
        scope = scope_of(right)
        if scope and scope not in self.lacked:
            self.lacked = (*self.lacked, scope)

    def note_use(self, *, now: datetime.datetime) -> None:
        """That it was used; not more often than every ten minutes."""
        if self.used_at is None or self.used_at <= now - NOTED_EVERY:
            AccessToken.objects.filter(pk=self.pk).update(used_at=now)

    @property
    def allows_everything(self) -> bool:
        return set(self.scopes) == set(every_scope())

    @property
    def in_words(self) -> list[tuple[str, str]]:
        return in_words(self.scopes)
