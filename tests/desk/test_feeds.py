"""The calendar of a member of staff, read by another library than the one that writes it."""

import datetime
from zoneinfo import ZoneInfo

import pytest
import vobject
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delegations.models import Delegation, ProgrammeItem
from desk import feeds
from desk.feeds import feed_of
from desk.models import CalendarFeed
from tests.desk.calendars import days_of, events_of
from tests.desk.conftest import TODAY, tie_of
from tests.factories import (
    CityFactory,
    DelegationFactory,
    FollowUpFactory,
    HomeCityFactory,
    ParticipantFactory,
    PersonFactory,
    ProgrammeItemFactory,
    StopFactory,
    user_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(officer):
    officer.language = "en"
    officer.save()
    return officer


@pytest.fixture
def feed(officer):
    return CalendarFeed.objects.create(user=officer, whose="all")


def held(feed, today=TODAY):
    return events_of(feed_of(feed, today=today))


# --- anniversaries ---


def test_anniversaries_of_three_years_are_all_day(feed):
    tie_of("Berlin", "Istanbul", founded="1989-11-17")

    found = held(feed)

    assert {title: days_of(event) for title, event in found.items()} == {
        "37 years Berlin–Istanbul": ("2026-11-17", "2026-11-18"),
        "38 years Berlin–Istanbul": ("2027-11-17", "2027-11-18"),
        "39 years Berlin–Istanbul": ("2028-11-17", "2028-11-18"),
    }
    assert {event.transp.value for event in found.values()} == {"TRANSPARENT"}


def test_an_anniversary_known_to_the_month_takes_the_month_and_says_so(feed):
    tie_of("Osnabrück", "Çanakkale", founded="2003-05")

    found = held(feed)

    assert days_of(found["24 years Osnabrück–Çanakkale (May 2027, day not known)"]) == (
        "2027-05-01",
        "2027-06-01",
    )
    assert "25 years Osnabrück–Çanakkale (jubilee) (May 2028, day not known)" in found


def test_of_a_year_alone_only_a_round_anniversary_is_an_entry(feed):
    tie_of("Mannheim", "Beyoğlu", founded="2012")

    assert {title: days_of(event) for title, event in held(feed).items()} == {
        "15 years Mannheim–Beyoğlu (round year) (2027, day not known)": ("2027-01-01", "2028-01-01")
    }


def test_a_corrected_founding_year_changes_the_entry_instead_of_adding_one(feed):
    tie = tie_of("Berlin", "Istanbul", founded="1989-11-17")
    before = {event.uid.value: int(event.sequence.value) for event in held(feed).values()}
    tie.founded = "1988-11-18"
    tie.save()

    after = {event.uid.value: int(event.sequence.value) for event in held(feed).values()}

    assert after == {uid: number + 1 for uid, number in before.items()}


# --- follow-ups ---


def test_a_follow_up_stands_on_the_day_it_is_due_and_vanishes_when_done(feed):
    promise = FollowUpFactory(title="Send photos, maps; more", due_on="2026-12-01")
    FollowUpFactory(title="Answer", due_on="2027-02")
    FollowUpFactory(title="Some day")
    FollowUpFactory(title="In the year", due_on="2027")

    assert {title: days_of(event) for title, event in held(feed).items()} == {
        "Due: Send photos, maps; more": ("2026-12-01", "2026-12-02"),
        "Due: Answer (February 2027, day not known)": ("2027-02-28", "2027-03-01"),
    }

    promise.complete(on=TODAY)
    assert list(held(feed)) == ["Due: Answer (February 2027, day not known)"]


# --- visits ---


@pytest.fixture
def visit():
    return DelegationFactory(
        title="Journey to Asia", starts_on="2027-03-20", ends_on="2027-04-02", state="confirmed"
    )


def stop(visit, name, since, until, zone="Asia/Seoul"):
    city = CityFactory(name_de=name, timezone=zone, country="KR")
    return StopFactory(delegation=visit, city=city, arrives_on=since, departs_on=until)


def test_a_visit_is_one_entry_a_stop(feed, visit):
    stop(visit, "Seoul", "2027-03-20", "2027-03-24")
    stop(visit, "Chongqing", "2027-03-25", None)

    found = held(feed)

    assert {title: days_of(event) for title, event in found.items()} == {
        "Seoul: Journey to Asia": ("2027-03-20", "2027-03-25"),
        "Chongqing: Journey to Asia": ("2027-03-25", "2027-03-26"),
    }
    assert found["Seoul: Journey to Asia"].location.value == "Seoul, South Korea"
    assert {event.status.value for event in found.values()} == {"CONFIRMED"}


def test_a_visit_without_stops_or_without_their_dates_is_one_entry(feed, visit):
    stop(visit, "Seoul", None, None)
    DelegationFactory(title="Guests", starts_on="2027-05")
    DelegationFactory(title="Some time", starts_on="2027")
    DelegationFactory(title="Never fixed")

    assert {title: days_of(event) for title, event in held(feed).items()} == {
        "Journey to Asia": ("2027-03-20", "2027-04-03"),
        "Guests (May 2027, day not known)": ("2027-05-01", "2027-06-01"),
    }


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("idea", "TENTATIVE"),
        ("planned", "TENTATIVE"),
        ("confirmed", "CONFIRMED"),
        ("completed", "CONFIRMED"),
        ("postponed", "CANCELLED"),
        ("cancelled", "CANCELLED"),
    ],
)
def test_the_state_of_a_visit_is_the_status_of_its_entry(feed, visit, state, status):
    Delegation.objects.filter(pk=visit.pk).update(state=state)

    assert held(feed)["Journey to Asia"].status.value == status


