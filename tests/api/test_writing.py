import pytest
from django.db import IntegrityError
from django.db.models import ProtectedError

from contacts.api.problems import as_problem
from contacts.models import City, Organisation, Tenure
from relations.models import Partnership, Project
from reminders.models import Rule
from tests.factories import (
    AgreementFactory,
    CityFactory,
    DelegationFactory,
    DocumentFactory,
    GoldenBookEntryFactory,
    HomeCityFactory,
    OrganisationFactory,
    PartnershipFactory,
    PersonFactory,
    PostFactory,
    ProjectFactory,
    ProjectPartnerFactory,
    StageFactory,
    StopFactory,
    TenureFactory,
    ThemeFactory,
)

pytestmark = pytest.mark.django_db


def errors_of(answer):
    assert answer.status_code == 400, answer.content
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


# --- broken rules ---


@pytest.mark.parametrize(
    ("resource", "body", "error"),
    [
        pytest.param("cities", {"country": "DE"}, ("name_de", "required"), id="check constraint"),
        pytest.param("cities", {"name_de": "X", "country": "XX"}, ("country", "unknown"), id="country"),
        pytest.param("cities", {"name_de": "X"}, ("country", "required"), id="missing field"),
        pytest.param(
            "cities",
            {"name_de": "X", "country": "DE", "kind": "hamlet"},
            ("kind", "invalid_choice"),
            id="choice",
        ),
        pytest.param(
            "cities",
            {"name_de": "X", "country": "DE", "timezone": "Berlin"},
            ("timezone", "timezone"),
            id="validator of a field",
        ),
        pytest.param(
            "cities",
            {"name_de": "X", "country": "DE", "latitude": "91"},
            ("latitude", "max_value"),
            id="range",
        ),
        pytest.param(
            "cities",
            {"name_de": "X", "country": "DE", "parent": 4711},
            ("parent", "does_not_exist"),
            id="relation",
        ),
        pytest.param(
            "cities",
            {"name_de": "X", "country": "DE", "parent": "Berlin"},
            ("parent", "incorrect_type"),
            id="relation by name",
        ),
        pytest.param("themes", {"name_de": "X", "slug": "taken"}, ("slug", "unique"), id="unique field"),
        pytest.param("themes", {"name_de": "X", "slug": "a b"}, ("slug", "invalid"), id="slug"),
        pytest.param(
            "themes",
            {"name_de": "X", "slug": "x", "sdgs": [18]},
            ("sdgs.0", "max_value"),
            id="entry of a list",
        ),
        pytest.param("people", {"family_name": ""}, ("family_name", "blank"), id="empty text"),
        pytest.param(
            "people",
            {"family_name": "X", "do_not_contact": "never"},
            ("do_not_contact_reason", "required"),
            id="check constraint over two fields",
        ),
        pytest.param(
            "people",
            {"family_name": "X", "languages": ["klingon"]},
            ("languages", "invalid_language"),
            id="language",
        ),
        pytest.param(
            "people",
            {"family_name": "X", "deceased_on": "07.2004"},
            ("deceased_on", "invalid"),
            id="date as typed",
        ),
        pytest.param(
            "people",
            {"family_name": "X", "deceased_on": 2004},
            ("deceased_on", "invalid"),
            id="date as number",
        ),
        pytest.param(
            "people",
            {"family_name": "X", "deceased_on": "2023-02-29"},
            ("deceased_on", "invalid_date"),
            id="no such day",
        ),
        pytest.param(
            "people",
            {"family_name": "X", "phone": "12"},
            ("phone", "invalid"),
            id="phone number",
        ),
        pytest.param(
            "agreements",
            {"title": "X", "valid_from": "2024-02-01", "valid_until": "2024-01-01"},
            ("valid_until", "order"),
            id="order of dates",
        ),
        pytest.param("agreements", {"title": "X", "cities": 1}, ("cities", "not_a_list"), id="list"),
        pytest.param(
            "agreements", {"title": "X", "cities": [4711]}, ("cities", "does_not_exist"), id="listed"
        ),
        pytest.param("rules", {"subject": "follow_up"}, ("subject", "unique"), id="conditional unique"),
    ],
)
def test_a_broken_rule_names_its_field(admin, resource, body, error):
    ThemeFactory(slug="taken")
    Rule.objects.get_or_create(subject="follow_up", is_active=True)

    assert errors_of(admin.post(f"/api/v1/{resource}/", body)) == [error]


