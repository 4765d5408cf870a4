import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts.dates import PartialDate
from contacts.models import User
from relations.models import Interaction, Partnership, PartnershipEvent, Project, Signature
from tests.factories import (
    AgreementFactory,
    CityFactory,
    HomeCityFactory,
    InteractionFactory,
    OccasionFactory,
    PartnershipEventFactory,
    PartnershipFactory,
    PersonFactory,
    PostFactory,
    ProjectFactory,
    TenureFactory,
    UserFactory,
    user_in,
)
from tests.pages import errors_on, new_row, said_on, save, url_of

STILL_TIED = "Berlin–Istanbul would be open again, beside another open tie of this kind. End that one first."
TIES = "admin:relations_partnership_changelist"


@pytest.fixture
def client(client, db):
    client.force_login(UserFactory(is_superuser=True))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def tie(db):
    return PartnershipFactory(
        home=HomeCityFactory(name_de="Berlin"),
        partner=CityFactory(name_de="Istanbul", country="TR"),
        founded="1989-11-17",
    )


def listed(client, **query):
    return list(client.get(reverse(TIES), query).context["cl"].result_list)


# --- rules ---


def test_the_same_tie_entered_from_the_other_side_is_an_error_at_the_field(client, tie):
    page = save(
        client,
        reverse("admin:relations_partnership_add"),
        "partnership",
        home=tie.partner.pk,
        partner=tie.home.pk,
        kind="partnership",
    )

    assert errors_on(page) == {
        "partner": ["These two cities have an open tie of this kind already, in either order."]
    }
    assert Partnership.objects.count() == 1


def test_a_tie_of_a_city_with_itself_is_an_error_at_the_field(client, tie):
    page = save(client, url_of(tie), "partnership", partner=tie.home.pk)

    assert errors_on(page) == {"partner": ["A tie joins two different cities. Choose another one."]}


def test_a_rule_over_a_field_that_is_not_on_the_form_is_an_error_and_no_failure(client, tie):
    AgreementFactory(partnership=tie, valid_from=datetime.date(2025, 1, 1))

    page = save(client, url_of(tie), "partnership", **{"agreements-0-valid_until": "2024-12-31"})

    assert errors_on(page) == {
        "agreements-0-valid_until": [
            "The agreement would end before it begins. Correct one of the two dates."
        ]
    }


def test_a_rule_speaks_in_its_own_words(client, tie):
    AgreementFactory(partnership=tie, valid_until=datetime.date(2030, 1, 1), notice_days=30)

    page = save(client, url_of(tie), "partnership", **{"agreements-0-valid_until": ""})

    assert errors_on(page) == {
        "agreements-0-valid_until": ["Notice and renewal need an end. Say until when the agreement is valid."]
    }


# --- the life of a tie ---


def test_an_end_entered_on_the_form_closes_the_tie(client, tie):
    page = save(client, url_of(tie), "partnership", **new_row("events", 0, kind="ended", on="06.2023"))

    assert page.status_code == 302
    tie.refresh_from_db()
    assert tie.ended_on == PartialDate(2023, 6)
    assert tie.status == Partnership.Status.ENDED


def test_an_end_without_a_date_is_an_error_of_the_row(client, tie):
    page = save(client, url_of(tie), "partnership", **new_row("events", 0, kind="ended"))

    assert errors_on(page) == {"events-0-on": ["Say when the tie ended, at least the year."]}
    tie.refresh_from_db()
    assert tie.ended_on is None


def test_an_end_taken_off_the_form_opens_the_tie_again(client, tie):
    tie.end(on=PartialDate(2023))

    page = save(client, url_of(tie), "partnership", **{"events-0-DELETE": "on"})

    assert page.status_code == 302
    tie.refresh_from_db()
    assert tie.ended_on is None
    assert tie.events.count() == 0


@pytest.fixture
def followed(tie):
    """Ended, and followed by a new tie of the same pair: the end cannot be taken back."""
    tie.end(on=PartialDate(2000))
    PartnershipFactory(home=tie.home, partner=tie.partner)
    return tie


