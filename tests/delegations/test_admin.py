import datetime
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from contacts.dates import PartialDate
from contacts.models import City
from delegations.models import Delegation, FollowUp, GoldenBookSigner, Participant, ProgrammeItem
from tests.factories import (
    CityFactory,
    CostFactory,
    DelegationFactory,
    FollowUpFactory,
    GiftFactory,
    GoldenBookEntryFactory,
    OrganisationFactory,
    OutcomeFactory,
    ParticipantFactory,
    PartnershipFactory,
    PersonFactory,
    PostFactory,
    ProgrammeItemFactory,
    StopFactory,
    TenureFactory,
    UserFactory,
    user_in,
)
from tests.pages import errors_on, new_row, said_on, save, url_of


@pytest.fixture
def client(client, db):
    client.force_login(UserFactory(is_superuser=True))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def act(client, model, action, *records):
    url = reverse(f"admin:delegations_{model}_changelist")
    return client.post(url, {"action": action, "_selected_action": [record.pk for record in records]})


def picked(client, field, model="programmeitem", **query):
    query |= {"term": "", "app_label": "delegations", "model_name": model, "field_name": field}
    answer = client.get(reverse("admin:autocomplete"), query).json()
    return [int(row["id"]) for row in answer["results"]]


# --- a visit in one form ---


def test_a_visit_is_entered_in_one_form(client):
    istanbul, ankara = CityFactory(name_de="Istanbul"), CityFactory(name_de="Ankara")
    mayor, post = PersonFactory(), PostFactory()
    TenureFactory(person=mayor, post=post, since="2019")
    club = OrganisationFactory()
    fields = (
        {
            "title": "Reise nach Istanbul",
            "direction": "outbound",
            "kind": "official",
            "state": "planned",
            "starts_on": "24.09.2023",
            "ends_on": "28.09.2023",
            "benches": ["business", "politics"],
        }
        | new_row("stops", 0, city=istanbul.pk, arrives_on="24.09.2023")
        | new_row("stops", 1, city=ankara.pk)
        | new_row("participants", 0, person=mayor.pk, side="delegation", role="head")
        | new_row("participants", 1, group="Unternehmen aus Duisburg", side="delegation", role="member")
        | new_row("programme", 0, title="Empfang", kind="reception", state="planned", on="25.09.2023")
        | new_row("programme", 1, title="Gespräch", kind="talk", state="unknown", organisations=[club.pk])
        | new_row("outcomes", 0, text="Ein Austausch von Auszubildenden")
        | new_row("follow_ups", 0, title="Dankschreiben", owed_by="us", due_on="10.2023")
        | new_row("delegation_partners", 0, organisation=club.pk, role="Gastgeber")
    )

    page = save(client, reverse("admin:delegations_delegation_add"), "delegation", **fields)

    assert page.status_code == 302
    visit = Delegation.objects.get()
    assert visit.benches == ["politics", "business"]
    assert list(visit.stops.values_list("order", "city")) == [(1, istanbul.pk), (2, ankara.pk)]
    assert [(guest.person, guest.post, guest.group) for guest in visit.participants.all()] == [
        (mayor, post, ""),
        (None, None, "Unternehmen aus Duisburg"),
    ]
    assert list(visit.programme.values_list("order", "title")) == [(1, "Empfang"), (2, "Gespräch")]
    assert list(visit.programme.get(title="Gespräch").organisations.all()) == [club]
    assert [outcome.text for outcome in visit.outcomes.all()] == ["Ein Austausch von Auszubildenden"]
    assert [(todo.title, str(todo.due_on), todo.state) for todo in visit.follow_ups.all()] == [
        ("Dankschreiben", "2023-10", "open")
    ]
    assert list(visit.partners.all()) == [club]


@pytest.fixture
def visit(db):
    visit = DelegationFactory(starts_on="2023-09-24", ends_on="2023-09-28")
    for number, day in ((1, "2023-09-24"), (2, "2023-09-26")):
        stop = StopFactory(delegation=visit, order=number, arrives_on=day, departs_on=day)
        ProgrammeItemFactory(delegation=visit, stop=stop, order=number, on=day)
    return visit


