import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from config.roles import sync
from contacts.models import City, Person, Tenure, User
from tests.factories import (
    CityFactory,
    DelegationFactory,
    DocumentFactory,
    OrganisationFactory,
    PartnershipFactory,
    PersonFactory,
    PlaceFactory,
    PostFactory,
    TenureFactory,
    UserFactory,
    token_for,
)
from tests.pages import errors_on, form_on, new_row, said_on, save, url_of

PEOPLE = "admin:contacts_person_changelist"


@pytest.fixture
def staff(db):
    """Makes a member of staff with exactly these rights."""

    def staff(*rights):
        user = UserFactory()
        for right in rights:
            app, codename = right.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        return user

    return staff


@pytest.fixture
def client(client, db):
    client.force_login(UserFactory(is_superuser=True))
    return client


@pytest.fixture
def clerk(client, staff):
    """Signed in as someone who keeps people, without the right to see addresses and notes of protocol."""
    client.force_login(
        staff("contacts.view_person", "contacts.change_person", "contacts.view_historicalperson")
    )
    return client


def signed_in(client):
    return User.objects.get(pk=client.session["_auth_user_id"])


def picked(client, term, *, app, model, field):
    query = {"term": term, "app_label": app, "model_name": model, "field_name": field}
    answer = client.get(reverse("admin:autocomplete"), query).json()
    return [row["text"] for row in answer["results"]]


# --- languages, and fields with few choices ---


@pytest.mark.parametrize(("typed", "code"), [("Türkisch", "tr"), ("tr", "tr"), ("DEUTSCH", "de")])
def test_a_language_is_typed_by_name_or_code_and_shown_by_name(client, typed, code):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    person = PersonFactory()

    save(client, url_of(person), "person", correspondence_language=typed)

    person.refresh_from_db()
    assert person.correspondence_language == code
    shown = form_on(client.get(url_of(person)), "person")["correspondence_language"]
    assert shown == [{"tr": "Türkisch", "de": "Deutsch"}[code]]


def test_what_is_no_language_is_an_error_at_its_field(client):
    page = save(client, url_of(PersonFactory()), "person", correspondence_language="Klingonisch")

    assert list(errors_on(page)) == ["correspondence_language"]


def test_nothing_chosen_is_a_word_where_something_must_be_and_a_dash_where_not(client):
    page = client.get(
        reverse("admin:delegations_gift_add"), headers={"accept-language": "en"}
    ).content.decode()

    assert '<option value="" selected>Please choose</option>' in page
    assert '<option value="" selected>–</option>' in page
    assert "---------" not in page


# --- search ---


@pytest.mark.parametrize("typed", ["imamoglu", "İmamoğlu", "Imamoğlu", "IMAMOGLU", "ekrem imam"])
def test_person_is_found_however_the_name_is_spelled(client, typed):
    PersonFactory(given_names="Ekrem", family_name="İmamoğlu")
    PersonFactory(given_names="Fatma", family_name="Şahin")

    page = client.get(reverse(PEOPLE), {"q": typed})

    assert [person.family_name for person in page.context["cl"].result_list] == ["İmamoğlu"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("duesseldorf", "Düsseldorf"),
        ("dusseldorf", "Düsseldorf"),
        ("eskisehir", "Eskişehir"),
        ("重庆", "Chongqing"),
        ("tschungking", "Chongqing"),
    ],
)
def test_picker_finds_a_city_however_it_is_spelled(client, typed, found):
    CityFactory(name_de="Düsseldorf")
    CityFactory(name_de="Eskişehir", country="TR")
    CityFactory(name_de="Chongqing", name_local="重庆", other_names=["Tschungking"], country="CN")

    assert picked(client, typed, app="relations", model="partnership", field="partner") == [found]


def test_picker_finds_a_post_by_title_and_city(client):
    istanbul = CityFactory(name_de="Istanbul", country="TR")
    PostFactory(title_de="Bürgermeister", organisation=OrganisationFactory(title="Rathaus", city=istanbul))
    PostFactory(title_de="Bürgermeister", organisation=OrganisationFactory(title="Anderswo"))

    found = picked(client, "burgermeister istanbul", app="contacts", model="tenure", field="post")

    assert found == ["Bürgermeister, Rathaus"]