def test_a_visit_called_off_is_a_newer_version_of_the_same_entry(feed, visit):
    leg = stop(visit, "Seoul", "2027-03-20", "2027-03-24")
    item = ProgrammeItemFactory(delegation=visit, stop=leg, title="Talk", on="2027-03-21", starts_at="10:00")
    before = held(feed)
    visit.refresh_from_db()
    visit.cancel()
    item.refresh_from_db()

    after = held(feed)

    assert {event.status.value for event in after.values()} == {"CANCELLED"}
    assert list(after) == list(before)
    for title, event in after.items():
        assert event.uid.value == before[title].uid.value
        assert int(event.sequence.value) > int(before[title].sequence.value)
        assert event.last_modified.value >= before[title].last_modified.value


def test_visits_long_ago_are_left_out(feed):
    DelegationFactory(title="Last year", starts_on="2025-02-03")
    DelegationFactory(title="Long ago", starts_on="2024-12-30")
    DelegationFactory(title="Over the turn", starts_on="2024-12-30", ends_on="2025-01-02")
    DelegationFactory(title="Far off", starts_on="2029-01-01")

    assert set(held(feed)) == {"Last year", "Over the turn"}


def test_a_visit_without_a_date_of_its_own_is_found_by_its_stops(feed):
    stop(DelegationFactory(title="Open"), "Seoul", "2027-03-20", None)

    assert list(held(feed)) == ["Seoul: Open"]


# --- programme ---


def programme(feed, visit, zone="Asia/Seoul", since="2027-03-20", **facts):
    CalendarFeed.objects.filter(pk=feed.pk).update(visits=False)
    feed.refresh_from_db()
    leg = stop(visit, "Seoul", since, None, zone)
    facts = {"on": "2027-03-21", "starts_at": "10:00", "ends_at": "11:30"} | facts
    return ProgrammeItemFactory(delegation=visit, stop=leg, title="Talk", **facts)


def test_a_programme_item_stands_at_its_time_where_the_stop_is(feed, visit):
    programme(feed, visit, place="Town hall")

    talk = held(feed)["Talk"]

    assert talk.dtstart.value == datetime.datetime(2027, 3, 21, 10, tzinfo=ZoneInfo("Asia/Seoul"))
    assert talk.dtend.value == datetime.datetime(2027, 3, 21, 11, 30, tzinfo=ZoneInfo("Asia/Seoul"))
    assert talk.dtstart.params["X-VOBJ-ORIGINAL-TZID"] == ["Asia/Seoul"]
    assert talk.location.value == "Town hall, Seoul"
    assert talk.transp.value == "OPAQUE"