def test_a_form_of_a_visit_saved_without_a_change_changes_nothing(client, visit):
    ParticipantFactory(delegation=visit)
    OutcomeFactory(delegation=visit)
    FollowUpFactory(delegation=visit)
    visit.refresh_from_db()
    before = visit.version  # every part that came made a new version of the whole

    page = save(client, url_of(visit), "delegation")

    assert page.status_code == 302
    visit.refresh_from_db()
    parts = (visit.stops, visit.programme, visit.participants, visit.outcomes, visit.follow_ups)
    assert visit.version == before
    assert [part.version for rows in parts for part in rows.all()] == [1] * 7


def test_a_visit_moves_with_its_stops_and_its_programme_in_one_form(client, visit):
    moved = {
        "starts_on": "24.10.2023",
        "ends_on": "28.10.2023",
        "stops-0-arrives_on": "24.10.2023",
        "stops-0-departs_on": "24.10.2023",
        "stops-1-arrives_on": "26.10.2023",
        "stops-1-departs_on": "26.10.2023",
        "programme-0-on": "24.10.2023",
        "programme-1-on": "26.10.2023",
    }

    page = save(client, url_of(visit), "delegation", **moved)

    assert page.status_code == 302
    assert [str(stop.arrives_on) for stop in visit.stops.all()] == ["2023-10-24", "2023-10-26"]
    assert [str(item.on) for item in visit.programme.all()] == ["2023-10-24", "2023-10-26"]


def test_a_visit_does_not_move_away_from_its_stops(client, visit):
    page = save(client, url_of(visit), "delegation", starts_on="24.10.2023", ends_on="28.10.2023")

    assert {name for name in errors_on(page) if name.startswith("stops")} == {
        f"stops-{row}-{field}" for row in (0, 1) for field in ("arrives_on", "departs_on")
    }
    visit.refresh_from_db()
    assert str(visit.starts_on) == "2023-09-24"


def test_a_visit_does_not_move_away_from_stops_that_the_user_may_not_change(client, visit):
    clerk = UserFactory()
    rights = ["view_delegation", "change_delegation", "view_stop"]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(clerk)

    page = save(client, url_of(visit), "delegation", starts_on="24.10.2023", ends_on="28.10.2023")

    assert list(errors_on(page)) == ["starts_on"]


def test_stops_and_items_change_places_in_one_form(client, visit):
    first, second = visit.stops.all()
    swapped = {"stops-0-order": 2, "stops-1-order": 1, "programme-0-order": 2, "programme-1-order": 1}

    page = save(client, url_of(visit), "delegation", **swapped)

    assert page.status_code == 302
    assert list(visit.stops.all()) == [second, first]
    assert [item.stop for item in visit.programme.all()] == [second, first]


def test_an_item_is_put_before_the_others_in_one_form(client, visit):
    fields = {"programme-0-order": 2, "programme-1-order": 3} | new_row(
        "programme", 2, order=1, title="Abflug", kind="transfer", state="planned"
    )

    page = save(client, url_of(visit), "delegation", **fields)

    assert page.status_code == 302
    assert visit.programme.first().title == "Abflug"
    assert list(visit.programme.values_list("order", flat=True)) == [1, 2, 3]


def test_an_item_takes_the_place_of_one_that_goes(client, visit):
    page = save(client, url_of(visit), "delegation", **{"programme-0-DELETE": "on", "programme-1-order": 1})

    assert page.status_code == 302
    assert list(visit.programme.values_list("order", flat=True)) == [1]


def test_a_row_without_a_place_goes_to_the_end(client, visit):
    page = save(client, url_of(visit), "delegation", **new_row("stops", 2, city=CityFactory().pk))

    assert page.status_code == 302
    assert list(visit.stops.values_list("order", flat=True)) == [1, 2, 3]


def test_a_stop_that_the_programme_needs_is_not_deleted(client, visit):
    page = save(client, url_of(visit), "delegation", **{"stops-0-DELETE": "on"})

    assert page.status_code == 200
    assert visit.programme.first().title in str(errors_on(page))
    assert visit.stops.count() == 2


def test_a_guest_entered_twice_in_one_form_is_an_error_and_nothing_is_saved(client, visit):
    guest = PersonFactory()
    rows = new_row("participants", 0, person=guest.pk, side="host", role="host") | new_row(
        "participants", 1, person=guest.pk, side="host", role="host"
    )

    page = save(client, url_of(visit), "delegation", title="Anders", **rows)

    assert page.status_code == 200
    assert list(errors_on(page)) == ["__all__"]
    assert visit.participants.count() == 0
    visit.refresh_from_db()
    assert visit.title != "Anders"


