import pytest
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


def client_for(user) -> APIClient:
    client = APIClient(HTTP_ACCEPT_LANGUAGE="en")
    client.default_format = "json"
    client.force_authenticate(user)
    return client