def test_constraints_hold_for_fields_that_were_not_sent(officer):
    tie = PartnershipFactory()

    answer = officer.patch(f"/api/v1/partnerships/{tie.pk}/", {"partner": tie.home_id})

    assert errors_of(answer) == [("partner", "same_city")]


def test_a_mirrored_pair_is_the_same_tie(officer):
    tie = PartnershipFactory()

    answer = officer.post("/api/v1/partnerships/", {"home": tie.partner_id, "partner": tie.home_id})

    assert errors_of(answer) == [("partner", "unique")]


def test_a_second_holder_of_a_post_is_refused(officer):
    held = TenureFactory(since="2019")
    body = {"person": PersonFactory().pk, "post": held.post_id, "since": "2021"}

    assert errors_of(officer.post("/api/v1/tenures/", body)) == [("post", "held")]
    assert Tenure.objects.count() == 1


def test_a_stop_outside_its_visit_is_refused(officer):
    visit = DelegationFactory(starts_on="2024-10-13", ends_on="2024-10-18")
    body = {"delegation": visit.pk, "city": CityFactory().pk, "arrives_on": "2024-10-20"}

    assert errors_of(officer.post("/api/v1/stops/", body)) == [("arrives_on", "outside")]


def test_a_visit_cannot_be_moved_away_from_its_stops(officer):
    stop = StopFactory(delegation=DelegationFactory(starts_on="2024-10"), arrives_on="2024-10-14")

    answer = officer.patch(f"/api/v1/delegations/{stop.delegation_id}/", {"starts_on": "2024-11"})

    assert errors_of(answer) == [("starts_on", "outside")]


def test_several_broken_rules_are_all_named(officer):
    answer = officer.post("/api/v1/cities/", {"country": "XX", "population": -1})

    assert errors_of(answer) == [("country", "unknown"), ("population", "min_value")]


def test_a_refused_change_leaves_the_row_as_it_was(officer):
    city = CityFactory(name_de="Linz")
    officer.patch(f"/api/v1/cities/{city.pk}/", {"name_de": "Graz", "latitude": "48"})
    city.refresh_from_db()

    assert (city.name_de, city.version) == ("Linz", 1)


def test_a_body_that_is_no_object_is_refused(officer):
    assert errors_of(officer.post("/api/v1/cities/", ["X"])) == [("__all__", "invalid")]


# --- values ---


def test_values_read_as_they_were_written(officer):
    body = {
        "title_de": "Oberbürgermeister",
        "organisation": OrganisationFactory().pk,
        "form_spoken": {"de": "Herr Oberbürgermeister", "en": "Mr Mayor"},
        "rank": 1,
    }
    post = officer.post("/api/v1/posts/", body).json()

    assert post["form_spoken"] == {"de": "Herr Oberbürgermeister", "en": "Mr Mayor"}
    assert post["form_letter"] == {}
    assert post["name"] == f"Oberbürgermeister, {post['organisation']['name']}"


def test_a_decimal_is_read_as_text_and_written_as_text_or_number(officer):
    body = {"name_de": "Linz", "country": "AT", "latitude": "48.30694", "longitude": 14.28583}
    city = officer.post("/api/v1/cities/", body).json()

    assert (city["latitude"], city["longitude"]) == ("48.30694", "14.28583")


@pytest.mark.parametrize("date", ["1989", "2004-07", "1989-11-17", None])
def test_a_partial_date_keeps_its_precision(officer, date):
    body = {"home": HomeCityFactory().pk, "partner": CityFactory().pk, "founded": date}

    assert officer.post("/api/v1/partnerships/", body).json()["founded"] == date


def test_a_relation_may_be_sent_as_it_was_read(officer):
    parent = CityFactory(name_de="Istanbul")
    body = {
        "name_de": "Tepebaşı",
        "country": "TR",
        "kind": "district",
        "parent": {"id": parent.pk, "name": "?"},
    }
    city = officer.post("/api/v1/cities/", body).json()

    assert city["parent"] == {"id": parent.pk, "name": "Istanbul"}


def test_lists_of_relations_are_replaced_as_a_whole(officer):
    agreement = AgreementFactory()
    first, second = DocumentFactory(title="A"), DocumentFactory(title="B")
    agreement.documents.set([first])

    answer = officer.patch(f"/api/v1/agreements/{agreement.pk}/", {"documents": [second.pk]})

    assert answer.json()["documents"] == [{"id": second.pk, "name": "B"}]


