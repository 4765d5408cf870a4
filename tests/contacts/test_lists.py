"""The lists of this room: their filters, their columns, and what can be done to many rows."""

import datetime

import pytest
import time_machine
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import gettext

from contacts.admin import badge
from contacts.dates import PartialDate
from contacts.models import City, Person, Post, Tenure, User
from tests.factories import (
    CityDateFactory,
    CityFactory,
    DocumentFactory,
    HomeCityFactory,
    OrganisationFactory,
    PersonFactory,
    PostFactory,
    StatementFactory,
    TenureFactory,
    UserFactory,
)
from tests.pages import said_on

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC), tick=False):
        yield


@pytest.fixture
def client(client, db):
    client.force_login(UserFactory(username="boss", is_superuser=True))
    return client


def listed(client, model, **query):
    page = client.get(reverse(f"admin:contacts_{model}_changelist"), query)
    return [row.pk for row in page.context["cl"].result_list]


def choices_of(client, model, parameter):
    changelist = client.get(reverse(f"admin:contacts_{model}_changelist")).context["cl"]
    return [
        str(label)
        for spec in changelist.filter_specs
        if getattr(spec, "parameter_name", "") == parameter
        for _value, label in spec.lookup_choices
    ]


def mayor_of(city, **tenure):
    body = OrganisationFactory(city=city)
    post = PostFactory(title_de="Bürgermeister", organisation=body, is_head_of_city=True)
    return TenureFactory(post=post, **tenure) if tenure else post


@pytest.fixture
def led():
    """A city whose mayor is known, one whose mayor's term is over, and one of which nothing is known."""
    known, over, unknown = CityFactory(name_de="Aa"), CityFactory(name_de="Bb"), CityFactory(name_de="Cc")
    mayor_of(known, since="2019")
    mayor_of(over, since="2014", until="2020")
    # A head of a body without a city leads none.
    TenureFactory(post=PostFactory(is_head_of_city=True))
    return known, over, unknown


# --- cities ---


def test_cities_without_a_mayor_today_are_found(client, led):
    known, over, unknown = led

    assert listed(client, "city", mayor="none") == [over.pk, unknown.pk]
    assert listed(client, "city", mayor="known") == [known.pk]


def test_the_list_of_cities_names_the_mayor_and_says_where_none_is_known(client, led):
    tenure = Tenure.objects.get(since="2019")
    region = CityFactory(name_de="Dd", kind="region")
    page = client.get(reverse("admin:contacts_city_changelist"))

    model_admin = admin.site._registry[City]
    shown = {row.pk: model_admin.mayor(row) for row in page.context["cl"].result_list}
    unknown = badge("open", gettext("not known"))
    assert [shown[city.pk] for city in led] == [tenure.person.full_name, unknown, unknown]
    assert shown[region.pk] is None


def test_a_mayor_for_the_time_being_is_marked(client):
    city = CityFactory()
    mayor_of(city, since="2025", is_acting=True)
    page = client.get(reverse("admin:contacts_city_changelist"))

    shown = admin.site._registry[City].mayor(page.context["cl"].result_list[0])
    assert shown == f"{Person.objects.get().full_name} (kommissarisch)"


@pytest.mark.parametrize("model", ["city", "post", "person", "tenure", "organisation"])
def test_filters_cost_the_same_with_many_cities_and_terms(client, model):
    def rows(number):
        for _ in range(number):
            mayor_of(CityFactory(), since="2019")

    url = reverse(f"admin:contacts_{model}_changelist")
    rows(2)
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    rows(20)
    with CaptureQueriesContext(connection) as many:
        client.get(url)

    assert len(many) == len(few)


# --- days of cities ---


@pytest.mark.parametrize(("when", "found"), [("this", {"11-29", "2026-11-30"}), ("next", {"12-06"})])
def test_days_of_this_and_the_next_month_are_found(client, when, found):
    for on in ("11-29", "2026-11-30", "2025-11-01", "12-06", "01-11"):
        CityDateFactory(on=on)

    page = client.get(reverse("admin:contacts_citydate_changelist"), {"month": when})

    assert {row.on for row in page.context["cl"].result_list} == found


def test_a_day_reads_as_people_write_it(client):
    CityDateFactory(on="10-29")
    CityDateFactory(on="2026-09-20")
    page = client.get(reverse("admin:contacts_citydate_changelist")).content.decode()

    assert "29. Oktober" in page
    assert "20. September 2026" in page


# --- posts ---


def test_heads_of_cities_without_a_holder_are_found(client, led):
    vacant = Post.objects.get(tenures__until="2020")
    PostFactory()

    assert listed(client, "post", is_head_of_city__exact="1", holder="none") == [vacant.pk]
    assert vacant.pk not in listed(client, "post", holder="known")


def test_posts_are_found_by_country_and_by_whose_city_it_is(client):
    ours = PostFactory(organisation=OrganisationFactory(city=HomeCityFactory()))
    theirs = PostFactory(organisation=OrganisationFactory(city=CityFactory(country="TR")))
    PostFactory()

    assert listed(client, "post", country="TR") == [theirs.pk]
    assert listed(client, "post", ours="yes") == [ours.pk]
    assert listed(client, "post", ours="no") == [theirs.pk]


# --- people and their terms ---


def test_people_are_found_by_what_they_hold_and_held(client, led):
    mayor, former = (Tenure.objects.get(since=since).person for since in ("2019", "2014"))
    holder = TenureFactory(since="2020").person
    nobody = PersonFactory()
    bodyless = Tenure.objects.get(since=None).person

    assert listed(client, "person", post="head") == [mayor.pk]
    assert set(listed(client, "person", post="today")) == {mayor.pk, holder.pk, bodyless.pk}
    assert listed(client, "person", post="former") == [former.pk]
    assert listed(client, "person", post="none") == [nobody.pk]


