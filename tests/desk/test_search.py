import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.api import RESOURCES
from contacts.names import FoldedField
from desk.search import KINDS, SHOWN, search
from tests.api.conftest import client_for
from tests.api.rows import make_full
from tests.desk.conftest import TODAY, tie_of
from tests.factories import (
    CityFactory,
    DelegationFactory,
    FollowUpFactory,
    HomeCityFactory,
    InteractionFactory,
    OrganisationFactory,
    ParticipantFactory,
    PersonFactory,
    PostFactory,
    ProgrammeItemFactory,
    ProjectFactory,
    StopFactory,
    TenureFactory,
    UserFactory,
    user_in,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

BY_RESOURCE = {kind.resource: kind for kind in KINDS}


def found(user, text, **options):
    """By resource the names of the hits."""
    groups = search(text, user=user, today=TODAY, **options)
    return {group.kind.resource: [hit.name for hit in group.hits] for group in groups}


def hints(user, text):
    return [hit.hint for group in search(text, user=user, today=TODAY) for hit in group.hits]


# --- what is found ---


@pytest.mark.parametrize("text", ["imamoglu", "İmamoğlu", "EKREM imamoglu", "Imamoğlu, Ekrem"])
def test_a_person_is_found_in_any_spelling(officer, text):
    PersonFactory(given_names="Ekrem", family_name="İmamoğlu")

    assert found(officer, text) == {"people": ["Ekrem İmamoğlu"]}


@pytest.mark.parametrize("text", ["重庆", "重", "chongqing", "Tschungking"])
def test_a_city_is_found_by_each_of_its_names(officer, text):
    CityFactory(name_de="Chongqing", name_local="重庆", other_names=["Tschungking"], country="CN")

    assert found(officer, text) == {"cities": ["Chongqing"]}


def test_one_search_finds_rows_of_every_kind(officer):
    tie = tie_of("Berlin", "Istanbul")
    visit = DelegationFactory(title="Gegenbesuch")
    StopFactory(delegation=visit, city=tie.partner)
    FollowUpFactory(title="Istanbul anrufen")
    ProjectFactory(title="Jugend").cities.add(tie.partner)
    InteractionFactory(city=tie.partner, summary="Termin")
    OrganisationFactory(title="Rathaus", city=tie.partner)

    assert list(found(officer, "istanbul")) == [
        *("cities", "partnerships", "delegations", "follow-ups", "projects", "interactions"),
        "organisations",
    ]


def test_a_visit_is_found_by_who_takes_part(officer):
    visit = DelegationFactory(title="Besuch")
    ParticipantFactory(delegation=visit, person=PersonFactory(family_name="İmamoğlu"))

    assert found(officer, "imamoglu")["delegations"] == ["Besuch"]


def test_every_kind_of_row_is_searched_or_found_by_what_it_belongs_to():
    """A new resource with names of its own is searched, unless it is listed here."""
    elsewhere = {"places"}
    named = {
        name
        for name, viewset in RESOURCES.items()
        if (model := getattr(getattr(viewset, "queryset", None), "model", None))
        and any(isinstance(field, FoldedField) for field in model._meta.fields)
    }

    assert named - set(BY_RESOURCE) == elsewhere


@pytest.mark.parametrize("text", ["", " ", "a", "1", "–", "!!", "\N{SOFT HYPHEN}"])
def test_what_would_find_nearly_everything_finds_nothing(officer, text):
    PersonFactory(family_name="a1 –")

    assert found(officer, text) == {}


def test_nothing_is_found_where_nothing_is(officer):
    assert found(officer, "Atlantis") == {}


@pytest.mark.parametrize("text", ["100%", "_", "a_b", "\\", "'; --"])
def test_signs_that_mean_something_to_a_database_are_letters_of_no_name(officer, text):
    PersonFactory(family_name="Muster")

    assert found(officer, text) == {}


# --- in which order ---


def test_full_names_come_before_beginnings_and_these_before_the_rest(officer):
    for name in ("Neulinz", "Linz", "Linzgau", "Alt Linz"):
        CityFactory(name_de=name)

    assert found(officer, "linz")["cities"] == ["Linz", "Linzgau", "Alt Linz", "Neulinz"]


def test_a_name_of_two_parts_is_a_full_name_in_any_order(officer):
    PersonFactory(given_names="Anna", family_name="Berg-Kai")
    PersonFactory(given_names="Kai", family_name="Berg")

    assert found(officer, "Berg Kai")["people"] == ["Kai Berg", "Anna Berg-Kai"]


def test_only_the_best_are_shown_and_the_rest_is_counted(officer):
    for _ in range(SHOWN + 2):
        PersonFactory(family_name="Muster")

    (group,) = search("muster", user=officer, today=TODAY)

    assert (len(group.hits), group.count, group.has_more) == (SHOWN, SHOWN + 2, True)
    assert group.list_url == "/admin/contacts/person/?q=muster"


# --- what is said beside a name ---


def test_a_hit_says_what_tells_it_from_its_like(officer):
    post = PostFactory(title_en="Mayor", organisation=OrganisationFactory(title="Town hall"))
    TenureFactory(person=PersonFactory(family_name="Probestein"), post=post, since="2020")
    CityFactory(name_de="Probestein", country="TR", region="Ege")
    DelegationFactory(title="Probestein", starts_on="2024-06", state="planned")
    FollowUpFactory(title="Probestein", due_on="2024-06-05")
    ProgrammeItemFactory(title="Probestein", delegation=DelegationFactory(title="Besuch"))

    assert hints(officer, "probestein") == [
        "Türkiye · Ege",
        "Mayor, Town hall",
        "Jun 2024 · planned",
        "due 5 Jun 2024 · open",
        "Besuch · planned",
    ]


def test_a_tie_says_its_kind_and_where_it_stands(officer):
    tie_of("Berlin", "Istanbul", founded="1989-11-17")

    assert hints(officer, "Berlin–Istanbul") == ["partnership · not known · since 1989"]


def test_a_person_is_told_by_the_last_post_where_none_is_held_today(officer):
    person = PersonFactory(family_name="Vormals")
    for title, until in (("Mayor", "2019"), ("Councillor", "2010")):
        TenureFactory(person=person, post=PostFactory(title_en=title), since="2000", until=until)

    (hint,) = hints(officer, "vormals")

    assert hint.startswith("formerly Mayor")


# --- rights ---


def test_rows_that_one_may_not_see_are_not_found():
    user = UserFactory()
    user.user_permissions.add(Permission.objects.get(codename="view_person"))
    PersonFactory(family_name="Linz")
    CityFactory(name_de="Linz")

    assert found(user, "linz") == {"people": ["Nora Linz"]}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.resource)