def test_picker_of_colleagues_offers_only_those_who_work_here(client, staff):
    UserFactory(username="anna", first_name="Anna", last_name="Probe")
    UserFactory(username="anton", first_name="Anton", last_name="Probe", is_active=False)
    client.force_login(staff("relations.change_partnership"))

    assert picked(client, "probe", app="relations", model="partnership", field="responsible") == [
        "Anna Probe"
    ]
    assert client.get(reverse("admin:contacts_user_changelist")).status_code == 403


# --- what only some may see ---


@pytest.fixture
def guarded(db):
    person = PersonFactory(address="Geheimer Weg 1", protocol_notes="Trinkt keinen Kaffee")
    person.address = "Geheimer Weg 2"
    person.phone = "+49 30 90260"
    person.save()
    return person


def test_restricted_fields_are_absent_from_the_form(clerk, guarded):
    page = clerk.get(url_of(guarded))

    fields = page.context["adminform"].form.fields
    assert "family_name" in fields
    assert not {"address", "protocol_notes"} & set(fields)
    assert "Geheimer" not in page.content.decode()
    assert "Kaffee" not in page.content.decode()


def test_restricted_fields_are_absent_for_those_who_only_read(client, staff, guarded):
    client.force_login(staff("contacts.view_person"))

    page = client.get(url_of(guarded)).content.decode()

    assert guarded.family_name in page
    assert "Geheimer" not in page
    assert "Kaffee" not in page


def test_restricted_fields_keep_their_value_when_others_save(clerk, guarded):
    page = save(clerk, url_of(guarded), "person", given_names="Nora Maria")

    assert page.status_code == 302
    guarded.refresh_from_db()
    assert (guarded.given_names, guarded.address, guarded.protocol_notes) == (
        "Nora Maria",
        "Geheimer Weg 2",
        "Trinkt keinen Kaffee",
    )


def test_a_hidden_field_that_is_sent_all_the_same_is_ignored(clerk, guarded):
    save(clerk, url_of(guarded), "person", given_names="Nora Maria", address="Neuer Weg")

    guarded.refresh_from_db()
    assert guarded.address == "Geheimer Weg 2"


@pytest.mark.parametrize("right", ["contacts.view_address", "contacts.view_protocol_notes"])
def test_each_restricted_field_has_a_right_of_its_own(client, staff, guarded, right):
    client.force_login(staff("contacts.view_person", "contacts.change_person", right))

    fields = client.get(url_of(guarded)).context["adminform"].form.fields

    named = {"address", "protocol_notes"} & set(fields)
    assert named == {right.removeprefix("contacts.view_")}


def test_history_does_not_tell_what_the_form_hides(clerk, guarded):
    pages = [clerk.get(url_of(guarded, "history"))]
    for version in guarded.history.all():
        url = reverse("admin:contacts_person_simple_history", args=[guarded.pk, version.pk])
        pages.append(clerk.get(url))

    assert [page.status_code for page in pages] == [200, 200, 200]
    for page in pages:
        assert "Geheimer" not in page.content.decode()
        assert "Kaffee" not in page.content.decode()


def test_history_tells_what_changed(client, guarded):
    page = client.get(url_of(guarded, "history")).content.decode()

    assert "<del>Geheimer Weg 1</del> → <ins>Geheimer Weg 2</ins>" in page
    assert "<del>–</del> → <ins>+49 30 90260</ins>" in page


def test_history_leaves_out_the_middle_of_long_texts_without_a_word(client):
    city = CityFactory(notes="A" * 300)
    city.notes = "A" * 300 + "B" * 300
    city.save()

    page = client.get(url_of(city, "history")).content.decode()

    assert "chars]" not in page
    assert "A … A" in page


def test_a_former_version_is_headed_by_what_it_is_a_version_of(client):
    city = CityFactory(name_de="Linz")

    page = client.get(
        reverse("admin:contacts_city_simple_history", args=[city.pk, city.history.first().pk]),
        headers={"accept-language": "en"},
    ).content.decode()

    assert "<h1>Linz</h1>" in page
    assert "Former version of" in page
    assert "<dt>ID</dt>" not in page


