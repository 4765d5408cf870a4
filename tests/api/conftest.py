import pytest
from django.core.cache import caches
from rest_framework.test import APIClient

from tests.factories import UserFactory, user_in


@pytest.fixture
def client_of(db):
    """A client signed in as a member of one role."""

    def client_of(role: str) -> APIClient:
        return client_for(user_in(role))

    return client_of


@pytest.fixture
def officer(client_of) -> APIClient:
    return client_of("officer")


@pytest.fixture
def admin(db) -> APIClient:
    return client_for(UserFactory(is_superuser=True))


@pytest.fixture
def remembering(settings):
    """What was answered is remembered for polls, as in production; the suite's processes remember nothing."""
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "polls"}
    settings.CACHES = {**settings.CACHES, "here": memory}
    yield
    caches["here"].clear()


def client_for(user) -> APIClient:
    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    client.default_format = "json"
    client.force_authenticate(user)
    return client