def test_people_are_found_once_by_the_country_of_their_posts(client):
    person = PersonFactory()
    body = OrganisationFactory(city=CityFactory(country="TR"))
    for _ in range(2):
        TenureFactory(person=person, post=PostFactory(organisation=body))
    PersonFactory()

    assert choices_of(client, "person", "country") == ["Türkei"]
    assert listed(client, "person", country="TR") == [person.pk]


def test_people_to_be_told_or_let_go_of_are_found(client):
    new = PersonFactory()
    old = PersonFactory(informed_on=TODAY, retain_until=TODAY - datetime.timedelta(days=1))
    PersonFactory(informed_on=TODAY, retain_until=TODAY)

    assert listed(client, "person", protection="not_informed") == [new.pk]
    assert listed(client, "person", protection="over") == [old.pk]


def test_many_people_are_noted_as_informed_at_once_and_nobody_twice(client):
    first, second = PersonFactory(), PersonFactory()
    before = PersonFactory(informed_on=datetime.date(2020, 1, 1))
    chosen = {"action": "inform", "_selected_action": [first.pk, second.pk, before.pk]}

    page = client.post(reverse("admin:contacts_person_changelist"), chosen)

    assert set(Person.objects.values_list("informed_on", flat=True)) == {TODAY, before.informed_on}
    assert Person.objects.get(pk=before.pk).version == 1
    assert len(said_on(page)) == 2


def test_terms_are_found_by_whether_they_run_today(client):
    running = TenureFactory(since="2019")
    over = TenureFactory(since="2014", until="2020")
    coming = TenureFactory(since="2030")

    assert listed(client, "tenure", in_office="yes") == [running.pk]
    assert listed(client, "tenure", in_office="former") == [over.pk]
    assert listed(client, "tenure", in_office="coming") == [coming.pk]


@pytest.mark.parametrize(
    ("dates", "state"),
    [
        ({"since": "2019"}, "running"),
        ({}, "running"),
        ({"until": "2026-11-22"}, "running"),
        ({"until": "2026"}, "running"),
        ({"until": "2026-11-21"}, "over"),
        ({"until": "2025"}, "over"),
        ({"since": "2026-11-23"}, "to_come"),
        ({"since": "2026"}, "running"),
    ],
)
def test_a_term_is_judged_by_the_day_and_agrees_with_the_search_for_it(dates, state):
    tenure = TenureFactory(**dates)
    tenure.refresh_from_db()

    assert tenure.state_on(TODAY) == state
    assert Tenure.objects.on(TODAY).exists() is (state == "running")


def test_a_term_is_ended_by_its_button_and_only_once(client):
    tenure = TenureFactory(since="2019")
    url = reverse("admin:contacts_tenure_do", args=[tenure.pk, "end"])

    page = client.post(url, {"until": "10.2026", "end_reason": "resigned"})
    again = client.post(url, {"until": "11.2026"})

    assert (page.status_code, again.status_code) == (302, 302)
    tenure.refresh_from_db()
    assert (str(tenure.until), tenure.end_reason, tenure.version) == ("2026-10", "resigned", 2)


def test_a_term_does_not_end_before_it_began():
    tenure = TenureFactory(since="2019")

    with pytest.raises(ValidationError) as refusal:
        tenure.end(until=PartialDate.parse("2018"))

    assert list(refusal.value.message_dict) == ["until"]
    tenure.refresh_from_db()
    assert tenure.until is None


# --- organisations, documents, statements ---


def test_only_kinds_that_occur_are_offered(client):
    chamber = OrganisationFactory(kind="chamber")
    OrganisationFactory(kind="company", city=CityFactory(country="TR"))

    assert choices_of(client, "organisation", "kind") == ["Kammer", "Unternehmen"]
    assert listed(client, "organisation", kind="chamber") == [chamber.pk]
    assert choices_of(client, "organisation", "country") == ["Türkei"]


def test_documents_are_found_by_where_they_can_be_read_and_by_language(client):
    web = DocumentFactory(language="tr")
    nowhere = DocumentFactory(url="", title="Rede")

    assert choices_of(client, "document", "language") == ["Türkisch"]
    assert listed(client, "document", language="tr") == [web.pk]
    assert listed(client, "document", where="web") == [web.pk]
    assert listed(client, "document", where="none") == [nowhere.pk]
    assert listed(client, "document", where="file") == []


def test_the_list_of_statements_names_who_said_it(client):
    statement = StatementFactory()
    statement.speakers.add(PersonFactory(given_names="Ulrike", family_name="Probe"))

    assert "Ulrike Probe" in client.get(reverse("admin:contacts_statement_changelist")).content.decode()


# --- staff ---


def test_colleagues_who_are_away_are_found_and_names_with_accents_without_them(client):
    away = UserFactory(last_name="Öztürk", away_from=TODAY)
    UserFactory(
        last_name="Probe", away_from=datetime.date(2026, 1, 1), away_until=datetime.date(2026, 11, 21)
    )
    UserFactory(last_name="Muster", away_from=TODAY + datetime.timedelta(days=1))

    assert listed(client, "user", away="today") == [away.pk]
    assert listed(client, "user", q="ozturk") == [away.pk]
    assert [user for user in User.objects.all() if user.is_away(TODAY)] == [away]