def test_an_end_that_cannot_be_taken_back_is_an_error_of_the_form(client, followed):
    page = save(client, url_of(followed), "partnership", **{"events-0-DELETE": "on"})

    assert page.status_code == 200
    assert errors_on(page) == {"__all__": [STILL_TIED]}
    assert followed.events.count() == 1


def test_an_end_that_cannot_be_taken_back_is_not_deleted_on_its_own_page(client, followed):
    end = followed.events.get()

    page = client.post(url_of(end, "delete"), {"post": "yes"})

    assert page.url == url_of(end)
    assert said_on(page) == [STILL_TIED]
    assert followed.events.count() == 1


def test_ends_that_cannot_be_taken_back_are_not_deleted_from_the_list(client, followed):
    other = PartnershipEventFactory()
    end = followed.events.get()
    chosen = {"action": "delete_selected", "_selected_action": [end.pk, other.pk], "post": "yes"}

    page = client.post(reverse("admin:relations_partnershipevent_changelist"), chosen)

    assert page.status_code == 302
    assert said_on(page) == [STILL_TIED]
    assert PartnershipEvent.objects.count() == 2


def test_ends_deleted_from_the_list_open_their_ties(client, tie):
    end = tie.end(on=PartialDate(2023))
    chosen = {"action": "delete_selected", "_selected_action": [end.pk], "post": "yes"}

    client.post(reverse("admin:relations_partnershipevent_changelist"), chosen)

    tie.refresh_from_db()
    assert tie.ended_on is None


# --- what the pages say ---


def test_the_form_of_a_tie_says_where_it_stands_and_what_comes_next(client, tie):
    PartnershipEventFactory(partnership=tie, kind="signed", on="1989-11-17")
    today = timezone.localdate()
    coming = next(
        day for day in (datetime.date(today.year + plus, 11, 17) for plus in (0, 1)) if day >= today
    )

    page = client.get(url_of(tie)).content.decode()

    assert '<span class="badge ok">active</span>' in page
    assert f"{coming.year - 1989} years on 17 November {coming.year}, " in page
    days = (coming - today).days
    assert ("which is now" if days == 0 else f"in {days} day") in page
    events = reverse("admin:relations_partnershipevent_changelist")
    assert f'<a href="{events}?partnership__id__exact={tie.pk}">1 event</a>' in page
    assert client.get(f"{events}?partnership__id__exact={tie.pk}").status_code == 200


def test_a_new_tie_has_no_status_yet(client):
    page = client.get(reverse("admin:relations_partnership_add"))

    titles = [fieldset.name for fieldset in page.context["adminform"]]
    assert "Where it stands" not in [str(title) for title in titles]
    assert page.status_code == 200


def test_a_round_anniversary_stands_on_gold(client, tie):
    year = timezone.localdate().year
    PartnershipFactory(founded=str(year - 25))

    page = client.get(reverse(TIES)).content.decode()

    assert '<span class="badge gold">25</span>' in page


def test_a_tie_that_was_stepped_up_has_no_next_anniversary(client, tie):
    earlier = PartnershipFactory(kind="friendship", founded="2001")
    earlier.step_up(kind="partnership", founded=PartialDate(2004, 7, 22))

    reminded = {row.pk: row.is_reminded for row in listed(client)}
    page = client.get(earlier.get_absolute_url()).content.decode()

    assert (reminded[earlier.pk], reminded[tie.pk]) == (False, True)
    assert "No more anniversaries are counted." in page


def test_ties_are_listed_by_status(client, tie):
    ended = PartnershipFactory()
    ended.end(on=PartialDate(2020))
    PartnershipEventFactory(partnership=tie, kind="signed", on="1989-11-17")

    assert listed(client, status="active") == [tie]
    assert listed(client, status="ended") == [ended]
    assert listed(client, status="suspended") == []