def test_history_is_a_right_of_its_own(client, staff, guarded):
    client.force_login(staff("contacts.view_person", "contacts.change_person"))
    version = guarded.history.first()

    assert client.get(url_of(guarded, "history")).status_code == 403
    one = reverse("admin:contacts_person_simple_history", args=[guarded.pk, version.pk])
    assert client.get(one).status_code == 403
    assert url_of(guarded, "history") not in client.get(url_of(guarded)).content.decode()


def test_a_former_version_cannot_be_put_back(client, guarded):
    first = guarded.history.last()
    url = reverse("admin:contacts_person_simple_history", args=[guarded.pk, first.pk])

    client.post(url, {"family_name": "Anders"})

    guarded.refresh_from_db()
    assert (guarded.family_name, guarded.version) == (first.family_name, 2)


@pytest.mark.parametrize("lookup", ["address__startswith", "protocol_notes__contains", "address"])
def test_restricted_fields_cannot_be_probed_by_address(clerk, guarded, lookup):
    assert clerk.get(reverse(PEOPLE), {lookup: "Geheimer"}).status_code == 400


def test_other_fields_can_be_asked_by_address(clerk, guarded):
    page = clerk.get(reverse(PEOPLE), {"family_name__startswith": "Beispiel"})

    assert list(page.context["cl"].result_list) == [guarded]


# --- forms ---


def test_a_form_saved_without_a_change_makes_no_new_version(client):
    city = CityFactory(name_local="重庆", other_names=["Tschungking", "Chungking"], country="CN")
    person = PersonFactory(
        languages=["tr", "en"], phone="+49 30 90260", deceased_on="2009-05", retain_until="2030-01-31"
    )
    post = PostFactory(form_spoken={"de": "Herr Oberbürgermeister"})

    for record in (city, person, post):
        page = save(client, url_of(record), record._meta.model_name)

        assert page.status_code == 302
        record.refresh_from_db()
        assert (record.version, record.history.count()) == (1, 1)


def test_a_changed_form_makes_a_new_version_by_the_one_who_saved(client):
    city = CityFactory()

    save(client, url_of(city), "city", region="Marmara")

    city.refresh_from_db()
    assert (city.version, city.region) == (2, "Marmara")
    assert city.history.first().history_user == signed_in(client)


def test_a_date_is_typed_and_shown_as_people_write_it(client):
    tenure = TenureFactory(since="2019")

    page = save(client, url_of(tenure), "tenure", until="06.2024")

    assert page.status_code == 302
    tenure.refresh_from_db()
    assert (str(tenure.since), str(tenure.until)) == ("2019", "2024-06")
    shown = form_on(client.get(url_of(tenure)), "tenure")
    parts = ("precision", "day", "month", "year")
    assert {part: shown.get(f"until_{part}") for part in parts} == {
        "precision": ["month"],
        "day": [""],
        "month": ["06"],
        "year": ["2024"],
    }


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        ({"precision": "day", "day": "3", "month": "06", "year": "2024"}, "2024-06-03"),
        ({"precision": "month", "day": "3", "month": "06", "year": "2024"}, "2024-06"),
        ({"precision": "year", "day": "", "month": "06", "year": "2024"}, "2024"),
        ({"precision": "day", "day": "", "month": "", "year": "03.06.2024"}, "2024-06-03"),
        ({"precision": "day", "day": "", "month": "", "year": ""}, "None"),
    ],
)
def test_a_date_is_entered_in_parts_as_far_as_it_is_known(client, parts, kept):
    tenure = TenureFactory(since="2019")

    page = save(client, url_of(tenure), "tenure", **{f"until_{part}": text for part, text in parts.items()})

    assert page.status_code == 302
    tenure.refresh_from_db()
    assert str(tenure.until) == kept


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (
            {"precision": "day", "month": "06", "year": "2024"},
            "The day is missing. Enter it, or choose “Month” if it is not known.",
        ),
        (
            {"precision": "month", "year": "2024"},
            "The month is missing. Choose it, or choose “Year” if it is not known.",
        ),
        (
            {"precision": "month", "month": "06"},
            "The year is missing. Enter it; a date without a year cannot be kept.",
        ),
    ],
)
def test_a_part_of_a_date_that_is_missing_is_asked_for(client, parts, sentence):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    tenure = TenureFactory(since="2019")

    page = save(client, url_of(tenure), "tenure", **{f"until_{part}": text for part, text in parts.items()})

    assert errors_on(page) == {"until": [sentence]}
    assert f'<a href="#id_until_year">Until: {sentence}</a>' in page.content.decode()