def test_a_rule_about_a_field_that_the_row_does_not_show_speaks_at_its_head(client, visit):
    guest = ParticipantFactory(delegation=visit)
    Participant.objects.filter(pk=guest.pk).update(stop=StopFactory())

    page = save(client, url_of(visit), "delegation", **{"participants-0-role": "guest"})

    assert errors_on(page) == {
        "participants-0-__all__": ["That stop is of another visit. Choose one of this visit."]
    }


# --- choices of the same visit ---


def test_items_offer_the_stops_and_guests_of_their_visit_only(client, visit):
    host = ParticipantFactory(delegation=visit, side="host")
    stranger = ParticipantFactory()

    for field in ("hosts", "attendees"):
        assert picked(client, field, visit=visit.pk) == [host.pk]
    assert picked(client, "stop", visit=visit.pk) == [stop.pk for stop in visit.stops.all()]
    assert picked(client, "hosts", visit="x") != [stranger.pk]

    page = client.get(url_of(visit)).content.decode()
    assert f'data-url="/admin/autocomplete/?visit={visit.pk}"' in page


def test_an_item_on_its_own_page_offers_its_visit_too(client, visit):
    item = visit.programme.first()

    page = client.get(url_of(item)).content.decode()

    assert page.count(f'data-url="/admin/autocomplete/?visit={visit.pk}"') == 3


@pytest.mark.parametrize("field", ["hosts", "attendees", "stop"])
def test_a_guest_or_stop_of_another_visit_is_an_error_of_the_row(client, visit, field):
    other = StopFactory() if field == "stop" else ParticipantFactory()

    page = save(client, url_of(visit), "delegation", **{f"programme-0-{field}": [other.pk]})

    assert list(errors_on(page)) == [f"programme-0-{field}"]


def test_guests_of_the_visit_are_kept_with_the_item(client, visit):
    host = ParticipantFactory(delegation=visit, side="host")
    guest = ParticipantFactory(delegation=visit)

    page = save(
        client,
        url_of(visit),
        "delegation",
        **{"programme-0-hosts": [host.pk], "programme-0-attendees": [guest.pk]},
    )

    assert page.status_code == 302
    item = visit.programme.first()
    assert (list(item.hosts.all()), list(item.attendees.all())) == ([host], [guest])


# --- what only some may see ---


@pytest.mark.parametrize(
    ("right", "shown"),
    [(None, set()), ("view_needs", {"diet", "access_needs"})],
)
def test_needs_of_a_guest_are_shown_to_those_with_the_right(client, visit, right, shown):
    guest = ParticipantFactory(delegation=visit, diet="vegetarisch")
    clerk = UserFactory()
    rights = ["view_participant", "change_participant", right or "view_participant"]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(clerk)

    page = client.get(url_of(guest))

    assert {"diet", "access_needs"} & set(page.context["adminform"].form.fields) == shown
    assert ("vegetarisch" in page.content.decode()) == bool(shown)
    probe = client.get(reverse("admin:delegations_participant_changelist"), {"diet": "vegetarisch"})
    assert probe.status_code == (200 if shown else 400)


@pytest.mark.parametrize("right", [None, "view_talking_points"])
def test_talking_points_are_shown_to_those_with_the_right(client, visit, right):
    ProgrammeItem.objects.filter(delegation=visit).update(talking_points="Vorsicht beim Thema Brücke")
    clerk = UserFactory()
    rights = ["view_delegation", "change_delegation", "view_programmeitem", "change_programmeitem", right]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=[each for each in rights if each]))
    client.force_login(clerk)

    on_the_visit = client.get(url_of(visit)).content.decode()
    on_its_own = client.get(url_of(visit.programme.first())).content.decode()

    assert ("Brücke" in on_the_visit, "Brücke" in on_its_own) == (bool(right), bool(right))


# --- verbs ---


def test_visits_are_completed_and_cancelled_from_the_list(client):
    one, other = DelegationFactory(), DelegationFactory()

    act(client, "delegation", "complete", one)
    act(client, "delegation", "cancel", other)

    assert [Delegation.objects.get(pk=each.pk).state for each in (one, other)] == ["completed", "cancelled"]