def test_restricted_fields_are_never_searched(kind):
    searched = set()
    for path in kind.model.search_paths:
        model = kind.model
        *relations, column = path.split("__")
        for relation in relations:
            model = model._meta.get_field(relation).related_model
        searched |= {(model, source) for source in model._meta.get_field(column).sources}

    assert {f"{model}.{name}" for model, name in searched if name in model.restricted} == set()


def test_protocol_notes_find_nobody(officer):
    PersonFactory(protocol_notes="Drinks no wine", address="Musterweg 7")

    assert (found(officer, "wine"), found(officer, "musterweg")) == ({}, {})


# --- cost ---


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.resource)
def test_a_kind_costs_the_same_for_one_hit_and_for_many(officer, kind):
    def run():
        with CaptureQueriesContext(connection) as queries:
            rows = kind.with_hint(kind.model.objects.best_first("ab").labelled().with_total(), TODAY)
            read = [(str(row), kind.hint(row), row.total) for row in rows[:50]]
            [str(part) for _name, hint, _total in read for part in hint if part]
        return len(read), len(queries)

    make_full(kind.resource, 1)
    many, queries = run()
    make_full(kind.resource, 9)
    more, queries_of_more = run()

    assert more > many
    assert queries_of_more == queries


# --- the page ---


def test_the_page_groups_the_hits_and_leads_to_the_lists(client):
    for _ in range(SHOWN + 1):
        PersonFactory(family_name="İmamoğlu")

    page = client.get(reverse("desk:search"), {"q": "imamoglu"})
    text = page.content.decode()

    assert "6 hits for “imamoglu”." in text
    assert text.count('<p class="title">') == SHOWN
    assert 'href="/admin/contacts/person/?q=imamoglu"' in text
    assert 'value="imamoglu"' in text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "one search finds them in any spelling"),
        ({"q": "  "}, "one search finds them in any spelling"),
        ({"q": "x"}, "Type at least two letters"),
        ({"q": "Atlantis"}, "Nothing here is called “Atlantis”, in whatever spelling."),
        ({"q": "<b>x"}, "Nothing here is called “&lt;b&gt;x”, in whatever spelling."),
    ],
)
def test_the_page_says_why_it_is_empty(client, query, said):
    page = client.get(reverse("desk:search"), query)

    assert (page.status_code, page.context["groups"]) == (200, [])
    assert said in page.content.decode()