def test_those_who_only_read_see_dates_and_lists_as_people_write_them(client, staff):
    client.force_login(staff("contacts.view_person"))
    person = PersonFactory(languages=["tr", "de"], other_names=["Probe", "Muster"], deceased_on="2009-05")

    page = client.get(url_of(person)).content.decode()

    assert "Mai 2009" in page
    assert "Türkisch, Deutsch" in page
    assert "Probe, Muster" in page


def test_a_district_without_a_city_is_an_error_at_the_field(client):
    page = save(
        client, reverse("admin:contacts_city_add"), "city", name_de="Mitte", kind="district", country="DE"
    )

    assert list(errors_on(page)) == ["parent"]
    assert City.objects.count() == 0


def test_a_post_that_is_held_is_an_error_of_the_row(client):
    post = PostFactory()
    TenureFactory(post=post, since="2019")
    successor = PersonFactory()

    page = save(
        client,
        url_of(successor),
        "person",
        **new_row("tenures", 0, post=post.pk, since="2023"),
    )

    assert list(errors_on(page)) == ["tenures-0-post"]


def test_two_holders_entered_in_one_form_are_an_error_and_nothing_is_saved(client):
    post = PostFactory()
    one, other = PersonFactory(), PersonFactory()
    rows = new_row("tenures", 0, person=one.pk, since="2019") | new_row(
        "tenures", 1, person=other.pk, since="2020"
    )

    page = save(client, url_of(post), "post", **rows)

    assert page.status_code == 200
    assert list(errors_on(page)) == ["__all__"]
    assert one.full_name in errors_on(page)["__all__"][0]
    assert Tenure.objects.count() == 0


def test_what_is_needed_elsewhere_is_not_deleted_but_its_dependents_are_named(client):
    tenure = TenureFactory()

    page = client.post(url_of(tenure.person, "delete"), {"post": "yes"})

    assert page.status_code == 200
    assert str(tenure.post) in page.content.decode()
    assert Person.objects.filter(pk=tenure.person.pk).exists()


def test_what_cannot_be_deleted_offers_in_order_what_needs_it_and_what_is_possible_instead(client):
    tie = PartnershipFactory()
    for title in ("Über Land", "Anfang", "Zuletzt"):
        DelegationFactory(title=title, partnership=tie)

    page = client.get(url_of(tie, "delete"))

    needed = [re.sub(r"<.*?>", "", line) for line in page.context["protected"]]
    assert needed == ["Delegation: Anfang", "Delegation: Über Land", "Delegation: Zuletzt"]
    assert [verb.name for verb, _url in page.context["instead"]] == ["merge", "end"]
    assert (
        f'href="{reverse("admin:relations_partnership_do", args=[tie.pk, "end"])}"' in page.content.decode()
    )


def test_deleting_several_names_dependents_and_deletes_none(client):
    free, needed = PersonFactory(), TenureFactory().person
    chosen = {"action": "delete_selected", "_selected_action": [free.pk, needed.pk], "post": "yes"}

    page = client.post(reverse(PEOPLE), chosen)

    assert page.status_code == 200
    assert Person.objects.count() == 2


def test_the_gazetteer_is_read_only(client):
    place = PlaceFactory()

    assert client.get(url_of(place)).status_code == 200
    assert client.get(reverse("admin:contacts_place_add")).status_code == 403
    assert client.post(url_of(place), {"name": "Anders"}).status_code == 403
    assert client.post(url_of(place, "delete"), {"post": "yes"}).status_code == 403


