"""Names stand where a reader looks for them, on both engines alike."""

from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.urls import reverse

from contacts import sort_keys
from contacts.models import City, Organisation, Person, Post, User
from contacts.names import sort_key
from relations.models import Partnership, Project, Theme
from tests.factories import (
    CityFactory,
    HomeCityFactory,
    OrganisationFactory,
    PartnershipFactory,
    PersonFactory,
    PostFactory,
    ProjectFactory,
    ThemeFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

UNSORTED = [
    "Zürich",
    "İzmir",
    "Çanakkale",
    "重庆",
    "Aachen",
    "Łódź",
    "Österreichstadt",
    "Linz",
    "Oslo",
    "de Bilt",
]
SORTED = [
    "Aachen",
    "Çanakkale",
    "de Bilt",
    "İzmir",
    "Linz",
    "Łódź",
    "Oslo",
    "Österreichstadt",
    "Zürich",
    "重庆",
]
PAGES = {
    "cities": (CityFactory, "name_de"),
    "organisations": (OrganisationFactory, "title"),
    "people": (PersonFactory, "family_name"),
    "themes": (ThemeFactory, "name_de"),
    "projects": (ProjectFactory, "title"),
}
MODELS = {
    "cities": City,
    "organisations": Organisation,
    "people": Person,
    "themes": Theme,
    "projects": Project,
}


@pytest.fixture
def client(client):
    client.force_login(UserFactory(is_superuser=True, last_name="Aa"))
    return client


@pytest.mark.parametrize("kind", PAGES)
def test_rows_are_sorted_as_in_a_dictionary(kind):
    factory, field = PAGES[kind]
    for name in UNSORTED:
        factory(**{field: name})

    assert list(MODELS[kind].objects.values_list(field, flat=True)) == SORTED


def test_the_first_name_there_is_decides():
    CityFactory(name_de="Zittau")
    CityFactory(name_de="", name_en="Österbro")
    CityFactory(name_de="", name_local="Çorum")

    assert [str(city) for city in City.objects.all()] == ["Çorum", "Österbro", "Zittau"]


def test_given_names_decide_between_people_of_one_family_name():
    for given, family in [
        ("Ömer", "Demir"),
        ("Zoe", "Demir"),
        ("Ada", "Demirci"),
        ("Ali", "Demir"),
        ("", "Demir"),
    ]:
        PersonFactory(given_names=given, family_name=family)

    assert [person.sort_name for person in Person.objects.all()] == [
        "Demir",
        "Demir, Ali",
        "Demir, Ömer",
        "Demir, Zoe",
        "Demirci, Ada",
    ]


def test_colleagues_are_sorted_by_family_name_or_sign_in_name():
    for username, first, last in [
        ("z", "Ömer", "Öztürk"),
        ("paul", "", ""),
        ("b", "Ada", "Öztürk"),
        ("c", "", "Zorn"),
    ]:
        UserFactory(username=username, first_name=first, last_name=last)

    assert [str(user) for user in User.objects.all()] == ["Ada Öztürk", "Ömer Öztürk", "paul", "Zorn"]


def test_posts_are_sorted_by_body_rank_and_title():
    town, academy = OrganisationFactory(title="Stadt"), OrganisationFactory(title="Äkademie")
    for title, rank, body in [
        ("Ämter", None, town),
        ("Bote", None, town),
        ("Zweite", 2, town),
        ("Amt", 9, academy),
    ]:
        PostFactory(title_de=title, rank=rank, organisation=body)

    assert [post.title for post in Post.objects.all()] == ["Amt", "Zweite", "Ämter", "Bote"]


def test_ties_are_sorted_by_their_cities():
    home = HomeCityFactory(name_de="Berlin")
    for name in ("Zürich", "Çanakkale", "Oslo"):
        PartnershipFactory(home=home, partner=CityFactory(name_de=name))

    assert [tie.partner.name_de for tie in Partnership.objects.all()] == ["Çanakkale", "Oslo", "Zürich"]


def test_a_row_that_is_renamed_moves():
    city = CityFactory(name_de="Aachen")
    CityFactory(name_de="Bonn")
    city.name_de = "Çanakkale"

    city.save(update_fields=["name_de"])

    assert [city.name_de for city in City.objects.all()] == ["Bonn", "Çanakkale"]


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("kind", PAGES)
def test_pages_of_the_api_are_sorted_alike_and_hold_every_row_once(client, kind, sign):
    factory, field = PAGES[kind]
    for name in [*UNSORTED, "Linz" if kind == "cities" else "Linz 2"]:
        factory(**{field: name})
    found, url = [], f"/api/v1/{kind}/?page_size=3&ordering={sign}name"

    while url:
        answer = client.get(url).json()
        found += [row[field] for row in answer["results"]]
        url = answer["next"]

    expected = list(MODELS[kind].objects.order_by(f"{sign}sort", "pk").values_list(field, flat=True))
    assert found == expected
    assert len(found) == 11


def test_the_api_sorts_by_the_name_of_a_relation(client):
    for name in ("Zürich", "Çanakkale", "Oslo"):
        PartnershipFactory(home=HomeCityFactory(name_de=name), partner=CityFactory(name_de="Linz"))

    answer = client.get("/api/v1/partnerships/?page_size=2&ordering=home__name")
    following = client.get(answer.json()["next"]).json()

    names = [row["home"]["name"] for row in (*answer.json()["results"], *following["results"])]
    assert names == ["Çanakkale", "Oslo", "Zürich"]


@pytest.mark.parametrize(("model", "column"), [(Person, "sort_name"), (Post, "title"), (Person, None)])
def test_lists_of_the_admin_are_sorted_alike(client, model, column):
    for name in UNSORTED:
        if model is Person:
            PersonFactory(family_name=name, given_names="")
        else:
            PostFactory(title_de=name)
    columns = admin.site._registry[model].list_display
    query = {} if column is None else {"o": columns.index(column) + 1}

    page = client.get(reverse(f"admin:contacts_{model._meta.model_name}_changelist"), query)

    rows = page.context["cl"].result_list
    assert [row.family_name if model is Person else row.title for row in rows] == SORTED


@pytest.mark.parametrize("name", ["", "-", "'", "Ö", "O'Neill", "d’Este", "ﬁ", "Straße", "胡"])
def test_the_key_is_the_same_however_a_name_is_typed(name):
    assert sort_key(name.upper()) == sort_key(name.lower())
    assert "'" not in sort_key(name)


def test_rows_that_were_there_before_get_their_key():
    for name in UNSORTED:
        CityFactory(name_de=name)
    ThemeFactory(name_de="Ökologie")
    City.objects.update(sort="")
    Theme.objects.update(sort="")

    editor = SimpleNamespace(connection=connection)
    for app in ("contacts", "relations"):
        sort_keys.fill(app).code(apps, editor)

    assert list(City.objects.values_list("name_de", flat=True)) == SORTED
    assert Theme.objects.get().sort == "okologie"
