"""Whatever is saved that a public answer could hang on is another state."""

import datetime
import threading

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from contacts.models import City
from portal import state
from portal.urls import RESOURCES
from tests import factories as make
from tests.factories import factory_of

TODAY = datetime.date(2024, 6, 3)
RELATIONS = [
    (model, field.name)
    for model in state.READ
    for field in model._meta.many_to_many
    # A model between the two is a model like any other.
    if field.remote_field.through._meta.auto_created
]

on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer at a time: nobody comes in between."
)


@pytest.mark.parametrize("model", state.READ, ids=lambda model: model.__name__)
def test_a_row_that_comes_changes_or_goes_is_another_state(db, model):
    states = [state.fingerprint(TODAY)]
    row = factory_of(model)()
    states.append(state.fingerprint(TODAY))
    row.save()
    states.append(state.fingerprint(TODAY))
    row.delete()
    states.append(state.fingerprint(TODAY))

    assert len(set(states)) == 4


@pytest.mark.parametrize(("model", "name"), RELATIONS, ids=lambda value: getattr(value, "__name__", value))
def test_a_relation_that_changes_from_either_side_is_another_state(db, model, name):
    row, other = factory_of(model)(), factory_of(model._meta.get_field(name).related_model)()
    field = model._meta.get_field(name)
    states = [state.fingerprint(TODAY)]
    for change in ("add", "remove"):
        getattr(getattr(row, name), change)(other)
        states.append(state.fingerprint(TODAY))
    if not field.remote_field.hidden:
        getattr(other, field.remote_field.get_accessor_name()).add(row)
        states.append(state.fingerprint(TODAY))

    assert len(set(states)) == len(states)


def test_everything_that_the_answers_read_is_in_it(get, world):
    """By the tables in the questions themselves."""
    with CaptureQueriesContext(connection) as queries:
        for name in RESOURCES:
            for row in get(f"{name}/?{'year=2024' if name == 'anniversaries' else ''}").json()["results"]:
                get(f"{name}/{row['id']}/")
    asked = " ".join(query["sql"] for query in queries if "history_id" not in query["sql"])
    rooms = [apps.get_app_config(room) for room in ("contacts", "relations", "delegations", "reminders")]
    models = {model for room in rooms for model in room.get_models(include_auto_created=True)}
    read = {model for model in models if f'"{model._meta.db_table}"' in asked}
    pairs = {field.remote_field.through for model in state.READ for field in model._meta.many_to_many}

    # The office only says which day it is, and that is in the state.
    assert {model._meta.label for model in read - pairs} - {"contacts.Office"} == {
        model._meta.label for model in state.READ
    }


def test_the_day_is_part_of_it(db):
    assert state.fingerprint(TODAY) != state.fingerprint(TODAY + datetime.timedelta(days=1))


def test_while_nothing_is_saved_it_stays(get, world):
    before = state.fingerprint(TODAY)
    get("partnerships/")

    assert state.fingerprint(TODAY) == before


def test_it_is_one_question_whatever_there_is(world):
    with CaptureQueriesContext(connection) as queries:
        state.fingerprint(TODAY)

    assert len(queries) == 1


def test_what_is_rolled_back_was_never_there(db):
    before = state.fingerprint(TODAY)
    with transaction.atomic():
        make.CityFactory()
        transaction.set_rollback(True)

    assert state.fingerprint(TODAY) == before


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_version_that_was_numbered_before_and_committed_after_another_one_is_not_missed():
    city, saved, go_on = make.CityFactory(), threading.Event(), threading.Event()

    def save_slowly():
        try:
            with transaction.atomic():
                City.objects.get(pk=city.pk).save()
                saved.set()
                go_on.wait(60)
        finally:
            connection.close()

    slow = threading.Thread(target=save_slowly)
    slow.start()
    assert saved.wait(60)
    make.CityFactory()  # numbered later, committed at once
    meanwhile = [state.read(TODAY), state.read(TODAY)]
    go_on.set()
    slow.join()
    after = [state.read(TODAY), state.read(TODAY)]

    assert meanwhile[0].newest == after[0].newest  # the numbers alone would not tell
    assert [each.is_settled for each in (*meanwhile, *after)] == [False, False, True, True]
    assert len({each.fingerprint for each in (*meanwhile, *after)}) == 3
