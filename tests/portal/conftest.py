from contextlib import contextmanager, nullcontext

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import override_settings
from factory.base import FactoryMetaClass

from tests import factories
from tests.portal import world as worlds

API = "/api/public/v1/"


@pytest.fixture(autouse=True)
def _numbered_from_the_beginning():
    """No name ends in a number that hangs on which tests came before: it could be that of a secret."""
    for factory in vars(factories).values():
        if isinstance(factory, FactoryMetaClass) and not factory._meta.abstract:
            factory.reset_sequence(0, force=True)


@contextmanager
def memory(*names):
    """What each process remembers in production; those of the suite remember nothing."""
    names = names or tuple(settings.REMEMBERING)
    with override_settings(CACHES=settings.CACHES | {name: settings.REMEMBERING[name] for name in names}):
        try:
            yield
        finally:
            for name in names:
                caches[name].clear()


@pytest.fixture
def remembering():
    with memory():
        yield


@pytest.fixture(params=["forgetful", "remembering"])
def memory_or_none(request):
    with memory() if request.param == "remembering" else nullcontext():
        yield


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
