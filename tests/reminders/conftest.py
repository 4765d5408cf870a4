import pytest
from django.contrib.auth.models import Group
from django.utils import translation

from contacts.models import Office
from reminders.models import Rule, Stage
from reminders.shipped import ship
from tests.factories import CityFactory, HomeCityFactory, PartnershipFactory, user_in
from tests.reminders.sink import Sink, running


@pytest.fixture(autouse=True)
def _shipped_rules(db):
    """A test that commits for real leaves an empty database behind, without the rows of the migrations."""
    ship(Rule, Stage)


@pytest.fixture
def sink(settings):
    """A mail server that accepts everything until a test tells it otherwise."""
    with running(Sink()) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server


@pytest.fixture
def office():
    office = Office.current()
    office.title, office.from_address = "Goldenbook", "goldenbook@stadt.example"
    office.head_group = Group.objects.create(name="heads of the tests")
    office.save()
    return office


@pytest.fixture
def nora():
    return user_in(
        "officer", first_name="Nora", last_name="Beispiel", email="nora@example.org", language="en"
    )


@pytest.fixture
def toni():
    return user_in("officer", first_name="Toni", last_name="Probe", email="toni@example.org", language="en")


@pytest.fixture
def head(office):
    head = user_in(
        "officer", first_name="Hanna", last_name="Leitung", email="hanna@example.org", language="en"
    )
    head.groups.add(office.head_group)
    return head


@pytest.fixture
def berlin_istanbul(nora):
    return PartnershipFactory(
        home=HomeCityFactory(name_de="Berlin"),
        partner=CityFactory(name_de="Istanbul", country="TR"),
        founded="1989-11-17",
        responsible=nora,
    )


@pytest.fixture
def treptow_tepebasi(nora):
    return PartnershipFactory(
        home=HomeCityFactory(name_de="Treptow-Köpenick"),
        partner=CityFactory(name_de="Tepebaşı", country="TR"),
        founded="2017-11-17",
        responsible=nora,
    )


@pytest.fixture
def duesseldorf_chongqing(nora):
    return PartnershipFactory(
        home=HomeCityFactory(name_de="Düsseldorf"),
        partner=CityFactory(name_de="Chongqing", country="CN"),
        founded="2004-07-22",
        responsible=nora,
    )


@pytest.fixture
def english():
    with translation.override("en"):
        yield
