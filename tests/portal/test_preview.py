"""Before something is published, staff see just what the public would get; looking changes nothing."""

import json

import pytest
from django.db import connection
from django.http import Http404
from django.urls import reverse
from django.utils import translation

from contacts.models import Document
from delegations.models import Delegation, ProgrammeItem
from portal.preview import PREVIEWED, places_of, seen
from relations.models import Agreement, Partnership, Project
from tests import factories as make
from tests.factories import user_in
from tests.portal import world as worlds
from tests.portal.world import publish, withdrawn


@pytest.fixture
def staff(client, db):
    client.force_login(user_in("portal editor"))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def address_of(row):
    return reverse("preview", args=[row._meta.label_lower, row.pk])


def preview_of(client, row):
    answer = client.get(address_of(row))
    assert answer.status_code == 200
    return answer.context


def rows_of(world):
    """One of each kind that has a mark of its own, each on a page that is public."""
    return {
        Partnership: world.tie,
        Agreement: world.tie.agreements.get(published_at__isnull=False),
        Project: world.project,
        Delegation: world.visit,
        ProgrammeItem: world.visit.programme.get(published_at__isnull=False),
        Document: world.visit.documents.get(published_at__isnull=False),
    }


def public_address(row):
    match row:
        case Partnership():
            return f"partnerships/{row.pk}/"
        case Agreement():
            return f"partnerships/{row.partnership_id}/"
        case Project():
            return f"projects/{row.pk}/"
        case Delegation():
            return f"visits/{row.pk}/"
        case ProgrammeItem():
            return f"visits/{row.delegation_id}/"
        case Document():
            return f"visits/{row.delegations.get().pk}/"


@pytest.mark.parametrize("model", PREVIEWED.values())
def test_a_preview_is_what_the_public_gets_once_it_is_published(get, world, model):
    row = rows_of(world)[model]
    published = get(f"{public_address(row)}?lang=de").json()
    withdrawn(row)
    row.refresh_from_db()
    before = get(public_address(row))
    (place,) = places_of(row, language="de")
    after = get(public_address(row))

    assert place.facts == published
    # Nobody else has seen anything of it.
    assert (before.status_code, before.content) == (after.status_code, after.content)
    assert before.status_code == 404 or before.json() != published


@pytest.mark.parametrize("model", PREVIEWED.values())
def test_looking_changes_nothing(staff, world, model):
    row = withdrawn(rows_of(world)[model])
    before = model.objects.filter(pk=row.pk).values().get(), row.history.count()
    preview_of(staff, row)

    assert (model.objects.filter(pk=row.pk).values().get(), row.history.count()) == before


@pytest.mark.parametrize("model", PREVIEWED.values())
def test_of_what_is_public_the_page_shows_what_the_public_gets_now(staff, get, world, model):
    row = rows_of(world)[model]
    (place,) = preview_of(staff, row)["places"]

    assert place.facts == get(f"{public_address(row)}?lang=en").json()
    assert json.loads(place.as_programs_read_it) == place.facts


# --- on pages that are not public themselves ---


@pytest.mark.parametrize("model", [Agreement, ProgrammeItem, Document])
def test_what_stands_on_a_page_that_is_not_public_is_shown_there_and_told_so(staff, world, model):
    row = rows_of(world)[model]
    whole = withdrawn(world.tie if model is Agreement else world.visit)
    answer = staff.get(address_of(row))
    (place,) = answer.context["places"]
    parts = {Agreement: "agreements", ProgrammeItem: "programme", Document: "documents"}[model]

    assert len(place.facts[parts]) == 1
    assert f"Not visible as long as this is not published: {whole}." in answer.content.decode()
    assert address_of(whole) in answer.content.decode()


def test_an_agreement_without_a_tie_is_seen_nowhere(staff, db):
    found = preview_of(staff, make.AgreementFactory())

    assert found["places"] == []
    assert found["unseen"].startswith("It would be seen nowhere: agreements")


def test_a_document_is_shown_on_each_of_its_visits(staff, db):
    document = make.DocumentFactory()
    for number in range(7):
        publish(make.DelegationFactory(title=f"Besuch {number}")).documents.add(document)

    assert len(preview_of(staff, document)["places"]) == 5
    assert preview_of(staff, make.DocumentFactory())["unseen"].startswith("It would be seen nowhere: doc")


# --- what stays hidden ---


def test_what_belongs_to_a_visit_and_is_not_shown_is_counted(staff, world):
    (place,) = preview_of(staff, world.visit)["places"]

    assert place.hidden == [
        "Participants without a public office, there privately, or not there at all: 2",
        "Programme items that are not published: 1",
        "Documents that are not published: 1",
    ]


def test_what_belongs_to_a_tie_or_project_and_is_not_shown_is_counted(staff, world):
    (tie,) = preview_of(staff, world.tie)["places"]
    world.project.partnerships.add(make.PartnershipFactory())
    (project,) = preview_of(staff, world.project)["places"]

    assert tie.hidden == [
        "Agreements that are not published: 1",
        "Signatures without a public office: 1",
    ]
    assert project.hidden == ["Partnerships that are not published: 1"]


