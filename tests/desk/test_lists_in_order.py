"""On PostgreSQL a page of a list is read from an index, wherever it begins, however many rows there are."""

import pytest
from django.db import connection

from config.api import router
from contacts.api.pages import Cursor, Key
from contacts.models import Place
from portal.urls import RESOURCES
from reminders.models import Rule
from tests import factories as make

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite sorts what is not known otherwise than we do."
)

# The gazetteer puts first what is called so; of rules there are a handful.
FEW = (Place, Rule)
VIEWS = {
    **{name: view for name, view, _base in router.registry if hasattr(view, "ordering")},
    **{f"public {name}": view for name, view in RESOURCES.items()},
}


def keys_of(view):
    return [Key.of(term, model=view.queryset.model) for term in (*view.ordering, "pk")]


# A list in the order of what its rows belong to is put together from two tables.
LISTS = {
    name: view
    for name, view in VIEWS.items()
    if view.queryset.model not in FEW and not any("__" in key.path for key in keys_of(view))
}


@pytest.fixture
def without_sorting(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_read_in_its_order(without_sorting, name):
    view = LISTS[name]
    rows = view.queryset.model._default_manager.all()

    plan = rows.order_by(*(key.order(backward=False) for key in keys_of(view)))[:51].explain()

    # Those alike in the first column may still be sorted among themselves.
    assert "Sort" not in plan.replace("Incremental Sort", "").replace("Sort Key", "")


def test_a_page_deep_within_begins_by_the_index(without_sorting):
    row = make.ProjectFactory(title="Brücken")
    keys = keys_of(LISTS["projects"])
    cursor = Cursor([key.term for key in keys], False, [key.value(row) for key in keys])

    page = cursor.rows_of(type(row).objects.all(), keys)
    plan = page.order_by(*(key.order(backward=False) for key in keys))[:51].explain()

    assert "Index Cond: (sort >= 'brucken'::text)" in plan