def test_a_visit_that_refuses_is_named_with_its_reason(client):
    fine, wrong = DelegationFactory(), DelegationFactory(starts_on="2024-05-01", ends_on="2024-05-03")
    Delegation.objects.filter(pk=wrong.pk).update(ends_on="2024-05-02")
    StopFactory(delegation=wrong, arrives_on="2024-05-03")

    page = act(client, "delegation", "complete", fine, wrong)

    fine.refresh_from_db()
    wrong.refresh_from_db()
    assert (fine.state, wrong.state) == ("completed", "planned")
    assert said_on(page)[0].startswith(f"{wrong}: ")
    assert len(said_on(page)) == 2


def test_items_take_place_or_are_cancelled_from_the_list(client, visit):
    one, other = visit.programme.all()

    act(client, "programmeitem", "took_place", one)
    act(client, "programmeitem", "cancel", other)

    assert [item.state for item in visit.programme.all()] == ["took_place", "cancelled"]


def test_follow_ups_are_done_dropped_and_opened_again_from_the_list(client):
    done, dropped = FollowUpFactory(), FollowUpFactory()

    act(client, "followup", "complete", done)
    act(client, "followup", "drop", dropped)
    done.refresh_from_db()
    dropped.refresh_from_db()
    assert (done.state, done.done_on, dropped.state) == ("done", timezone.localdate(), "dropped")

    act(client, "followup", "reopen", done)
    done.refresh_from_db()
    assert (done.state, done.done_on) == ("open", None)


def test_what_is_done_already_keeps_its_day(client):
    done = FollowUpFactory(state="done", done_on=datetime.date(2024, 1, 5))

    act(client, "followup", "complete", done)

    done.refresh_from_db()
    assert done.done_on == datetime.date(2024, 1, 5)


def test_follow_ups_are_postponed_by_a_week(client):
    today = timezone.localdate()
    ahead = FollowUpFactory(due_on=today + datetime.timedelta(days=3))
    late = FollowUpFactory(due_on=today - datetime.timedelta(days=30))

    act(client, "followup", "postpone", ahead, late)

    ahead.refresh_from_db()
    late.refresh_from_db()
    assert ahead.due_on == PartialDate.of(today + datetime.timedelta(days=10))
    assert late.due_on == PartialDate.of(today + datetime.timedelta(days=7))


def test_verbs_are_for_those_who_may_change(client):
    promise = FollowUpFactory()
    reader = UserFactory()
    reader.user_permissions.set(Permission.objects.filter(codename="view_followup"))
    client.force_login(reader)

    act(client, "followup", "complete", promise)

    promise.refresh_from_db()
    assert promise.state == "open"


# --- lists ---


def test_follow_ups_are_listed_by_when_they_are_due(client):
    today = timezone.localdate()
    late = FollowUpFactory(due_on=today - datetime.timedelta(days=1))
    soon = FollowUpFactory(due_on=today + datetime.timedelta(days=5))
    undated = FollowUpFactory()
    FollowUpFactory(due_on=today - datetime.timedelta(days=1), state="done", done_on=today)
    url = reverse("admin:delegations_followup_changelist")

    found = {
        due: list(client.get(url, {"due": due}).context["cl"].result_list)
        for due in ("overdue", "7", "undated")
    }

    assert found == {"overdue": [late], "7": [late, soon], "undated": [undated]}


def test_my_follow_ups_are_those_that_i_answer_for_as_the_menu_counts_them(client):
    me, colleague = int(client.session["_auth_user_id"]), UserFactory(last_name="Probe")
    tie = PartnershipFactory(responsible_id=me)
    mine = FollowUpFactory(title="A", assignee_id=me)
    of_my_tie = FollowUpFactory(title="B", partnership=tie)
    FollowUpFactory(title="C", partnership=tie, assignee=colleague)
    nobodys = FollowUpFactory(title="D")
    url = reverse("admin:delegations_followup_changelist")

    found = {
        whose: sorted(client.get(url, {"mine": whose}).context["cl"].result_list, key=str)
        for whose in ("yes", "nobody")
    }
    menu = [line for group in client.get(url).context["menu"] for line in group["lines"]]

    assert found == {"yes": [mine, of_my_tie], "nobody": [nobodys]}
    assert [line["count"]["number"] for line in menu if line["key"] == "delegations.FollowUp"] == [2]


