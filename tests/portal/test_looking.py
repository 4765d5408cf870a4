"""A look finds what was published, changed or withdrawn in public, whatever it hangs on, and nothing else."""

import datetime

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from contacts.models import City
from delegations.models import Delegation, Participant, ProgrammeItem, Stop
from portal import looking, state
from portal.models import Look, Seen
from portal.tasks import look as task
from relations.models import Agreement, Partnership, PartnershipEvent, Project, Signature
from tests import factories as make
from tests.portal import changing
from tests.portal import world as worlds
from tests.portal.fields import COLUMNS
from tests.portal.test_state import RELATIONS

NOON = datetime.datetime(2024, 7, 1, 10, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def look(db):
    """Looks a minute after the last one; returns what it found."""
    moments = iter(NOON + number * MINUTE for number in range(1000))

    def look(**options):
        before, last, now = set(Seen.objects.values_list("pk", flat=True)), Look.last(), next(moments)
        with time_machine.travel(now):
            is_up_to_date = looking.is_up_to_date(last)
        found = looking.look(now=now, **options)
        # Whoever asks only whether a look would find something, and compares less for it, is told so.
        assert is_up_to_date == (found == 0) or not last.looked_at
        new = Seen.objects.exclude(pk__in=before).order_by("pk")
        assert found == len(new)
        return {(row.resource, row.key, row.withdrawn_at is not None) for row in new}

    return look


@pytest.fixture
def user(db):
    return make.UserFactory()


def is_complete(look):
    """A look at everything finds nothing that was not found already."""
    return look(whole=True) == set()


# --- what is found ---


def test_the_first_look_finds_all_that_is_public(look, world, rows):
    public = {
        (name, row["id"], False) for name in looking.RESOURCES for row in rows(f"{name}/?page_size=500")
    }

    assert look() == public
    assert look() == set()


def test_each_page_is_compared_as_it_is_shown():
    from portal.urls import RESOURCES

    assert {name: RESOURCES[name] for name in looking.RESOURCES} == looking.RESOURCES
    assert set(RESOURCES) - set(looking.RESOURCES) == {"anniversaries"}


def test_published_changed_withdrawn_and_published_again(look, user):
    tie = make.PartnershipFactory()
    found = [look()]
    tie.publish(by=user)
    found.append(look())
    tie.motto = "Gemeinsam"
    tie.save()
    found.append(look())
    tie.withdraw()
    found.append(look())
    tie.publish(by=user)
    found.append(look())
    here = {("partnerships", tie.pk, False)}
    cities = {("cities", tie.home_id, False), ("cities", tie.partner_id, False)}
    gone = {(resource, key, True) for resource, key, _gone in here | cities}

    assert found == [set(), here | cities, here, gone, here | cities]


def test_what_was_deleted_is_withdrawn(look, user):
    project = make.ProjectFactory()
    project.publish(by=user)
    key = project.pk
    look()
    project.delete()

    assert look() == {("projects", key, True)}


def test_what_came_and_went_between_two_looks_was_never_there(look, user):
    project = make.ProjectFactory()
    project.publish(by=user)
    project.withdraw()

    assert look() == set()


def test_a_private_change_is_none(look, world):
    look()
    changed = {
        row._meta.label: changing.change(row, but=COLUMNS[row._meta.label] | {"is_home"})
        for row in (world.home, world.theme, world.project)
    }

    assert look() == set()
    assert "notes" in changed["contacts.City"]
    assert changing.save(world.tie, founded_note="Anders als im Archiv.")
    assert changing.save(world.mayor, email="mayor@example.org", protocol_notes="Vertraulich.")
    assert look() == set()


def test_a_name_in_whatever_language_is_a_change_of_all_that_shows_it(look, world):
    look()
    world.partner.name_local = "Stamboul"
    world.partner.save()

    assert {(resource, key) for resource, key, _gone in look()} == {
        ("cities", world.partner.pk),
        *(("partnerships", key) for key in Partnership.objects.values_list("pk", flat=True)),
        ("projects", world.project.pk),
        ("visits", world.visit.pk),
    }


def test_a_city_that_becomes_public_shows_in_its_parts(look, world, user):
    parent = make.CityFactory()
    world.partner.parent = parent
    world.partner.save()
    look()
    project = make.ProjectFactory()
    project.cities.add(parent)
    project.publish(by=user)

    assert look() == {
        ("projects", project.pk, False),
        ("cities", parent.pk, False),
        ("cities", world.partner.pk, False),
    }


def test_a_status_changes_with_the_date_alone(look, user):
    tie = make.PartnershipFactory()
    tie.publish(by=user)
    make.PartnershipEventFactory(partnership=tie, kind=PartnershipEvent.Kind.SIGNED, on="2000")
    make.PartnershipEventFactory(partnership=tie, kind=PartnershipEvent.Kind.SUSPENDED, on="2024-07-02")
    looking.look(now=NOON)
    same_day = looking.look(now=NOON + MINUTE)
    next_day = looking.look(now=NOON + datetime.timedelta(hours=12, minutes=1))

    assert (same_day, next_day) == (0, 1)


# --- whatever it hangs on ---


@pytest.mark.parametrize("model", state.READ, ids=lambda model: model.__name__)
def test_a_change_of_any_row_is_found_without_comparing_all(look, world, model):
    look()
    changed = {name for row in model.objects.all() for name in changing.change(row)}
    found = look()

    assert changed
    assert found or not COLUMNS.get(model._meta.label, set()) & changed
    assert is_complete(look)


def a_mayor_signs(user):
    """A public agreement, signed by the head of a city whose post has a title in German alone."""
    tie = make.PartnershipFactory()
    agreement = make.AgreementFactory(partnership=tie)
    post = make.PostFactory(title_de="Oberbürgermeister", title_en="", is_head_of_city=True)
    make.SignatureFactory(agreement=agreement, post=post)
    for row in (tie, agreement):
        row.publish(by=user)
    return tie, post


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_title_that_is_shown_in_one_language_only_is_a_change(look, user, language):
    tie, post = a_mayor_signs(user)
    look()
    post.title_en = "Lord Mayor"
    post.save()

    with translation.override(language):
        assert look() == {("partnerships", tie.pk, False)}


def test_in_whichever_language_somebody_asks_nothing_private_is_a_change(user):
    _tie, post = a_mayor_signs(user)
    post.title_en = "Lord Mayor"
    post.save()
    with translation.override("de"):
        looking.look(now=timezone.now())
    post.email = "mayor@example.org"
    post.save()

    for language in ("de", "en"):
        with translation.override(language):
            assert looking.is_up_to_date(Look.last())


@pytest.mark.parametrize("model", state.READ, ids=lambda model: model.__name__)
def test_a_row_that_goes_is_found_without_comparing_all(look, world, model):
    look()
    gone = [row for row in model.objects.all() if changing.delete(row)]
    found = look()

    assert found or not gone
    assert is_complete(look)


@pytest.mark.parametrize(
    ("model", "name"),
    RELATIONS,
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_relation_that_ends_is_found_without_comparing_all(look, world, model, name):
    look()
    for row in model.objects.all():
        getattr(row, name).clear()
    look()

    assert is_complete(look)


@pytest.mark.parametrize(
    ("model", "whole"),
    [
        (Agreement, "partnership"),
        (Signature, "agreement"),
        (PartnershipEvent, "partnership"),
        *((Stop, "delegation"), (Participant, "delegation"), (ProgrammeItem, "delegation")),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_part_that_moves_is_a_change_where_it_was_and_where_it_is(look, world, user, model, whole):
    other = worlds.build()
    Partnership.objects.filter(pk=other.tie.pk).update(founded="1999")
    ProgrammeItem.objects.update(stop=None)
    look()
    rows = list(model.objects.order_by("pk"))
    theirs = getattr(rows[-1], whole)
    moved = [row for row in rows if getattr(row, whole) != theirs and changing.save(row, **{whole: theirs})]
    found = look()

    assert moved
    assert found
    assert is_complete(look)


# --- how it looks ---


def test_each_look_that_finds_something_has_a_later_stamp_of_whole_seconds(db, user):
    stamps = []
    for seconds in (0.9, 0.95, 0.2, -3600):
        make.ProjectFactory().publish(by=user)
        looking.look(now=NOON + datetime.timedelta(seconds=seconds))
        stamps.append(Look.last().changed_at)

    assert stamps == [NOON + datetime.timedelta(seconds=number) for number in range(4)]


def test_of_two_looks_at_once_the_second_keeps_nothing(world, look):
    late = Look.current()
    look()
    present = state.read(NOON.date())
    change = looking.Change("projects", world.project.pk, looking.Happened.CHANGED, "x")

    assert looking._keep(late, present, [change], now=NOON) is False
    assert not Seen.objects.filter(digest="x").exists()


def test_a_look_costs_the_same_with_few_and_with_many_rows_that_did_not_change(look, user):
    counts = []
    for more in (1, 7):
        for _number in range(more):
            worlds.build()
        tie = Partnership.objects.published().last()
        look()
        tie.motto += "x"
        tie.save()
        with CaptureQueriesContext(connection) as queries:
            assert looking.look(now=timezone.now()) > 0
        looking.look(now=NOON)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_look_after_which_nothing_was_saved_asks_five_short_questions(look, world):
    look()
    with CaptureQueriesContext(connection) as queries:
        looking.look(now=NOON + MINUTE)
    asked = [query["sql"] for query in queries if "portal_seen" not in query["sql"]]
    assert len([sql for sql in asked if "SAVEPOINT" not in sql]) == 5


def test_more_versions_than_are_worth_following_are_a_look_at_everything(look, world, monkeypatch):
    monkeypatch.setattr(looking, "MANY", 2)
    look()
    for row in City.objects.all():
        row.name_de += "x"
        row.save()

    assert {key for resource, key, _gone in look() if resource == "cities"} == set(
        Seen.objects.filter(resource="cities").values_list("key", flat=True)
    )
    assert is_complete(look)


def test_beat_and_the_command_look(world, capsys):
    task()
    seen = Seen.objects.count()
    call_command("look-for-changes", "--whole")

    assert seen > 0
    assert capsys.readouterr().out == "Published, changed or withdrawn since the last look: 0.\n"


def test_the_models_of_a_world_are_all_there(world):
    """Or the tests above would change nothing."""
    assert [model.__name__ for model in state.READ if not model.objects.exists()] == []
    assert {Delegation, Project} <= set(state.READ)