@pytest.mark.parametrize(
    ("day", "offset"), [("2027-03-27", 1), ("2027-03-28", 2), ("2027-10-30", 2), ("2027-10-31", 1)]
)
def test_the_hour_stays_when_the_clocks_change(feed, day, offset):
    """The file's own description of the zone is what the reader goes by."""
    visit = DelegationFactory(starts_on="2027-03-20", ends_on="2027-11-02")
    programme(feed, visit, "Europe/Berlin", on=day)

    start = held(feed)["Talk"].dtstart.value

    assert (start.hour, start.utcoffset()) == (10, datetime.timedelta(hours=offset))


def test_where_the_zone_is_not_known_the_time_floats(feed, visit):
    programme(feed, visit, zone="")

    talk = held(feed)["Talk"]

    assert talk.dtstart.value == datetime.datetime(2027, 3, 21, 10)
    assert "Local time; the time zone is not known." in talk.description.value
    assert b"VTIMEZONE" not in feed_of(feed, today=TODAY)


def test_an_item_without_a_time_takes_the_day_and_one_without_a_day_is_left_out(feed, visit):
    item = programme(feed, visit, starts_at=None, ends_at=None)
    assert days_of(held(feed)["Talk"]) == ("2027-03-21", "2027-03-22")
    assert not hasattr(held(feed)["Talk"], "valarm")

    item.on = "2027-03"
    item.save()
    assert held(feed) == {}


def test_an_item_may_end_after_midnight_or_nobody_knows_when(feed, visit):
    item = programme(feed, visit, starts_at="20:00", ends_at="00:30")
    assert str(held(feed)["Talk"].dtend.value) == "2027-03-22 00:30:00+09:00"

    ProgrammeItem.objects.filter(pk=item.pk).update(ends_at=None)
    assert not hasattr(held(feed)["Talk"], "dtend")


def test_an_item_has_an_alarm_unless_it_is_called_off_or_none_is_wanted(feed, visit):
    item = programme(feed, visit)
    alarm = held(feed)["Talk"].valarm
    assert (alarm.action.value, alarm.trigger.value) == ("DISPLAY", datetime.timedelta(minutes=-30))

    item.cancel()
    called_off = held(feed)["Talk"]
    assert (called_off.status.value, hasattr(called_off, "valarm")) == ("CANCELLED", False)

    ProgrammeItem.objects.filter(pk=item.pk).update(state="planned")
    feed.alarms = False
    assert not hasattr(held(feed)["Talk"], "valarm")


# --- what is not in it ---


def test_nothing_that_only_some_may_see_is_in_it(feed, visit):
    host = PersonFactory(family_name="Geheimname", address="Geheimweg 1", protocol_notes="geheim")
    guest = ParticipantFactory(delegation=visit, person=host, diet="geheim", note="geheim")
    item = programme(feed, visit, talking_points="geheim", note="geheim")
    item.hosts.add(guest)
    FollowUpFactory(title="Call", text="geheim", due_on="2026-12-01", counterpart=host)
    Delegation.objects.filter(pk=visit.pk).update(report="geheim", summary="geheim", purpose="geheim")
    feed.visits = True

    assert b"eheim" not in feed_of(feed, today=TODAY)


@pytest.mark.parametrize("part", CalendarFeed.PARTS)
def test_what_is_not_chosen_is_not_in_it(feed, visit, part):
    tie_of("Berlin", "Istanbul", founded="1989-11-17")
    FollowUpFactory(title="Call", due_on="2026-12-01")
    ProgrammeItemFactory(delegation=visit, title="Talk", on="2027-03-21")
    kinds = {
        "anniversaries": "Anniversary",
        "follow_ups": "Follow-up",
        "visits": "Visit",
        "programme": "Programme",
    }
    for name in CalendarFeed.PARTS:
        setattr(feed, name, name == part)

    assert {event.categories.value[0] for event in held(feed).values()} == {kinds[part]}


