"""A city or theme is public where something published shows it, whatever else it hangs on."""

import pytest

from contacts.models import City
from portal.urls import RESOURCES
from relations.models import Theme
from tests import factories as make
from tests.factories import factory_of
from tests.portal.planting import every_model

# Under which names they show them; its parent a city or theme shows only where that is public by itself.
SHOWN_AS = {
    "cities": {"home", "partner", "further_cities", "cities", "city"},
    "themes": {"themes"},
}


def relations_to(model):
    """Every column and table by which a row of ours names one of these."""
    return [
        (each, field)
        for each in every_model()
        for field in (*each._meta.concrete_fields, *each._meta.many_to_many)
        if field.related_model is model
    ]


def fill(model):
    """Each row of ours names some of its own, by every relation that takes one; returns how often."""
    found = 0
    for each, field in relations_to(model):
        for row in list(each._base_manager.all()):
            new = factory_of(model)()
            if field.many_to_many:
                getattr(row, field.name).add(new)
            elif field.null and getattr(row, field.attname) is None:
                each._base_manager.filter(pk=row.pk).update(**{field.name: new})
            found += 1
    return found


def named_within(value, names, name=""):
    """Keys of what stands under these names, at whatever depth."""
    if isinstance(value, list):
        return {key for one in value for key in named_within(one, names, name)}
    if not isinstance(value, dict):
        return set()
    inner = {key for word, one in value.items() for key in named_within(one, names, word)}
    return inner | ({value["id"]} if name in names else set())


@pytest.mark.parametrize(("resource", "model"), [("cities", City), ("themes", Theme)])
def test_just_those_are_public_that_something_published_shows(get, rows, world, resource, model):
    filled = fill(model)
    pages = [
        get(f"{name}/{row['id']}/").json()
        for name in sorted(RESOURCES.keys() - {"cities", "themes"})
        for row in rows(f"{name}/?page_size=500")
    ]
    public = {row["id"] for row in rows(f"{resource}/?page_size=500")}

    assert filled > len(relations_to(model)) > 0
    assert public == named_within(pages, SHOWN_AS[resource])
    assert len(public) < model.objects.count()


def test_where_a_project_was_shown_makes_no_city_public(get, world):
    town = make.CityFactory()
    make.ProjectPlaceFactory(project=world.project, city=town)

    assert get(f"cities/{town.pk}/").status_code == 404
