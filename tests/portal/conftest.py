import pytest

from tests.portal import world as worlds

API = "/api/public/v1/"


@pytest.fixture
def world(db):
    return worlds.build()


@pytest.fixture
def get(client):
    """The answer at an address below the public API."""

    def get(address, **headers):
        return client.get(API + address, headers=headers)

    return get


@pytest.fixture
def rows(get):
    def rows(address):
        answer = get(address)
        assert answer.status_code == 200, answer.content
        return answer.json()["results"]

    return rows
