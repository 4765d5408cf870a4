"""Who a request is from: an access token in its header, never in its address."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from contacts.keys import IN_ADDRESS, Secret, is_key
from contacts.models import AccessToken, User


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token gb_…`; the word of RFC 6750, Bearer, is taken as well."""

    WORDS = ("token", "bearer")

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        _refuse_in_address(request)
        header = Secret(get_authorization_header(request).decode("latin-1"))
        word, _blank, secret = map(Secret, header.partition(" "))
        if word.lower() not in self.WORDS:
            return None
        now = timezone.now()
        token = AccessToken.objects.of_secret(Secret(secret.strip()), now=now)
        if token is None:
            raise exceptions.AuthenticationFailed(
                _("This token opens nothing: it is misspelled, has ended, or was revoked.")
            )
        token.note_use(now=now)
        token.user.token = token
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"


def _refuse_in_address(request: Request) -> None:
    """Addresses are written to logs, kept in histories, and passed on."""
    message = _(
        "A token stands in no address. Send it as the header Authorization: Token …; revoke this one."
    )
    names = [
        name
        for name, values in request.query_params.lists()
        if name.lower().replace("-", "_") in IN_ADDRESS or any(map(is_key, values))
    ]
    if names:
        error = serializers.ErrorDetail(message, code="token_in_address")
        raise serializers.ValidationError({name: [error] for name in names})