def test_ties_are_listed_by_country_and_by_whose_they_are(client, tie):
    mine = PartnershipFactory(responsible_id=int(client.session["_auth_user_id"]))

    assert listed(client, country="TR") == [tie]
    assert listed(client, mine="yes") == [mine]
    assert listed(client, mine="nobody") == [tie]


@pytest.mark.parametrize("typed", ["Berlin Istanbul", "istanbul–berlin", "BERLIN"])
def test_a_tie_is_found_by_either_city(client, tie, typed):
    PartnershipFactory()

    assert listed(client, q=typed) == [tie]


def test_a_tie_is_found_once_by_a_further_city(client, tie):
    tie.further_cities.add(CityFactory(name_de="Gaziantep"), CityFactory(name_de="Gazimağusa"))

    assert listed(client, q="gazi") == [tie]


# --- agreements and projects ---


def test_a_signature_shows_the_post_of_the_day(client):
    mayor, post = PersonFactory(), PostFactory()
    TenureFactory(person=mayor, post=post, since="2004", until="2014")
    charter = AgreementFactory(state="signed", signed_on="2004-07-22")

    page = save(client, url_of(charter), "agreement", **new_row("signatures", 0, person=mayor.pk))

    assert page.status_code == 302
    assert Signature.objects.get().post == post


def test_an_agreement_is_found_when_its_term_ends_soon(client):
    today = timezone.localdate()
    soon = AgreementFactory(state="signed", valid_until=today + datetime.timedelta(days=90))
    past = AgreementFactory(state="signed", valid_until=today - datetime.timedelta(days=1))
    AgreementFactory(state="draft", valid_until=today + datetime.timedelta(days=90))
    url = reverse("admin:relations_agreement_changelist")

    assert list(client.get(url, {"expires": "180"}).context["cl"].result_list) == [soon]
    assert list(client.get(url, {"expires": "past"}).context["cl"].result_list) == [past]


def test_a_project_is_entered_with_partners_places_and_money(client):
    city = CityFactory()
    rows = (
        new_row("places", 0, city=city.pk, since="10.2024")
        | new_row("funding", 0, programme="Nakopa", amount="125000.00", currency="EUR")
        | {"title": "Wanderausstellung", "kind": "exhibition", "state": "running", "sdgs": ["11", "4"]}
    )

    page = save(client, reverse("admin:relations_project_add"), "project", **rows)

    assert page.status_code == 302
    project = Project.objects.get()
    assert (project.title, project.sdgs) == ("Wanderausstellung", [4, 11])
    assert [(place.city, str(place.since)) for place in project.places.all()] == [(city, "2024-10")]
    assert [str(money.amount) for money in project.funding.all()] == ["125000.00"]


def test_a_place_of_a_project_that_is_nowhere_is_an_error_of_the_row(client):
    project = ProjectFactory()

    page = save(client, url_of(project), "project", **new_row("places", 0, since="2024"))

    assert errors_on(page) == {"places-0-city": ["Say where: a city, a venue, or both."]}


def test_an_anniversary_is_on_record_once(client):
    occasion = OccasionFactory(years=35)

    page = save(
        client,
        reverse("admin:relations_occasion_add"),
        "occasion",
        partnership=occasion.partnership.pk,
        years="35",
        state="planned",
    )

    assert errors_on(page) == {"years": ["This anniversary of the tie is on record already."]}


# --- contact notes ---


def test_a_note_begins_with_today_and_with_whoever_writes_it(client, tie):
    url = reverse("admin:relations_interaction_add", query={"partnership": tie.pk})
    page = save(client, url, "interaction", kind="call", summary="Wer kommt zum Jubiläum?")

    note = Interaction.objects.get()
    assert page.status_code == 302
    assert (note.partnership, note.on, note.by) == (tie, timezone.localdate(), User.objects.get())


