import datetime

import pytest
from django.utils import translation

from desk.day import Whose, day_of_user
from tests.factories import CityFactory, HomeCityFactory, PartnershipFactory, user_in

# A Wednesday, so that the week has a past and a future.
TODAY = datetime.date(2026, 11, 18)


@pytest.fixture
def officer(db):
    return user_in("officer")


@pytest.fixture
def client(client, officer):
    client.force_login(officer)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def english():
    with translation.override("en"):
        yield


def tie_of(home: str, partner: str, **facts):
    return PartnershipFactory(
        home=HomeCityFactory(name_de=home), partner=CityFactory(name_de=partner), **facts
    )


def day(user, *, whose=Whose.ALL, home=None, today=TODAY):
    return day_of_user(user, whose=whose, home=home, today=today)
