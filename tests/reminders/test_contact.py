"""When the cities of a tie last had to do with each other."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.dates import PartialDate
from relations.models import Interaction, Partnership
from reminders.contact import is_quiet, last_contacts
from tests.factories import (
    CityFactory,
    DelegationFactory,
    HomeCityFactory,
    InteractionFactory,
    PartnershipFactory,
    ProjectFactory,
)

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2024, 10, 18)


def ties():
    return Partnership.objects.prefetch_related("further_cities").order_by("pk")


def contacts(today=TODAY):
    return {tie: (found.what, str(found.on)) for tie, found in last_contacts(ties(), today=today).items()}


def test_the_later_of_visit_and_note_is_the_last_contact():
    called, visited = PartnershipFactory(), PartnershipFactory()
    DelegationFactory(partnership=called, starts_on="2024-05", state="completed")
    call = InteractionFactory(partnership=called, on="2024-06-01")
    visit = DelegationFactory(partnership=visited, starts_on="2024-06", state="completed")
    InteractionFactory(partnership=visited, on="2024-06-30")

    # A visit "in June" may have been on its last day.
    assert contacts() == {called.pk: (call, "2024-06-01"), visited.pk: (visit, "2024-06")}


def test_a_note_of_a_later_day_is_no_contact_yet():
    tie = PartnershipFactory()
    note = InteractionFactory(partnership=tie, on="2024-10-18")

    assert contacts(TODAY - datetime.timedelta(days=1)) == {}
    assert contacts() == {tie.pk: (note, "2024-10-18")}


def test_of_two_notes_of_a_day_the_later_hour_counts():
    tie = PartnershipFactory()
    InteractionFactory(partnership=tie)
    afternoon = InteractionFactory(partnership=tie, time=datetime.time(15))
    InteractionFactory(partnership=tie, time=datetime.time(9))

    assert contacts() == {tie.pk: (afternoon, "2024-06-22")}


def test_for_many_ties_at_once_the_rule_is_the_same_as_for_one():
    istanbul, berlin = CityFactory(), HomeCityFactory()
    first = PartnershipFactory(home=berlin, partner=istanbul)
    second = PartnershipFactory(partner=istanbul)
    second.further_cities.set([CityFactory(), berlin])
    third = PartnershipFactory()
    tied, loose = ProjectFactory(), ProjectFactory()
    tied.partnerships.set([first, third])
    cities = (None, istanbul, berlin, second.further_cities.exclude(pk=berlin.pk).get())
    day = datetime.date(2024, 1, 1)
    for city in cities:
        for project in (None, tied, loose):
            for partnership in (None, first, second):
                InteractionFactory(on=day, city=city, project=project, partnership=partnership)
                day += datetime.timedelta(days=1)
                notes = Interaction.objects.all()

                one_by_one = {tie.pk: notes.of_tie(tie).first() for tie in ties()}
                assert notes.latest_of(ties()) == {pk: note for pk, note in one_by_one.items() if note}


def test_it_costs_as_many_queries_for_fifty_ties_as_for_one():
    def queries(number):
        for _count in range(number):
            tie = PartnershipFactory()
            tie.further_cities.add(CityFactory())
            DelegationFactory(partnership=tie, starts_on="2024-05", state="completed")
            InteractionFactory(city=tie.partner)
        with CaptureQueriesContext(connection) as captured:
            assert len(last_contacts(ties(), today=TODAY)) == Partnership.objects.count()
        return len(captured)

    assert queries(1) == queries(49)


@pytest.mark.parametrize(
    ("contact", "quiet"),
    [
        (None, True),
        (PartialDate(2023, 10, 17), True),
        (PartialDate(2023, 10, 18), False),
        (PartialDate(2023, 10), False),
        (PartialDate(2023, 9), True),
        (PartialDate(2023), False),
    ],
)
def test_quiet_is_twelve_months_without_contact(contact, quiet):
    assert is_quiet(contact, today=TODAY) is quiet
