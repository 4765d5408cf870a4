import datetime

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from delegations.models import FollowUp
from relations.models import Interaction
from tests.desk.conftest import tie_of
from tests.factories import CityFactory, OrganisationFactory, PersonFactory, ProjectFactory, UserFactory
from tests.pages import form_on, said_on

URL = "/admin/contact-note/"


def note(client, **fields):
    """Open the form, fill in some fields, send it."""
    return client.post(URL, form_on(client.get(URL), "contact-note") | fields)


def errors(page):
    return {name: list(sentences) for name, sentences in page.context["form"].errors.items()}


@pytest.fixture
def tie(db):
    return tie_of("Berlin", "İstanbul")


def test_a_note_takes_a_name_and_a_text(client, officer, tie):
    page = note(client, about="berlin-istanbul", summary="Termin im Mai besprochen")

    found = Interaction.objects.get()
    assert page.url == "/admin/"
    assert (found.partnership, found.city, found.kind) == (tie, None, "call")
    assert (found.on, found.by) == (timezone.localdate(), officer)
    assert said_on(client.get("/admin/"))[0].startswith("Noted: call, ")
    assert FollowUp.objects.count() == 0


def test_a_note_with_a_day_makes_a_follow_up_of_mine_in_the_same_go(client, officer, tie):
    note(client, about="Berlin–İstanbul", summary="Sie schicken\nFotos", due_on="06.2099")

    promise = FollowUp.objects.get()
    assert (promise.title, str(promise.due_on)) == ("Sie schicken Fotos", "2099-06")
    assert (promise.assignee, promise.partnership) == (officer, tie)
    assert promise.interaction == Interaction.objects.get()


def test_what_is_to_be_done_may_have_its_own_words_and_no_day(client, tie):
    note(client, about="Berlin–İstanbul", summary="Gespräch", follow_up="Fotos anfordern")

    assert list(FollowUp.objects.values_list("title", "due_on")) == [("Fotos anfordern", None)]


def test_a_note_is_about_a_city_or_a_project_and_with_a_person_or_an_institution(client, db):
    city, project = CityFactory(name_de="Linz"), ProjectFactory(title="Jugend")
    person, body = PersonFactory(family_name="Probe"), OrganisationFactory(title="Kammer")

    note(client, about="linz", with_whom="nora probe", summary="1", kind="meeting", on="2024-06-05")
    note(client, about="jugend", with_whom="kammer", summary="2")

    one, two = Interaction.objects.order_by("summary")
    assert (one.city, list(one.people.all()), one.kind) == (city, [person], "meeting")
    assert one.on == datetime.date(2024, 6, 5)
    assert (two.project, list(two.organisations.all())) == (project, [body])


def test_where_several_fit_one_is_chosen(client, tie):
    other = tie_of("Linz", "Istanbul")
    page = note(client, about="istanb", summary="Text")
    offered = [hit.name for hit in page.context["form"].choices["about"]]
    assert errors(page) == {"about": ["Several fit. Choose one of them below."]}
    assert offered == ["İstanbul", "Istanbul", "Berlin–İstanbul", "Linz–Istanbul"]
    assert f'name="about_choice" value="partnerships:{other.pk}"' in page.content.decode()

    note(client, about="istanb", about_choice=f"partnerships:{other.pk}", summary="Text")

    assert Interaction.objects.get().partnership == other


def test_a_choice_that_does_not_fit_the_name_is_no_choice(client, tie):
    other = tie_of("Linz", "Izmir")

    note(client, about="berlin-istanbul", about_choice=f"partnerships:{other.pk}", summary="Text")

    assert Interaction.objects.get().partnership == tie


def test_an_exact_name_needs_no_choice(client, db):
    linz = CityFactory(name_de="Linz")
    CityFactory(name_de="Linzgau")

    note(client, about="LINZ", summary="Text")

    assert Interaction.objects.get().city == linz


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"summary": "Text"}, {"about": ["Say what it was about or with whom it was."]}),
        (
            {"about": "Atlantis", "summary": "Text"},
            {"about": ["Nothing here is called so. Check the spelling, or enter it first."]},
        ),
        ({"about": "Berlin–İstanbul"}, {"summary": ["This field is required."]}),
        (
            {"about": "Berlin–İstanbul", "summary": "Text", "on": "2099-01-01"},
            {"on": ["A contact note tells what was. Enter what is still to come as a follow-up."]},
        ),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays(client, tie, fields, said):
    page = note(client, **fields)

    assert (page.status_code, errors(page)) == (200, said)
    assert form_on(page, "contact-note")["summary"] == [fields.get("summary", "")]
    assert Interaction.objects.count() == 0


def test_the_form_is_filled_in_by_the_address_and_leads_back(client, tie):
    page = client.get(URL, {"about": "Berlin–İstanbul", "next": tie.get_absolute_url()})
    filled = form_on(page, "contact-note")

    assert filled["about"] == ["Berlin–İstanbul"]
    assert client.post(URL, filled | {"summary": "Text"}).url == tie.get_absolute_url()


def test_ties_are_offered_as_one_types(client, tie):
    assert '<option value="Berlin–İstanbul"></option>' in client.get(URL).content.decode()


def test_a_quiet_tie_has_a_link_to_the_note(client, officer, tie):
    tie.responsible = officer
    tie.save()

    page = client.get("/admin/").content.decode()

    assert reverse("desk:contact_note") + "?about=Berlin%E2%80%93%C4%B0stanbul" in page


def test_whoever_may_not_note_contacts_has_neither_button_nor_form(client, tie):
    client.force_login(UserFactory())

    assert URL not in client.get("/admin/").content.decode()
    assert client.get(URL).status_code == 403


def test_without_the_right_to_promise_there_is_no_follow_up(client, tie):
    user = UserFactory()
    rights = ["add_interaction", "view_partnership"]
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)
    assert set(client.get(URL).context["form"].fields) == {"about", "with_whom", "kind", "on", "summary"}

    client.post(
        URL,
        {"about": "Berlin–İstanbul", "kind": "call", "on": "2024-06-05", "summary": "T", "due_on": "2099"},
    )

    assert (Interaction.objects.count(), FollowUp.objects.count()) == (1, 0)


def test_a_form_sent_twice_makes_one_note(client, tie):
    filled = form_on(client.get(URL), "contact-note") | {"about": "Berlin–İstanbul", "summary": "Text"}

    pages = [client.post(URL, filled) for _ in range(2)]

    assert [page.url for page in pages] == ["/admin/", "/admin/"]
    assert Interaction.objects.count() == 1


def test_a_note_of_the_same_words_can_follow(client, tie):
    for _ in range(2):
        note(client, about="Berlin–İstanbul", summary="Text")

    assert Interaction.objects.count() == 2