def test_what_is_computed_cannot_be_written(officer):
    tie = PartnershipFactory()
    answer = officer.patch(f"/api/v1/partnerships/{tie.pk}/", {"status": "active", "ended_on": "2020"})

    assert errors_of(answer) == [("status", "read_only"), ("ended_on", "read_only")]


def test_publishing_is_no_field(officer):
    body = {"home": HomeCityFactory().pk, "partner": CityFactory().pk, "published_at": "2024-01-01T00:00:00Z"}

    assert errors_of(officer.post("/api/v1/partnerships/", body)) == [("published_at", "read_only")]


def test_an_event_that_ends_a_tie_closes_it(officer):
    tie = PartnershipFactory()
    officer.post("/api/v1/partnership-events/", {"partnership": tie.pk, "kind": "ended", "on": "2020"})
    shown = officer.get(f"/api/v1/partnerships/{tie.pk}/").json()

    assert (shown["status"], shown["ended_on"]) == ("ended", "2020")


def test_a_signature_shows_the_post_of_that_day(officer):
    tenure = TenureFactory(since="2001", until="2014", post=PostFactory(title_de="Regierender Bürgermeister"))
    agreement = AgreementFactory(state="signed", signed_on="2004-07-22")
    body = {"agreement": agreement.pk, "person": tenure.person_id}

    assert officer.post("/api/v1/signatures/", body).json()["post"]["id"] == tenure.post_id


def test_who_wrote_stands_in_the_history(officer):
    pk = officer.post("/api/v1/cities/", {"name_de": "Linz", "country": "AT"}).json()["id"]

    assert City.history.get(id=pk).history_user == officer.handler._force_user


# --- rows within a record ---


def test_rows_are_created_with_their_record(officer):
    partner, city = OrganisationFactory(title="Labor"), CityFactory(name_de="Linz")
    body = {
        "title": "Ausstellung",
        "partners": [{"organisation": partner.pk, "role": "lead"}],
        "places": [{"city": city.pk, "venue": "Rathaus", "since": "2024-05"}],
        "funding": [{"programme": "EU", "amount": "1200.50"}],
    }
    project = officer.post("/api/v1/projects/", body).json()
    ids = [row.pop("id") for name in ("partners", "places", "funding") for row in project[name]]

    assert len(ids) == 3
    assert project["partners"] == [{"organisation": {"id": partner.pk, "name": "Labor"}, "role": "lead"}]
    assert project["places"] == [
        {"city": {"id": city.pk, "name": "Linz"}, "venue": "Rathaus", "since": "2024-05", "until": None}
    ]
    assert project["funding"] == [
        {"programme": "EU", "amount": "1200.50", "currency": "EUR", "reference": ""}
    ]


def test_rows_are_changed_added_and_removed_in_one_list(officer):
    project = ProjectFactory()
    kept, removed = ProjectPartnerFactory(project=project), ProjectPartnerFactory(project=project)
    new = OrganisationFactory()
    rows = [
        {"id": kept.pk, "organisation": kept.organisation_id, "role": "lead"},
        {"organisation": new.pk},
    ]
    answer = officer.patch(f"/api/v1/projects/{project.pk}/", {"partners": rows}).json()

    assert [(row["organisation"]["id"], row["role"]) for row in answer["partners"]] == [
        (kept.organisation_id, "lead"),
        (new.pk, ""),
    ]
    assert answer["partners"][0]["id"] == kept.pk
    assert not project.project_partners.filter(pk=removed.pk).exists()


def test_rows_that_are_not_sent_stay(officer):
    row = ProjectPartnerFactory()
    answer = officer.patch(f"/api/v1/projects/{row.project_id}/", {"title": "Anders"})

    assert [partner["id"] for partner in answer.json()["partners"]] == [row.pk]


def test_a_broken_row_keeps_the_whole_record_out(officer):
    partner = OrganisationFactory().pk
    body = {"title": "X", "partners": [{"organisation": partner}, {"organisation": partner}]}

    assert errors_of(officer.post("/api/v1/projects/", body)) == [("partners.1.organisation", "unique")]
    assert not Project.objects.exists()


def test_a_broken_row_keeps_the_change_of_its_record_out(officer):
    row = ProjectPartnerFactory()
    body = {"title": "Anders", "places": [{}]}

    assert errors_of(officer.patch(f"/api/v1/projects/{row.project_id}/", body)) == [
        ("places.0.city", "required")
    ]
    assert not Project.objects.filter(title="Anders").exists()


