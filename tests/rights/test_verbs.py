"""Every verb × role, as a button of its page; in the API they are addresses like others (test_routes.py)."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser

from config.api import RESOURCES
from tests.factories import user_in
from tests.rights import table
from tests.rights.routes import verbs_of


def pages():
    return {page.model._meta.label_lower: page for page in admin.site._registry.values()}


def test_every_button_has_a_line_in_the_table():
    found = {
        label: {verb.name for verb in page.verbs}
        for label, page in pages().items()
        if getattr(page, "verbs", ())
    }

    assert found == {model: set(verbs_of(model)) for model in table.VERBS}


def test_every_verb_is_in_the_api_too_unless_it_is_for_people_alone():
    found = {
        f"{viewset.queryset.model._meta.label_lower} {extra.url_path.replace('-', '_')}"
        for viewset in RESOURCES.values()
        for extra in getattr(viewset, "get_extra_actions", list)()
        if extra.detail and "post" in extra.mapping
    }
    of_resources = {line.split()[0] for line in table.RESOURCES.values()}
    due = {f"{model} {verb}" for model in table.VERBS if model in of_resources for verb in verbs_of(model)}

    assert found == due - table.ONLY_BUTTONS


@pytest.mark.django_db
@pytest.mark.parametrize(("letter", "role"), table.ROLES.items())
def test_a_button_is_for_those_that_the_table_names(rf, letter, role):
    request = rf.get("/")
    request.user = user_in(role)
    found = {
        f"{label} {verb.name}"
        for label, page in pages().items()
        for verb in getattr(page, "verbs", ())
        if page.may_do(verb, request)
    }

    assert found == {
        f"{model} {verb}" for model in table.VERBS for verb, who in verbs_of(model).items() if letter in who
    }


@pytest.mark.django_db
def test_no_button_is_for_whoever_is_not_signed_in(rf):
    request = rf.get("/")
    request.user = AnonymousUser()

    assert not any(
        page.may_do(verb, request) for page in pages().values() for verb in getattr(page, "verbs", ())
    )