def test_a_tie_shows_its_latest_contacts_and_leads_to_all_of_them(client, tie):
    notes = [InteractionFactory(partnership=tie, on=f"2024-06-{day:02}") for day in range(1, 7)]
    InteractionFactory(city=tie.partner, summary="Called the city")
    InteractionFactory(summary="Of something else")
    page = client.get(url_of(tie)).content.decode()

    shown = [note for note in notes if url_of(note) in page]
    listed = client.get(reverse("admin:relations_interaction_changelist"), {"tie": tie.pk})

    assert [note.on for note in shown] == [f"2024-06-{day:02}" for day in range(3, 7)]
    assert "Called the city" in page
    assert "Of something else" not in page
    assert "7 contact notes" in page
    assert f"/admin/relations/interaction/?tie={tie.pk}" in page
    assert listed.context["cl"].result_count == 7


def test_a_tie_without_contacts_says_so(client, tie):
    assert "No contact note is on record." in client.get(url_of(tie)).content.decode()


def test_who_may_not_write_a_note_is_not_led_to_it(client, tie):
    link = f"/admin/relations/interaction/add/?partnership={tie.pk}"
    assert link in client.get(url_of(tie)).content.decode()

    client.force_login(user_in("reader"))

    assert link not in client.get(url_of(tie)).content.decode()


@pytest.mark.parametrize(("since", "found"), [("7", 1), ("30", 2), ("365", 3), ("", 4)])
def test_notes_are_listed_by_how_long_ago_they_were(client, since, found):
    for days in (3, 20, 200, 400):
        InteractionFactory(on=timezone.localdate() - datetime.timedelta(days=days))

    page = client.get(reverse("admin:relations_interaction_changelist"), {"since": since})

    assert page.context["cl"].result_count == found


# --- lists ---


def test_a_list_says_which_of_its_views_is_open(client, tie):
    page = client.get(reverse(TIES), {"mine": "yes", "o": "1"})

    assert [(str(tab["name"]), tab["is_here"]) for tab in page.context["tabs"]] == [
        ("All", False),
        ("Mine", True),
        ("Round within a year", False),
        ("Suspended", False),
        ("No contact for twelve months", False),
    ]
    assert page.context["tabs"][1]["url"] == "?mine=yes"


@pytest.mark.parametrize(
    ("milestone", "found"),
    [
        ("round", ["ten", "fifty"]),
        ("jubilee", ["fifty"]),
        ("quarter", ["ten"]),
        ("nonsense", ["ten", "fifty", "seven"]),
    ],
)
def test_ties_are_listed_by_their_next_anniversary(client, milestone, found):
    today = timezone.localdate()

    def founded(years: int, days: int) -> PartialDate:
        coming = (today + datetime.timedelta(days=days)).replace(day=1)
        return PartialDate.of(coming.replace(year=coming.year - years))

    ties = {
        "ten": PartnershipFactory(founded=founded(10, 40)),
        "fifty": PartnershipFactory(founded=founded(50, 200)),
        "seven": PartnershipFactory(founded=founded(7, 200)),
    }
    names = {tie.pk: name for name, tie in ties.items()}

    assert sorted(names[row.pk] for row in listed(client, milestone=milestone)) == sorted(found)


def test_a_tie_that_was_stepped_up_is_shown_as_such(client):
    looser = PartnershipFactory(kind="friendship", founded="2001")
    looser.step_up(kind=Partnership.Kind.PARTNERSHIP, founded="2004")

    shown = client.get(reverse(TIES)).content.decode()

    assert 'badge over">stepped up</span>' in shown


def test_agreements_tell_until_when_to_act(client):
    today = timezone.localdate()
    end = today + datetime.timedelta(days=100)
    AgreementFactory(state="signed", valid_until=end, notice_days=30)
    AgreementFactory(state="terminated", valid_until=end, notice_days=30)

    page = client.get(reverse("admin:relations_agreement_changelist"))

    act_by = PartialDate.of(end - datetime.timedelta(days=30)).display_short()
    assert page.content.decode().count(act_by) == 1