def test_a_tie_that_is_not_public_is_hidden_on_the_page_of_its_visit(staff, world):
    world.tie.withdraw()
    (place,) = preview_of(staff, world.visit)["places"]

    assert place.facts["partnership"] is None
    assert "The partnership, which is not published" in place.hidden


def test_the_file_of_a_document_stays_here(staff, world):
    document = rows_of(world)[Document]
    Document.objects.filter(pk=document.pk).update(file="documents/brief.pdf", file_name="brief.pdf")
    page = staff.get(address_of(document)).content.decode()

    assert "The file itself; only an address on the web is public." in page
    assert "brief.pdf" not in page


# --- when something comes in between ---


def test_a_row_that_is_deleted_while_it_is_looked_at_is_not_found(staff, db):
    project, deleted = make.ProjectFactory(), []

    def delete_before(execute, sql, parameters, many, context):
        if sql.startswith('UPDATE "relations_project"') and not deleted:
            deleted.append(Project.objects.all().delete())
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(delete_before):
        answer = staff.get(address_of(project))

    assert (answer.status_code, len(deleted)) == (404, 1)


def test_what_the_public_does_not_get_is_not_found(world):
    hidden = withdrawn(world.project)

    with pytest.raises(Http404, match="The public gets no page of this"), translation.override("en"):
        seen(hidden, as_if_public=[], language="de")


# --- in words ---


def test_values_stand_in_the_words_of_the_office(client, world):
    client.force_login(user_in("head"))
    (place,) = preview_of(client, world.visit)["places"]
    told = {line.label: line.text for line in place.lines}
    programme = next(line.parts for line in place.lines if line.label == "Programm")

    assert (told["Beginn"], told["Stand"], told["Unsere Stadt"]) == ("3. Juni 2024", "geplant", "Berlin")
    assert "10:00" in {line.text for line in programme[0]}
    assert "Id" not in told


@pytest.mark.parametrize("model", PREVIEWED.values())
def test_every_field_that_the_public_gets_stands_on_the_page(staff, world, model):
    (place,) = preview_of(staff, rows_of(world)[model])["places"]

    assert len(place.lines) == len(set(place.facts) - {"id"})
    assert all(line.label for line in place.lines)
    assert len(place.lines.filled) + len(place.lines.empty) == len(place.lines)


def test_what_is_empty_is_named_in_one_line(staff, world):
    page = staff.get(address_of(world.tie))
    (place,) = page.context["places"]

    assert place.lines.empty == ["Their word for it", "Motto", "Ended", "Story", "RGRE code", "Wikidata id"]
    assert ", ".join(place.lines.empty) in page.content.decode()


# --- who, and what then ---


@pytest.mark.parametrize("model", PREVIEWED.values())
def test_whoever_may_publish_has_a_button_that_leads_there(staff, world, model):
    row = rows_of(world)[model]

    assert f'href="{address_of(row)}"' in staff.get(row.get_absolute_url()).content.decode()


@pytest.mark.parametrize("role", ["reader", "officer", "administrator"])
def test_whoever_may_not_publish_sees_neither_button_nor_page(client, world, role):
    client.force_login(user_in(role))

    assert client.get(address_of(world.tie)).status_code == 403
    assert address_of(world.tie) not in client.get(world.tie.get_absolute_url()).content.decode()


def test_nobody_sees_it_without_signing_in(client, world):
    assert client.get(address_of(world.tie))["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("model", ["contacts.person", "relations.partnership-", "x"])
def test_of_what_has_no_mark_there_is_no_preview(staff, model):
    assert staff.get(f"/admin/preview/{model}/1/").status_code == 404
    assert staff.get("/admin/preview/relations.partnership/999999/").status_code == 404


def test_the_page_publishes_with_one_click(staff, get, db):
    project = make.ProjectFactory()
    page = staff.get(address_of(project)).content.decode()
    publishing = reverse("admin:relations_project_do", args=[project.pk, "publish"])

    assert f'action="{publishing}"' in page
    staff.post(publishing)
    assert get(f"projects/{project.pk}/").status_code == 200
    assert "Published on" in staff.get(address_of(project)).content.decode()


def test_behind_a_shut_door_the_page_says_so_and_shows_it_all_the_same(staff, world, settings):
    settings.PORTAL = False
    answer = staff.get(address_of(world.tie))

    assert "The door to the public is shut" in answer.content.decode()
    assert answer.context["places"][0].facts["id"] == world.tie.pk


def test_a_preview_holds_no_word_that_is_not_public(staff, world):
    worlds.name_things(world)
    world.visit.report, world.tie.founded_note = "Vertraulicher Bericht", "Vertrauliche Notiz"
    world.visit.save()
    world.tie.save()
    pages = [staff.get(address_of(row)).content.decode() for row in (world.visit, world.tie)]

    assert ["Vertraulich" in page for page in pages] == [False, False]
