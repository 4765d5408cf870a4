"""The staff API: every resource by its name, how to sign in, and the description of it all."""

from __future__ import annotations

import datetime
from functools import partial
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.exceptions import ValidationError
from django.urls import include, path, re_path
from django.utils import timezone
from rest_framework import exceptions, permissions, serializers, status, views
from rest_framework.authentication import BasicAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from config.tries import TooManyTries, Tries
from contacts.api import cities, documents, organisations, people
from contacts.api.described import described, loaded_later
from contacts.api.serializers import StrictSerializer
from contacts.api.tokens import TokenAuthentication
from contacts.api.views import StaffViewSet, StrictParameters
from contacts.models import AccessToken
from contacts.scopes import every_scope
from delegations import api as delegations
from desk import api as desk
from relations import api as relations
from reminders import api as reminders

# How long one lasts that was bought by a password.
SIGNED_IN_FOR = datetime.timedelta(days=30)

RESOURCES: dict[str, Any] = {
    "users": people.UserViewSet,
    "cities": cities.CityViewSet,
    "city-dates": cities.CityDateViewSet,
    "places": cities.PlaceViewSet,
    "organisations": organisations.OrganisationViewSet,
    "posts": organisations.PostViewSet,
    "people": people.PersonViewSet,
    "tenures": people.TenureViewSet,
    "documents": documents.DocumentViewSet,
    "statements": documents.StatementViewSet,
    "themes": relations.ThemeViewSet,
    "partnerships": desk.TieViewSet,
    "partnership-events": relations.PartnershipEventViewSet,
    "agreements": relations.AgreementViewSet,
    "signatures": relations.SignatureViewSet,
    "decisions": relations.CouncilDecisionViewSet,
    "projects": relations.ProjectViewSet,
    "occasions": desk.JubileeViewSet,
    "interactions": relations.InteractionViewSet,
    "delegations": delegations.DelegationViewSet,
    "stops": delegations.StopViewSet,
    "participants": delegations.ParticipantViewSet,
    "programme-items": delegations.ProgrammeItemViewSet,
    "outcomes": delegations.OutcomeViewSet,
    "follow-ups": delegations.FollowUpViewSet,
    "jubilee-steps": delegations.JubileeStepViewSet,
    "gifts": delegations.GiftViewSet,
    "golden-book": delegations.GoldenBookEntryViewSet,
    "costs": delegations.CostViewSet,
    "rules": reminders.RuleViewSet,
    "reminders": reminders.ReminderViewSet,
    "mails": reminders.MailViewSet,
    "anniversaries": desk.AnniversaryViewSet,
    "forecast": desk.ForecastViewSet,
    "search": desk.SearchViewSet,
}


class CountedPassword(BasicAuthentication):
    """Name and password, with every wrong try counted."""

    def authenticate_credentials(self, userid: str, password: str, request: Any = None) -> Any:
        try:
            tries = Tries(request, userid)
        except TooManyTries as refusal:
            raise exceptions.Throttled(refusal.wait) from refusal
        found = super().authenticate_credentials(userid, password, request)
        tries.succeeded()
        return found


class TokenAnswer(serializers.Serializer):
    token = serializers.CharField()
    expiry = serializers.DateTimeField()


class StrictRequest(StrictParameters):
    """For what takes neither parameters nor a body."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        StrictSerializer(data=request.data).is_valid(raise_exception=True)

    def parameters(self, action: str | None = "list") -> set[str]:
        return set()


class LoginView(StrictRequest, views.APIView):
    """A token for name and password (basic authentication). It is shown once, and expires after 30 days.

    It allows all that its owner may. Tokens with a name, a last day and scopes are made under My access.
    """

    authentication_classes = (CountedPassword,)
    permission_classes = (permissions.IsAuthenticated,)
    counts_tries = True

    @described(request=None, responses=TokenAnswer)
    def post(self, request: Request) -> Response:
        user: Any = request.user
        ends = timezone.now() + SIGNED_IN_FOR
        try:
            token, secret = AccessToken.objects.make(
                user, name="auth/login", scopes=every_scope(), expires_at=ends
            )
        except ValidationError as refusal:
            raise exceptions.PermissionDenied(" ".join(refusal.messages)) from refusal
        user_logged_in.send(type(user), request=request, user=user)
        return Response(TokenAnswer({"token": secret, "expiry": token.expires_at}).data)


class LogoutView(StrictRequest, views.APIView):
    """The token of this request is void from now on."""

    authentication_classes = (TokenAuthentication,)
    permission_classes = (permissions.IsAuthenticated,)

    @described(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        request.auth.delete()
        user_logged_out.send(type(request.user), request=request, user=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class NoSuchAddress(views.APIView):
    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise exceptions.NotFound


router = SimpleRouter(use_regex_path=False)
for name, viewset in RESOURCES.items():
    router.register(name, viewset, basename=name)
    if issubclass(viewset, StaffViewSet):
        StaffViewSet.shown_by[viewset.queryset.model] = partial(viewset, basename=name)

urlpatterns = [
    path("", include(router.urls)),
    path("auth/login/", LoginView.as_view(), name="api-login"),
    path("auth/logout/", LogoutView.as_view(), name="api-logout"),
    path("schema/", loaded_later("config.description.schema"), name="api-schema"),
    path("docs/", loaded_later("config.description.docs"), name="api-docs"),
    re_path("", NoSuchAddress.as_view()),
]