def test_my_visits_are_those_that_the_first_page_counts_as_mine(client):
    me, colleague = int(client.session["_auth_user_id"]), UserFactory(last_name="Probe")
    tie = PartnershipFactory(responsible_id=me)
    mine = DelegationFactory(title="A", responsible_id=me)
    of_my_tie = DelegationFactory(title="B", partnership=tie)
    DelegationFactory(title="C", partnership=tie, responsible=colleague)
    nobodys = DelegationFactory(title="D")
    url = reverse("admin:delegations_delegation_changelist")

    found = {
        whose: sorted(client.get(url, {"mine": whose}).context["cl"].result_list, key=str)
        for whose in ("yes", "nobody")
    }

    assert found == {"yes": [mine, of_my_tie], "nobody": [nobodys]}


@pytest.mark.parametrize(
    ("factory", "model"), [(FollowUpFactory, "followup"), (DelegationFactory, "delegation")]
)
def test_whoever_answers_without_being_named_is_shown_as_such(client, factory, model):
    nora = UserFactory(first_name="Nora", last_name="Beispiel")
    factory(partnership=PartnershipFactory(responsible=nora))

    page = client.get(reverse(f"admin:delegations_{model}_changelist")).content.decode()

    assert "Nora Beispiel<small>derived</small>" in page


def test_visits_are_listed_by_when_they_are(client):
    today = timezone.localdate()
    week = datetime.timedelta(days=7)
    coming = DelegationFactory(starts_on=today + week, ends_on=today + week)
    now = DelegationFactory(starts_on=today, ends_on=today, state="under_way")
    over = DelegationFactory(starts_on=today - week, ends_on=today - week, state="completed")
    undated = DelegationFactory()
    url = reverse("admin:delegations_delegation_changelist")

    found = {
        when: list(client.get(url, {"when": when}).context["cl"].result_list)
        for when in ("coming", "now", "report", "undated")
    }

    assert found == {"coming": [coming], "now": [now], "report": [over], "undated": [undated]}


def test_a_visit_is_found_by_a_city_where_it_stops(client):
    stop = StopFactory(city=CityFactory(name_de="Gaziantep"))
    StopFactory()

    page = client.get(reverse("admin:delegations_delegation_changelist"), {"q": "gaziantep"})

    assert list(page.context["cl"].result_list) == [stop.delegation]


# --- promises and the Golden Book ---


def test_a_done_follow_up_needs_its_day(client):
    promise = FollowUpFactory()

    page = save(client, url_of(promise), "followup", state="done")

    assert list(errors_on(page)) == ["done_on"]
    assert FollowUp.objects.get().state == "open"


def test_a_signer_of_the_golden_book_has_the_post_of_the_day(client):
    entry = GoldenBookEntryFactory(on="2019-07-10")
    guest, post = PersonFactory(), PostFactory()
    TenureFactory(person=guest, post=post, since="2019-06-27")

    page = save(client, url_of(entry), "goldenbookentry", **new_row("entry_signers", 0, person=guest.pk))

    assert page.status_code == 302
    assert GoldenBookSigner.objects.get().post == post


# --- gifts and costs ---


def test_gifts_and_costs_are_entered_on_the_page_of_the_visit(client):
    visit, person = DelegationFactory(), PersonFactory()
    gift = {"direction": "received", "what": "Vase", "person": person.pk, "value": "35", "currency": "EUR"}
    cost = {"kind": "travel", "planned": "1200.50", "currency": "EUR", "borne_by": "us"}

    page = save(
        client, url_of(visit), "delegation", **new_row("gifts", 0, **gift), **new_row("costs", 0, **cost)
    )

    assert page.status_code == 302, errors_on(page)
    assert [(one.what, one.value, one.person) for one in visit.gifts.all()] == [
        ("Vase", Decimal("35.00"), person)
    ]
    assert [(one.kind, one.planned, one.actual) for one in visit.costs.all()] == [
        ("travel", Decimal("1200.50"), None)
    ]


def test_what_becomes_of_a_gift_that_we_gave_is_an_error_in_its_row(client):
    visit = DelegationFactory()
    gift = {"direction": "given", "what": "Vase", "currency": "EUR", "decision": "kept"}

    page = save(client, url_of(visit), "delegation", **new_row("gifts", 0, **gift))

    assert errors_on(page) == {
        "gifts-0-decision": ["What becomes of it is decided for gifts that we received. Leave it empty."]
    }


