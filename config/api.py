"""The staff API: every resource by its name, how to sign in, and the description of it all."""

from __future__ import annotations

from typing import Any

from django.urls import include, path, re_path
from drf_spectacular.plumbing import get_lib_doc_excludes
from drf_spectacular.utils import extend_schema, extend_schema_view
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from knox.views import LoginView as KnoxLoginView
from knox.views import LogoutView as KnoxLogoutView
from rest_framework import exceptions, serializers, views
from rest_framework.authentication import BasicAuthentication
from rest_framework.request import Request
from rest_framework.routers import SimpleRouter
from rest_framework.throttling import SimpleRateThrottle

from contacts.api import cities, documents, organisations, people
from contacts.api.serializers import CleanModelSerializer, RowSerializer, StrictSerializer
from contacts.api.views import PublishableViewSet, RecordViewSet, StaffViewSet, StrictParameters
from delegations import api as delegations
from desk import api as desk
from relations import api as relations
from reminders import api as reminders

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
    "occasions": relations.OccasionViewSet,
    "delegations": delegations.DelegationViewSet,
    "stops": delegations.StopViewSet,
    "participants": delegations.ParticipantViewSet,
    "programme-items": delegations.ProgrammeItemViewSet,
    "outcomes": delegations.OutcomeViewSet,
    "follow-ups": delegations.FollowUpViewSet,
    "golden-book": delegations.GoldenBookEntryViewSet,
    "rules": reminders.RuleViewSet,
    "reminders": reminders.ReminderViewSet,
    "mails": reminders.MailViewSet,
    "anniversaries": desk.AnniversaryViewSet,
}


class LoginThrottle(SimpleRateThrottle):
    """Counts tries by address, before the password is looked at: a wrong one counts as well."""

    scope = "login"

    def get_cache_key(self, request: Request, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class TokenAnswer(serializers.Serializer):
    token = serializers.CharField()
    expiry = serializers.DateTimeField()


@extend_schema_view(post=extend_schema(request=None, responses=TokenAnswer))
class LoginView(KnoxLoginView):
    """A token for name and password (basic authentication). It is shown once and expires."""

    authentication_classes = (BasicAuthentication,)

    def perform_authentication(self, request: Request) -> None:
        throttle = LoginThrottle()
        if not throttle.allow_request(request, self):
            self.throttled(request, throttle.wait() or 0)
        super().perform_authentication(request)


@extend_schema_view(post=extend_schema(request=None, responses={204: None}))
class LogoutView(KnoxLogoutView):
    """The token of this request is void from now on."""


class NoSuchAddress(views.APIView):
    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise exceptions.NotFound


def inherited_words() -> list[type]:
    """Base classes whose docstrings speak to us, not to the reader of the description."""
    bases = (StrictSerializer, CleanModelSerializer, RowSerializer)
    viewsets = (StrictParameters, StaffViewSet, RecordViewSet, PublishableViewSet)
    return [*get_lib_doc_excludes(), *bases, *viewsets]


router = SimpleRouter(use_regex_path=False)
for name, viewset in RESOURCES.items():
    router.register(name, viewset, basename=name)

urlpatterns = [
    path("", include(router.urls)),
    path("auth/login/", LoginView.as_view(), name="api-login"),
    path("auth/logout/", LogoutView.as_view(), name="api-logout"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    re_path("", NoSuchAddress.as_view()),
]