def test_publishing_is_a_right_of_its_own(client, staff):
    paper = DocumentFactory()
    url = reverse("admin:contacts_document_changelist")
    chosen = {"action": "publish", "_selected_action": [paper.pk]}
    editor = staff("contacts.view_document", "contacts.publish_document")

    client.force_login(staff("contacts.view_document", "contacts.change_document"))
    client.post(url, chosen)
    paper.refresh_from_db()
    assert not paper.is_published

    client.force_login(editor)
    page = client.post(url, chosen)
    paper.refresh_from_db()
    assert paper.is_published
    assert paper.published_by == editor
    assert len(said_on(page)) == 1


def test_a_city_shows_what_ties_us_to_it(client):
    tie = PartnershipFactory()

    page = client.get(url_of(tie.partner)).content.decode()

    assert f'<a href="{url_of(tie)}">{tie}</a>' in page


# --- staff ---


@pytest.fixture
def administrator(client, staff):
    client.force_login(staff("contacts.view_user", "contacts.add_user", "contacts.change_user"))
    return client


def test_nobody_makes_themselves_a_superuser(administrator):
    me = signed_in(administrator)

    page = save(administrator, url_of(me), "user", first_name="Ada", is_superuser="on", user_permissions="1")

    assert page.status_code == 302
    me.refresh_from_db()
    assert (me.first_name, me.is_superuser) == ("Ada", False)
    assert me.user_permissions.count() == 3


def test_a_superuser_is_out_of_reach_for_others(administrator):
    boss = UserFactory(is_superuser=True)

    assert administrator.post(url_of(boss), {"username": "mine"}).status_code == 403
    password = reverse("admin:auth_user_password_change", args=[boss.pk])
    assert administrator.get(password).status_code == 403


def test_a_member_of_staff_is_added_and_completed(administrator):
    added = save(
        administrator,
        reverse("admin:contacts_user_add"),
        "user",
        username="nora",
        password1="eine-lange-Losung",
        password2="eine-lange-Losung",
    )
    nora = User.objects.get(username="nora")

    page = save(
        administrator, added.url, "user", last_name="Beispiel", email="nora@example.org", digest="weekly"
    )

    assert page.status_code == 302
    nora.refresh_from_db()
    assert (str(nora), nora.digest) == ("Beispiel", "weekly")
    assert nora.check_password("eine-lange-Losung")


def test_a_new_colleague_with_a_role_can_sign_in(client):
    sync()
    role = Group.objects.get(name="officer")

    page = save(
        client,
        reverse("admin:contacts_user_add"),
        "user",
        first_name="Nora",
        last_name="Beispiel",
        email="nora@example.org",
        groups=role.pk,
        username="nora",
        password1="eine-lange-Losung",
        password2="eine-lange-Losung",
    )
    visitor = Client()
    entered = visitor.post(
        reverse("admin:login"), {"username": "nora", "password": "eine-lange-Losung", "next": "/admin/"}
    )

    assert (page.status_code, entered.status_code) == (302, 302)
    assert visitor.get("/admin/").status_code == 200
    nora = User.objects.get(username="nora")
    assert (str(nora), nora.email, [group.name for group in nora.groups.all()]) == (
        "Nora Beispiel",
        "nora@example.org",
        ["officer"],
    )


def test_a_role_is_headed_by_its_words(client):
    sync()
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    role = Group.objects.get(name="reader")

    page = client.get(reverse("admin:auth_group_change", args=[role.pk])).content.decode()

    assert "<h1>Lesen</h1>" in page
    assert "reader" not in re.sub(r"<script.*?</script>|<nav.*?</nav>", "", page, flags=re.DOTALL)


def test_the_list_of_access_keys_has_german_heads(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    token_for(signed_in(client))

    page = client.get(reverse("admin:contacts_accesstoken_changelist"))

    heads = re.findall(r"<th scope=\"col\"[^>]*>\s*(?:<a[^>]*>)?([^<\s][^<]*)", page.content.decode())
    assert [head.strip() for head in heads] == [
        *("Beginnt mit", "Wofür", "Benutzerkonto", "Umfang", "Ausgestellt", "Zuletzt genutzt", "Ende"),
    ]


def test_nobody_stands_in_for_themselves(administrator):
    me = signed_in(administrator)

    page = save(administrator, url_of(me), "user", stand_in=me.pk)

    assert list(errors_on(page)) == ["stand_in"]