def test_a_visit_shows_its_costs_in_all_a_line_a_currency(client):
    visit = DelegationFactory()
    CostFactory(delegation=visit, planned="1200.50", actual="1190")
    CostFactory(delegation=visit, planned="800", borne_by="them")
    CostFactory(delegation=visit, actual="3000.10", currency="TRY")

    page = client.get(url_of(visit)).content.decode()

    assert (
        "<p>planned 2,000.50 EUR, actual 1,190.00 EUR; "
        "of it by us: planned 1,200.50 EUR, actual 1,190.00 EUR</p>"
        "<p>planned –, actual 3,000.10 TRY</p>"
    ) in page.replace("\xa0", " ")


def test_what_a_visit_costs_is_not_shown_to_those_who_only_read(client):
    visit = CostFactory(planned="1200.50").delegation
    assert "1,200.50" in client.get(url_of(visit)).content.decode()

    client.force_login(user_in("reader"))
    page = client.get(url_of(visit)).content.decode()

    assert "1,200.50" not in page
    assert "costs-TOTAL_FORMS" not in page


def test_gifts_are_listed_by_what_becomes_of_them(client):
    open_, kept = GiftFactory(), GiftFactory(decision="kept")
    GiftFactory(direction="given")
    url = reverse("admin:delegations_gift_changelist")

    assert list(client.get(url, {"decision": "open"}).context["cl"].result_list) == [open_]
    assert list(client.get(url, {"decision": "kept"}).context["cl"].result_list) == [kept]


def test_an_officer_enters_a_gift_and_protocol_strikes_it_off(client):
    gift = GiftFactory()
    may = {}
    for role in ("officer", "protocol"):
        client.force_login(user_in(role))
        may[role] = client.get(url_of(gift, "delete")).status_code
        assert client.get(url_of(gift)).context["has_change_permission"]

    assert may == {"officer": 403, "protocol": 200}


# --- lists ---


def test_visits_are_listed_with_when_and_where(client):
    visit = DelegationFactory(title="Reise", direction="outbound", starts_on="2024-10-13", ends_on="2024-10")
    for name in ("Seoul", "Chongqing", "Seoul"):
        city = City.objects.filter(name_de=name).first() or CityFactory(name_de=name)
        StopFactory(delegation=visit, city=city, arrives_on="2024-10")
    DelegationFactory(title="Ohne Termin", starts_on=None, ends_on=None)

    page = client.get(reverse("admin:delegations_delegation_changelist")).content.decode()

    assert "from 13 Oct 2024" in page
    assert "Seoul, Chongqing<" in page
    assert "date open" in page


def test_visits_are_listed_by_the_country_they_stopped_in(client):
    turkish, korean = CityFactory(country="TR"), CityFactory(country="KR")
    there, elsewhere = DelegationFactory(), DelegationFactory()
    StopFactory(delegation=there, city=turkish)
    StopFactory(delegation=there, city=turkish)
    StopFactory(delegation=elsewhere, city=korean)

    page = client.get(reverse("admin:delegations_delegation_changelist"), {"country": "TR"})

    assert list(page.context["cl"].result_list) == [there]


def test_a_follow_up_tells_where_it_was_promised(client):
    tie = PartnershipFactory(home=CityFactory(name_de="Linz"), partner=CityFactory(name_de="Izmir"))
    visit = DelegationFactory(title="Reise nach Izmir")
    FollowUpFactory(title="Erste", partnership=tie)
    FollowUpFactory(title="Zweite", partnership=tie, delegation=visit)

    page = client.get(reverse("admin:delegations_followup_changelist")).content.decode()

    assert page.count("Linz–Izmir") == 1
    assert page.count("Reise nach Izmir") == 1


def test_this_month_ends_with_its_last_day(client):
    with time_machine.travel(datetime.datetime(2026, 2, 10, 12, tzinfo=datetime.UTC)):
        client.force_login(UserFactory(is_superuser=True))
        within = FollowUpFactory(due_on="2026-02-28")
        FollowUpFactory(due_on="2026-03-01")

        page = client.get(reverse("admin:delegations_followup_changelist"), {"due": "month"})

    assert list(page.context["cl"].result_list) == [within]
