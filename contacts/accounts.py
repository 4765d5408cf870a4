"""A forgotten password: a link by mail, for one time, to choose a new one.

Nobody learns here who has an account: the answer is the same for every address, and it is out before anybody
looks whether there is one. A copy of the data sends no links until somebody has confirmed it: they would come
to people of the office from a house that is not theirs. What a new password ends, sessions and tokens, stands
in the model of the user.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.http import HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from rest_framework.throttling import SimpleRateThrottle

from contacts.models import User

logger = logging.getLogger(__name__)


class PerNetwork(SimpleRateThrottle):
    """How often links are asked for from one network address."""

    scope = "password_reset_network"

    def get_cache_key(self, request: Any, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class PerAccount(SimpleRateThrottle):
    """How many such mails one account gets, whoever asks for them."""

    scope = "password_reset_account"

    def __init__(self, user: User) -> None:
        super().__init__()
        self.user = user

    def get_cache_key(self, request: Any, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.user.pk}

    def allows_another(self) -> bool:
        return self.allow_request(None, None)  # type: ignore[arg-type]


def may_choose_anew(user: User) -> bool:
    """Only staff who sign in by a password of ours; others have none to forget."""
    return user.is_active and user.is_staff and user.has_usable_password()


class ForgottenPasswordForm(PasswordResetForm):
    def get_users(self, email: str) -> Iterator[User]:
        return (user for user in super().get_users(email) if may_choose_anew(user))  # type: ignore[arg-type]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Send each account of this address its link. Too many are not sent, and a failing mail server is
        told in the log alone: whoever asked is told neither.
        """
        for user in self.get_users(self.cleaned_data["email"]):
            if PerAccount(user).allows_another():
                send_link(user)


def send_link(user: User) -> None:
    with translation.override(user.language):
        token = default_token_generator.make_token(user)
        uid = urlsafe_base64_encode(force_bytes(user.pk))
        # Never from the request: the host in it is the visitor's own word.
        link = settings.SITE_URL + reverse("password_reset_confirm", args=[uid, token])
        text = render_to_string("contacts/mails/password_reset.txt", {"user": user, "link": link})
        message = EmailMessage(
            _("Goldenbook: choose a new password"),
            text,
            to=[user.email],
            headers={"Auto-Submitted": "auto-generated"},
        )
    try:
        message.send()
    except Exception:  # every mail server fails in its own way
        logger.exception("The link for a new password did not go out to user %s.", user.pk)


class AnswerFirst(HttpResponseRedirect):
    """Is with the visitor before the work begins, so that the time it takes tells nothing."""

    def __init__(self, to: str, *, then: Callable[[], None]) -> None:
        super().__init__(to)
        self.then: Callable[[], None] | None = then

    def close(self) -> None:
        then, self.then = self.then, None
        try:
            if then:
                then()
        except Exception:
            logger.exception("A link for a new password could not be made.")
        finally:
            super().close()


class ForgottenPasswordView(views.PasswordResetView):
    form_class = ForgottenPasswordForm
    # What tells a copy knows the reminders, a room above this one; config/urls.py brings the two together.
    is_copy: Callable[[], bool] = staticmethod(lambda: False)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if self.is_copy():
            return TemplateResponse(request, "registration/password_reset_copy.html", status=503)
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        if not PerNetwork().allow_request(self.request, self):  # type: ignore[arg-type]
            form.add_error("email", _("Too many links were asked for from here. Try again in an hour."))
            return self.render_to_response(self.get_context_data(form=form), status=429)
        return AnswerFirst(str(self.get_success_url()), then=form.save)


class NewPasswordView(views.PasswordResetConfirmView):
    def get_user(self, uidb64: str) -> Any:
        user: Any = super().get_user(uidb64)
        return user if user is not None and may_choose_anew(user) else None
