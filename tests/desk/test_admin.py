import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts.dates import PartialDate
from tests.factories import InteractionFactory, PartnershipFactory, UserFactory

TIES = "admin:relations_partnership_changelist"


@pytest.fixture
def client(client, db):
    client.force_login(UserFactory(is_superuser=True))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def test_the_list_of_ties_tells_the_last_contact_and_finds_the_quiet_ones(client):
    today = timezone.localdate()
    talking, quiet, ended = PartnershipFactory(), PartnershipFactory(), PartnershipFactory()
    ended.end(on="2020")
    InteractionFactory(partnership=talking, on=today)
    InteractionFactory(partnership=quiet, on=today - datetime.timedelta(days=400))

    everything = client.get(reverse(TIES))
    page = client.get(reverse(TIES), {"contact": "quiet"})

    assert PartialDate.of(today).display_short() in everything.content.decode()
    assert [tie.pk for tie in page.context["cl"].result_list] == [quiet.pk]