def test_mine_is_what_i_answer_for_or_go_along_with(feed, officer):
    other = user_in("officer")
    officer.person = PersonFactory()
    officer.save()
    along = DelegationFactory(title="Along", starts_on="2027-01-01", responsible=other)
    ParticipantFactory(delegation=along, person=officer.person)
    ParticipantFactory(delegation=along, person=PersonFactory())
    DelegationFactory(title="Mine", starts_on="2027-01-01", responsible=officer)
    DelegationFactory(title="Theirs", starts_on="2027-01-01", responsible=other)
    tie_of("A", "B", founded="2026-01-01", responsible=officer)
    tie_of("C", "D", founded="2026-01-01", responsible=other)
    FollowUpFactory(title="Call", due_on="2026-12-01", assignee=officer)
    FollowUpFactory(title="Write", due_on="2026-12-01", assignee=other)
    assert len(held(feed)) == 9

    feed.whose = "mine"

    assert set(held(feed)) == {"Along", "Mine", "1 year A–B", "2 years A–B", "Due: Call"}


def test_one_home_city_narrows_all_of_it(feed):
    berlin, linz = (tie_of(home, "Izmir", founded="2026-02-03") for home in ("Berlin", "Linz"))
    for tie in (berlin, linz):
        visit = DelegationFactory(title=f"Visit {tie.home}", starts_on="2027-01-01", partnership=tie)
        ProgrammeItemFactory(delegation=visit, title=f"Talk {tie.home}", on="2027-01-01")
        FollowUpFactory(title=f"Call {tie.home}", due_on="2026-12-01", partnership=tie)

    feed.home = berlin.home

    assert set(held(feed)) == {
        "1 year Berlin–Izmir",
        "2 years Berlin–Izmir",
        "Due: Call Berlin",
        "Visit Berlin",
        "Talk Berlin",
    }


def test_it_costs_no_more_queries_for_many_rows(feed, officer):
    def work(number):
        for _ in range(number):
            tie = tie_of("A", "B", founded="1990-01-02")
            visit = DelegationFactory(starts_on="2027-03-20", partnership=tie, home=tie.home)
            leg = stop(visit, "Seoul", "2027-03-20", None)
            ProgrammeItemFactory(delegation=visit, stop=leg, on="2027-03-20", starts_at="10:00")
            FollowUpFactory(due_on="2026-12-01", delegation=visit)

    work(1)
    feed_of(feed, today=TODAY)
    with CaptureQueriesContext(connection) as one:
        feed_of(feed, today=TODAY)
    work(9)

    with CaptureQueriesContext(connection) as ten:
        content = feed_of(feed, today=TODAY)

    assert content.count(b"BEGIN:VEVENT") == 10 * 6
    assert len(ten) == len(one)


def test_it_has_an_end(feed, monkeypatch):
    monkeypatch.setattr("desk.feeds.MOST", 2)
    FollowUpFactory.create_batch(3, due_on="2026-12-01")

    assert feed_of(feed, today=TODAY).count(b"BEGIN:VEVENT") == 2


def test_it_speaks_the_language_of_its_owner_and_long_lines_are_folded(feed, officer):
    officer.language = "de"
    FollowUpFactory(title="Ü" * 100 + ", ; \\ \n Ende", due_on="2026-12-01")

    content = feed_of(CalendarFeed.objects.get(), today=TODAY)

    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    (title,) = events_of(content)
    assert title.endswith("Ü, ; \\ \n Ende")


# --- fetched by its address ---


def address(key):
    return reverse("calendar-feed", args=[key])


@pytest.fixture
def anyone():
    """A program that has an address and nothing else."""
    return Client(HTTP_ACCEPT_LANGUAGE="en")


def test_whoever_has_the_key_gets_the_calendar_and_no_session(feed, anyone):
    tie_of("Berlin", "Istanbul", founded="1989-11-17")

    answer = anyone.get(address(feed.renew()), headers={"User-Agent": "Calendars/1.0"})

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert len(events_of(answer.content)) == 3
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer.cookies == {}


