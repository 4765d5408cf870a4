"""Nothing that is referred to vanishes, by page, bulk action or API; asked of every foreign key there is."""

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.db import models
from django.test import Client
from django.urls import reverse

from contacts.models import Office
from contacts.records import Record
from reminders.models import Stage
from tests.api.rows import FACTORIES, WRITABLE, model_of
from tests.factories import OccasionFactory, UserFactory
from tests.pages import said_on, url_of

pytestmark = pytest.mark.django_db

ROOMS = ("contacts", "relations", "delegations", "reminders")
RESOURCES = {model_of(name): name for name in WRITABLE}
REFERENCES = [
    (model, field.name)
    for room in ROOMS
    for model in apps.get_app_config(room).get_models()
    for field in model._meta.fields
    if model in FACTORIES
    and isinstance(field, models.ForeignKey)
    and issubclass(field.related_model, Record)
    and site.is_registered(field.related_model)
    # The one office cannot be deleted, whoever refers to it.
    and field.related_model is not Office
    # A stage goes on the page of its rule, where one that has spoken is switched off.
    and field.related_model is not Stage
]
# A reminder that no mail speaks of yet goes with its subject; one of a city's days may go without it.
LET_GO = {"reminders.Reminder"}


def by_label(value):
    return getattr(getattr(value, "_meta", None), "label", str(value))


@pytest.fixture
def page(db):
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(UserFactory(is_superuser=True))
    return client


def referring(model, name):
    """A row that refers by this field, and what it refers to."""
    field = model._meta.get_field(name)
    if model._meta.label == "relations.PartnershipEvent" and name == "merged_into":
        referred = FACTORIES[field.related_model]()
        return FACTORIES[model](kind="merged", on="2024", merged_into=referred), referred
    if model._meta.label == "reminders.Reminder" and name not in ("stage", "partnership", "mail"):
        referred = FACTORIES[field.related_model]()
        subject = {"city": referred.city, "city_date": referred} if name == "city_date" else {name: referred}
        return FACTORIES[model](partnership=None, **subject), referred
    referred = FACTORIES[field.related_model]()
    # A step of a jubilee plan belongs to its anniversary.
    besides = {"occasion": OccasionFactory(), "offset": "-P6M"} if name == "step" else {}
    return FACTORIES[model](**{name: referred}, **besides), referred


def delete_by_page(page, row):
    answer = page.post(url_of(row, "delete"), {"post": "yes"})
    return answer.content.decode() + " ".join(said_on(answer))


def delete_in_bulk(page, row):
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_changelist")
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    answer = page.post(address, chosen)
    return answer.content.decode() + " ".join(said_on(answer))


@pytest.mark.parametrize("way", [delete_by_page, delete_in_bulk], ids=["page", "bulk"])
@pytest.mark.parametrize(("model", "name"), REFERENCES, ids=by_label)
def test_what_is_referred_to_stays_or_takes_its_parts_along(page, way, model, name):
    row, referred = referring(model, name)
    on_delete = model._meta.get_field(name).remote_field.on_delete

    said = way(page, referred)

    is_there = type(referred)._base_manager.filter(pk=referred.pk).exists()
    if on_delete is models.PROTECT:
        assert is_there
        assert model._base_manager.filter(pk=row.pk).exists()
        assert str(type(row)._meta.verbose_name) in said.lower() or str(row) in said
    elif model._meta.label in LET_GO or on_delete is models.CASCADE:
        assert not is_there
    else:
        raise AssertionError(f"{model._meta.label}.{name} is neither kept nor a part.")


@pytest.mark.parametrize(
    ("model", "name"),
    [pair for pair in REFERENCES if pair[0]._meta.get_field(pair[1]).related_model in RESOURCES],
    ids=by_label,
)
def test_the_api_refuses_with_what_refers_or_deletes_the_parts_too(admin, model, name):
    row, referred = referring(model, name)
    on_delete = model._meta.get_field(name).remote_field.on_delete

    answer = admin.delete(f"/api/v1/{RESOURCES[type(referred)]}/{referred.pk}/")

    if on_delete is models.PROTECT:
        assert answer.status_code == 409
        assert [error["code"] for error in answer.json()["errors"]] == ["referenced"]
        assert str(row) in answer.json()["errors"][0]["detail"]
        assert model._base_manager.filter(pk=row.pk).exists()
    else:
        assert answer.status_code == 204
        assert not model._base_manager.filter(pk=row.pk).exists() or model._meta.label in LET_GO
