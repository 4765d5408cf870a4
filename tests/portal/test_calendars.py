"""The public calendars, read by another library than the one that writes them."""

import pytest
import time_machine

from tests import factories as make
from tests.desk.calendars import days_of, events_of
from tests.portal.world import publish


@pytest.fixture
def held(get):
    def held(address):
        return events_of(get(address).content)

    return held


def visit_with_stops(*stops, **facts):
    visit = publish(make.DelegationFactory(title="Besuch am Bosporus", **facts))
    for name, arrives, departs in stops:
        make.StopFactory(
            delegation=visit,
            city=make.CityFactory(name_de=name, country="TR"),
            arrives_on=arrives,
            departs_on=departs,
        )
    return visit


# --- anniversaries ---


@time_machine.travel("2026-11-22")
def test_anniversaries_are_those_of_this_year_and_the_two_that_follow(held, db):
    publish(make.PartnershipFactory(home__name_de="Berlin", partner__name_de="Köln", founded="1989-11-17"))

    assert {title: days_of(event) for title, event in held("anniversaries.ics").items()} == {
        "37 Jahre Berlin–Köln": ("2026-11-17", "2026-11-18"),
        "38 Jahre Berlin–Köln": ("2027-11-17", "2027-11-18"),
        "39 Jahre Berlin–Köln": ("2028-11-17", "2028-11-18"),
    }


def test_with_a_year_they_are_those_of_that_year(held, world):
    assert list(held("anniversaries.ics?year=2024&lang=en")) == ["35 years Berlin–Istanbul (round year)"]


def test_a_month_without_a_day_takes_the_month_and_says_so(held, db):
    publish(make.PartnershipFactory(home__name_de="Berlin", partner__name_de="Köln", founded="2003-02"))

    assert {title: days_of(event) for title, event in held("anniversaries.ics?year=2028").items()} == {
        "25 Jahre Berlin–Köln (Jubiläum) (Februar 2028, Tag nicht bekannt)": ("2028-02-01", "2028-03-01")
    }


@pytest.mark.parametrize(("year", "count"), [(2024, 0), (2025, 1)])
def test_of_a_year_alone_only_a_round_anniversary_is_an_entry(held, db, year, count):
    publish(make.PartnershipFactory(founded="2000"))

    assert len(held(f"anniversaries.ics?year={year}")) == count


def test_the_last_day_that_there_is_breaks_nothing(held, db):
    publish(make.PartnershipFactory(founded="1989-12-31"))

    (event,) = held("anniversaries.ics?year=9999").values()
    assert str(event.dtstart.value) == "9999-12-31"


# --- visits ---


def test_a_visit_is_an_entry_for_each_stop_with_a_date(held, db):
    stops = [("Istanbul", "2024-06-03", "2024-06-05"), ("Bursa", "2024-06-06", None), ("Izmir", None, None)]
    visit_with_stops(*stops, starts_on="2024-06-03", ends_on="2024-06-07")
    found = held("visits.ics")

    assert {title: (*days_of(event), event.location.value) for title, event in found.items()} == {
        "Istanbul: Besuch am Bosporus": ("2024-06-03", "2024-06-06", "Istanbul"),
        "Bursa: Besuch am Bosporus": ("2024-06-06", "2024-06-07", "Bursa"),
    }


def test_without_dates_of_stops_the_visit_is_one_and_a_month_says_so(held, db):
    visit_with_stops(("Istanbul", None, None), starts_on="2024-06")

    assert {title: days_of(event) for title, event in held("visits.ics").items()} == {
        "Besuch am Bosporus (Juni 2024, Tag nicht bekannt)": ("2024-06-01", "2024-07-01")
    }


@pytest.mark.parametrize("dates", [{}, {"starts_on": "2024"}])
def test_of_which_nobody_knows_the_month_has_no_entry(held, db, dates):
    visit_with_stops(**dates)

    assert held("visits.ics") == {}


@pytest.mark.parametrize(
    ("state", "status"),
    [
        *(("cancelled", "CANCELLED"), ("postponed", "CANCELLED"), ("planned", "TENTATIVE")),
        *(("confirmed", "CONFIRMED"), ("completed", "CONFIRMED")),
    ],
)
def test_the_state_of_a_visit_is_that_of_its_entry(held, db, state, status):
    visit_with_stops(starts_on="2024-06-03", state=state)

    assert [event.status.value for event in held("visits.ics").values()] == [status]


# --- both ---


@pytest.mark.parametrize("address", ["visits.ics", "anniversaries.ics?year=2024"])
def test_an_entry_keeps_its_uid_and_the_moment_of_its_publication(get, held, world, address):
    (before,) = held(address).values()
    world.visit.title = "Anders benannt"
    world.visit.save()
    world.tie.founded = "1989-11-18"
    world.tie.save()
    (after,) = held(address).values()

    assert after.summary.value != before.summary.value or after.dtstart.value != before.dtstart.value
    assert after.uid.value == before.uid.value
    assert after.dtstamp.value == before.dtstamp.value == world.visit.published_at.replace(microsecond=0)


def test_an_entry_leads_to_its_page(client, held, world):
    (visit,) = held("visits.ics").values()
    (anniversary,) = held("anniversaries.ics?year=2024").values()
    addresses = [event.url.value.removeprefix("http://localhost:8000") for event in (visit, anniversary)]

    assert [client.get(address).status_code for address in addresses] == [200, 200]
