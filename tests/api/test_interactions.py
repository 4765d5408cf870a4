import pytest

from contacts.models import User
from relations.models import Interaction
from tests.factories import InteractionFactory, PartnershipFactory, UserFactory

pytestmark = pytest.mark.django_db

CALL = {"on": "2024-06-22", "kind": "call", "summary": "Wer kommt zum Jubiläum?"}


def test_a_note_is_by_whoever_sends_it(officer):
    answer = officer.post("/api/v1/interactions/", CALL)

    assert answer.status_code == 201
    assert answer.json()["by"]["id"] == User.objects.get().pk
    assert str(Interaction.objects.get()) == answer.json()["name"]


def test_a_note_may_be_by_a_colleague_or_nobody(officer):
    nora = UserFactory(first_name="Nora", last_name="Beispiel")
    hers = officer.post("/api/v1/interactions/", CALL | {"by": nora.pk})
    nobodys = officer.post("/api/v1/interactions/", CALL | {"by": None})

    assert hers.json()["by"] == {"id": nora.pk, "name": "Nora Beispiel"}
    assert nobodys.json()["by"] is None


def test_a_change_leaves_whose_note_it_is(officer):
    note = InteractionFactory()
    answer = officer.patch(f"/api/v1/interactions/{note.pk}/", {"summary": "Anders"})

    assert (answer.json()["summary"], answer.json()["by"]) == ("Anders", None)


def test_what_is_still_to_come_is_refused(officer):
    answer = officer.post("/api/v1/interactions/", CALL | {"on": "2999-01-01"})

    assert answer.status_code == 400
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [("on", "future")]


def test_notes_are_asked_for_by_the_tie_that_they_are_a_contact_of(officer):
    tie = PartnershipFactory()
    named = InteractionFactory(partnership=tie, on="2024-06-01")
    of_its_city = InteractionFactory(city=tie.partner, on="2024-06-02")
    InteractionFactory()
    found = officer.get(f"/api/v1/interactions/?tie={tie.pk}").json()["results"]

    assert [row["id"] for row in found] == [of_its_city.pk, named.pk]