def test_a_row_of_another_record_is_refused(officer):
    mine, other = ProjectPartnerFactory(), ProjectPartnerFactory()
    rows = [{"id": other.pk, "organisation": other.organisation_id}]
    answer = officer.patch(f"/api/v1/projects/{mine.project_id}/", {"partners": rows})

    assert errors_of(answer) == [("partners.0.id", "does_not_exist")]


def test_unknown_fields_of_a_row_are_refused(officer):
    body = {"title": "X", "partners": [{"organisation": OrganisationFactory().pk, "colour": "red"}]}

    assert errors_of(officer.post("/api/v1/projects/", body)) == [("partners.0.colour", "unknown_field")]


def test_signers_of_the_golden_book_show_the_post_of_that_day(client_of):
    tenure = TenureFactory(since="2019", until="2024")
    body = {"city": HomeCityFactory().pk, "on": "2020-06-08", "signers": [{"person": tenure.person_id}]}
    entry = client_of("protocol").post("/api/v1/golden-book/", body).json()

    assert [row["post"]["id"] for row in entry["signers"]] == [tenure.post_id]


def test_a_post_that_nobody_held_that_day_is_refused_at_its_row(client_of):
    tenure, entry = TenureFactory(since="2021"), GoldenBookEntryFactory(on="2020-06-08")
    rows = [{"person": tenure.person_id, "post": tenure.post_id}]
    answer = client_of("protocol").patch(f"/api/v1/golden-book/{entry.pk}/", {"signers": rows})

    assert errors_of(answer) == [("signers.0.post", "not_held")]


def test_stages_are_written_with_their_rule(client_of):
    stage = StageFactory(days=30)
    rows = [{"id": stage.pk, "days": 14}, {"days": 7, "text": {"de": "Bald."}}]
    answer = client_of("head").patch(f"/api/v1/rules/{stage.rule_id}/", {"stages": rows}).json()

    assert [(row["days"], row["text"]) for row in answer["stages"]] == [(14, {}), (7, {"de": "Bald."})]


# --- two at once ---


def test_each_answer_names_its_version(officer):
    city = CityFactory()
    answer = officer.patch(f"/api/v1/cities/{city.pk}/", {"region": "Tirol"})

    assert (answer["ETag"], officer.get(f"/api/v1/cities/{city.pk}/")["ETag"]) == ('"2"', '"2"')


def test_a_change_to_the_version_at_hand_is_kept(officer):
    city = CityFactory()
    answer = officer.patch(f"/api/v1/cities/{city.pk}/", {"region": "Tirol"}, headers={"If-Match": '"1"'})

    assert answer.status_code == 200


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_change_to_an_older_version_is_refused(officer, method):
    city = CityFactory()
    city.save()
    answer = getattr(officer, method)(f"/api/v1/cities/{city.pk}/", {}, headers={"If-Match": '"1"'})

    assert answer.status_code == 412
    assert City.objects.filter(pk=city.pk, version=2).exists()


def test_what_is_in_use_is_not_deleted_and_its_users_are_named(officer):
    row = ProjectPartnerFactory(project=ProjectFactory(title="Stadtlabor"))
    answer = officer.delete(f"/api/v1/organisations/{row.organisation_id}/")

    assert answer.status_code == 409
    assert answer.json()["errors"] == [
        {
            "field": "__all__",
            "code": "referenced",
            "detail": f"project partner: Stadtlabor: {row.organisation.title}",
        }
    ]
    assert Organisation.objects.filter(pk=row.organisation_id).exists()


def test_who_refers_to_a_row_is_looked_up_when_it_is_said():
    """Two deleted at once: the stop that refused the one went with the other before it was named."""
    stop = StopFactory()
    refusal = ProtectedError("in use", {stop})
    stop.delegation.delete()

    assert as_problem(refusal, {}).data["errors"] == []


def test_a_race_that_only_the_database_saw_is_a_conflict():
    response = as_problem(IntegrityError("duplicate key"), {})

    assert (response.status_code, response.data["errors"]) == (409, [])


def test_deleting_an_end_opens_the_tie_again(officer):
    tie = PartnershipFactory()
    event = tie.end(on="2020")
    officer.delete(f"/api/v1/partnership-events/{event.pk}/")

    assert Partnership.objects.get(pk=tie.pk).ended_on is None