def test_the_page_is_narrowed_to_the_chosen_home_city_and_says_so(client):
    berlin = tie_of("Berlin", "Istanbul").home
    tie_of("Linz", "Istanbul")
    client.post(reverse("desk:viewpoint"), {"home": berlin.pk})

    page = client.get(reverse("desk:search"), {"q": "istanbul"})

    ties = [hit.name for group in page.context["groups"] for hit in group.hits if "–" in hit.name]
    assert ties == ["Berlin–Istanbul"]
    assert "Only Berlin and its districts." in page.content.decode()


def test_the_palette_gets_the_same_hits(client):
    city = CityFactory(name_de="Linz", country="AT")

    answer = client.get(reverse("desk:hits"), {"q": "linz"}).json()

    assert answer == {
        "count": 1,
        "groups": [
            {
                "name": "Cities",
                "icon": "city",
                "hits": [{"name": "Linz", "hint": "Austria", "url": city.get_absolute_url()}],
            }
        ],
    }


def test_both_are_for_staff_who_are_signed_in(client):
    client.logout()

    assert [client.get(reverse(name)).status_code for name in ("desk:search", "desk:hits")] == [302, 302]


# --- the API ---


def ask(role="officer", **query):
    return client_for(user_in(role)).get("/api/v1/search/", query)


def test_the_api_answers_in_groups():
    city = CityFactory(name_de="Linz", country="AT")
    HomeCityFactory(name_de="Linzgau")

    answer = ask(q="linz", limit=1)

    assert answer.json() == {
        "groups": [
            {
                "type": "cities",
                "name": "Cities",
                "count": 2,
                "results": [
                    {
                        "type": "cities",
                        "id": city.pk,
                        "name": "Linz",
                        "hint": "Austria",
                        "url": f"http://testserver{city.get_absolute_url()}",
                    }
                ],
            }
        ]
    }


def test_the_api_searches_one_type_if_asked():
    CityFactory(name_de="Linz")
    PersonFactory(family_name="Linz")

    groups = ask(q="linz", type="people").json()["groups"]

    assert [group["type"] for group in groups] == ["people"]


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": " "}])
def test_the_api_finds_nothing_without_words(query):
    CityFactory()

    assert ask(**query).json() == {"groups": []}


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"q": "a"}, "q", "too_short"),
        ({"q": "a" * 201}, "q", "max_length"),
        ({"q": "linz", "type": "villages"}, "type", "invalid_choice"),
        ({"q": "linz", "limit": 0}, "limit", "min_value"),
        ({"q": "linz", "limit": 51}, "limit", "max_value"),
        ({"q": "linz", "search": "linz"}, "search", "unknown_parameter"),
    ],
)
def test_the_api_refuses_what_it_cannot_answer(query, field, code):
    answer = ask(**query)

    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


def test_each_type_is_a_resource():
    assert set(BY_RESOURCE) - set(RESOURCES) == set()
    assert [kind.model for kind in KINDS] == [RESOURCES[kind.resource].queryset.model for kind in KINDS]