def test_what_has_not_changed_is_not_sent_again(feed, anyone):
    key = feed.renew()
    tag = anyone.get(address(key))["ETag"]

    again = anyone.get(address(key), headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Referrer-Policy"] == "no-referrer"

    FollowUpFactory(due_on=timezone.localdate())
    assert anyone.get(address(key), headers={"If-None-Match": tag}).status_code == 200


def test_the_last_fetch_is_noted_but_not_every_second(feed, anyone):
    key = feed.renew()
    now = timezone.now()

    anyone.get(address(key), headers={"User-Agent": "Calendars/1.0"})
    feed.refresh_from_db()
    assert (feed.fetched_at >= now, feed.fetched_by) == (True, "Calendars/1.0")

    anyone.get(address(key), headers={"User-Agent": "Other"})
    feed.refresh_from_db()
    assert feed.fetched_by == "Calendars/1.0"


def test_a_key_that_was_renewed_or_ended_opens_nothing(feed, anyone):
    old = feed.renew()
    new = feed.renew()
    assert [anyone.get(address(key)).status_code for key in (old, new)] == [404, 200]

    feed.revoke()
    answer = anyone.get(address(new))
    assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")
    assert anyone.get(address("gbcal_")).status_code == 404


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_whoever_may_not_sign_in_any_more_has_no_calendar(feed, officer, anyone, change):
    key = feed.renew()
    type(officer).objects.filter(pk=officer.pk).update(**change)

    assert anyone.get(address(key)).status_code == 404


def test_rights_are_asked_each_time(feed, officer, anyone):
    tie_of("Berlin", "Istanbul", founded="1989-11-17")
    key = feed.renew()
    officer.groups.clear()

    emptied = anyone.get(address(key))
    assert (emptied.status_code, events_of(emptied.content)) == (200, {})

    officer.groups.add(Group.objects.get(name="reader"))
    assert len(events_of(anyone.get(address(key)).content)) == 3


def test_only_reading_is_possible(feed, anyone):
    assert anyone.post(address(feed.renew())).status_code == 405


def test_the_key_is_kept_as_a_hash(feed):
    key = feed.renew()

    assert len(key.removeprefix("gbcal_")) == 48
    row = CalendarFeed.objects.values().get()
    assert key.removeprefix("gbcal_") not in str(row)
    assert len(row["key_hash"]) == 64


# --- the page of its owner ---

PAGE = "/admin/calendar-subscription/"


def chosen(**fields):
    return {"anniversaries": "on", "visits": "on", "whose": "all", "home": ""} | fields


def test_a_new_address_is_shown_once_and_works(client, officer, anyone):
    answer = client.post(PAGE, chosen(renew="1"))

    shown = answer.context["address"]
    assert "no-store" in answer["Cache-Control"]
    assert shown.startswith("http://testserver/calendar/gbcal_")
    assert answer.context["webcal"] == "webcal" + shown.removeprefix("http")
    assert anyone.get(shown.removeprefix("http://testserver")).status_code == 200
    assert "gbcal_" not in client.get(PAGE).content.decode()
    feed = CalendarFeed.objects.get()
    assert (feed.user, feed.whose, feed.follow_ups, feed.programme) == (officer, "all", False, False)


def test_what_is_chosen_is_saved_without_a_new_address(client, feed):
    feed.renew()
    before = CalendarFeed.objects.get().key_hash
    berlin = HomeCityFactory(name_de="Berlin")

    client.post(PAGE, chosen(whose="mine", home=berlin.pk, alarms="on"))

    after = CalendarFeed.objects.get()
    assert (after.key_hash, after.whose, after.home) == (before, "mine", berlin)


def test_an_address_is_ended(client, feed, anyone):
    key = feed.renew()

    client.post(PAGE, {"revoke": "1"})

    assert anyone.get(address(key)).status_code == 404
    assert "There is no address yet, or it was ended." in client.get(PAGE).content.decode()


def test_a_calendar_holds_at_least_one_thing(client):
    page = client.post(PAGE, {"whose": "mine", "renew": "1"})

    assert page.context["form"].errors == {
        "anniversaries": ["Choose at least one thing that the calendar should hold."]
    }
    assert not CalendarFeed.objects.exists()


def test_everybody_has_a_calendar_of_their_own(client, feed, anyone):
    key = feed.renew()
    client.force_login(user_in("reader"))

    assert not client.get(PAGE).context["feed"].is_open
    client.post(PAGE, {"revoke": "1"})

    assert anyone.get(address(key)).status_code == 200


@pytest.mark.parametrize(("role", "whose"), [("officer", "mine"), ("reader", "all")])
def test_at_first_ones_own_work_is_chosen_or_everybodys_for_those_who_only_look(client, role, whose):
    client.force_login(user_in(role))

    assert client.get(PAGE).context["form"]["whose"].value() == whose


def test_whoever_is_not_signed_in_is_asked_to(anyone):
    assert anyone.get(PAGE).url == f"/admin/login/?next={PAGE}"


def test_the_way_to_it_is_in_the_head_and_on_the_first_page(client):
    assert client.get("/admin/").content.decode().count(f'href="{PAGE}"') == 2


def test_the_file_is_what_its_media_type_says(feed):
    calendar = vobject.readOne(feed_of(feed, today=TODAY).decode())

    assert (calendar.version.value, calendar.x_wr_calname.value) == ("2.0", "Goldenbook")


# --- the calendar of somebody else ---


def test_an_administrator_revokes_the_calendar_of_another_at_once(client, feed, officer, anyone):
    key = feed.renew()
    client.force_login(user_in("administrator"))
    page = reverse("admin:contacts_user_do", args=[officer.pk, "revoke_calendar"])
    assert page in client.get(officer.get_absolute_url()).content.decode()
    assert anyone.get(address(key)).status_code == 200

    client.post(page)

    assert anyone.get(address(key)).status_code == 404
    last = officer.history.first()
    assert (last.history_change_reason, last.history_user.groups.get().name) == (
        "calendar subscription revoked",
        "administrator",
    )
    client.force_login(user_in("privacy"))
    history = client.get(reverse("admin:contacts_user_history", args=[officer.pk])).content.decode()
    assert "calendar subscription revoked" in history


def test_choosing_anew_does_not_bring_back_an_address_that_was_revoked_meanwhile(feed, anyone):
    key = feed.renew()
    read_before = CalendarFeed.objects.get(pk=feed.pk)
    feed.revoke()

    read_before.programme = False
    read_before.keep("programme")

    assert anyone.get(address(key)).status_code == 404
    assert not CalendarFeed.objects.get(pk=feed.pk).programme


def test_two_who_revoke_at_once_are_both_done(feed, officer):
    feed.renew()
    feeds.revoke_calendar(officer)
    feeds.revoke_calendar(officer)

    assert officer.history.filter(history_change_reason="calendar subscription revoked").count() == 1


def test_what_was_chosen_outlives_the_end_of_the_address(client, feed, officer, anyone):
    feed.renew()
    feed.programme = False
    feed.save()
    client.force_login(user_in("administrator"))

    client.post(reverse("admin:contacts_user_do", args=[officer.pk, "revoke_calendar"]))

    kept = CalendarFeed.objects.get(user=officer)
    assert (kept.key_hash, kept.made_at, kept.programme) == (None, None, False)
    assert anyone.get(address(kept.renew())).status_code == 200


def test_without_an_address_there_is_nothing_to_revoke(client, officer):
    client.force_login(user_in("administrator"))

    page = client.get(officer.get_absolute_url()).content.decode()

    assert "revoke_calendar" not in page
    before = officer.history.count()
    client.post(reverse("admin:contacts_user_do", args=[officer.pk, "revoke_calendar"]))
    assert officer.history.count() == before


@pytest.mark.parametrize("role", ["head", "officer", "privacy"])
def test_nobody_but_an_administrator_revokes_it(client, feed, officer, anyone, role):
    key = feed.renew()
    client.force_login(user_in(role))

    answer = client.post(reverse("admin:contacts_user_do", args=[officer.pk, "revoke_calendar"]))

    assert answer.status_code == 403
    assert anyone.get(address(key)).status_code == 200


def test_the_account_says_when_the_calendar_was_last_fetched(client, feed, officer, anyone):
    key = feed.renew()
    client.force_login(user_in("administrator"))
    assert "never fetched" in client.get(officer.get_absolute_url()).content.decode()

    anyone.get(address(key))

    assert "last fetched" in client.get(officer.get_absolute_url()).content.decode()
