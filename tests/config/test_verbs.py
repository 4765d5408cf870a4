"""The buttons of the admin: what a record does, asked for and done in one place."""

import inspect

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from contacts.admin.verbs import VerbsAdmin
from delegations import jubilee
from desk import feeds
from relations.models import Partnership
from tests.factories import (
    CityFactory,
    FollowUpFactory,
    HomeCityFactory,
    PartnershipFactory,
    UserFactory,
    user_in,
)
from tests.pages import said_on

VERBS = [
    pytest.param(page, verb, id=f"{page.opts.model_name}-{verb.name}")
    for page in admin.site._registry.values()
    if isinstance(page, VerbsAdmin)
    for verb in page.verbs
]


@pytest.fixture
def client(client, db):
    client.force_login(UserFactory(is_superuser=True))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


@pytest.fixture
def tie(db):
    return PartnershipFactory(
        home=HomeCityFactory(name_de="Linz"), partner=CityFactory(name_de="Eskişehir"), kind="friendship"
    )


def do(record, verb):
    name = f"admin:{record._meta.app_label}_{record._meta.model_name}_do"
    return reverse(name, args=[record.pk, verb])


def buttons_on(page):
    return [str(verb.label) for verb, _url in page.context.get("verbs", [])]


@pytest.mark.parametrize(("page", "verb"), VERBS)
def test_a_verb_asks_for_what_the_model_takes(page, verb):
    takes = inspect.signature(verb.act).parameters
    anything = any(each.kind == each.VAR_KEYWORD for each in takes.values())

    assert set(verb.required) <= set(verb.asks)
    assert anything or set(verb.asks) <= set(takes)
    # The model does it or, where rows of several models change, the module named for what it is about.
    homes = (page.model, jubilee, feeds)
    assert any(getattr(home, verb.act.__name__, None) is verb.act for home in homes)


def test_a_tie_is_suspended_with_what_is_known_of_it(client, tie):
    asked = client.get(do(tie, "suspend"))
    answer = client.post(do(tie, "suspend"), {"on": "03.2022", "level": "official", "reason": "Krieg"})

    event = tie.events.get()
    assert list(asked.context["form"].fields) == [
        *("on", "level", "reason", "decided_by", "decision", "review_on", "source"),
    ]
    assert (event.kind, str(event.on), event.level, event.reason) == (
        "suspended",
        "2022-03",
        "official",
        "Krieg",
    )
    assert answer.url == tie.get_absolute_url()
    assert said_on(answer) == ["Linz–Eskişehir (friendship) is suspended."]
    assert LogEntry.objects.get().get_change_message() == "Changed Suspend."


def test_what_is_missing_is_said_at_its_field_and_nothing_happens(client, tie):
    page = client.post(do(tie, "end"), {"reason": "Beschluss"})

    assert page.context["form"].errors == {"on": ["This field is required."]}
    assert page.context["form"]["reason"].value() == "Beschluss"
    assert not tie.events.exists()


def test_what_the_model_refuses_is_said_on_the_form(client, tie):
    PartnershipFactory(home=tie.partner, partner=tie.home, kind="partnership")

    page = client.post(do(tie, "step_up"), {"kind": "partnership", "founded": "2012-05"})

    assert page.context["form"].non_field_errors() == [
        "These two cities have an open tie of this kind already, in either order."
    ]
    assert Partnership.objects.count() == 2


def test_a_step_up_leads_to_the_closer_tie(client, tie):
    answer = client.post(do(tie, "step_up"), {"kind": "partnership", "founded": "2012-05"})

    closer = tie.successors.get()
    assert answer.url == closer.get_absolute_url()


def test_the_buttons_are_those_that_make_sense_now(client, tie):
    fresh = buttons_on(client.get(tie.get_absolute_url()))
    tie.suspend(on="2022")
    resting = buttons_on(client.get(tie.get_absolute_url()))
    tie.end(on="2023")
    ended = buttons_on(client.get(tie.get_absolute_url()))

    assert fresh == ["Plan the jubilee", "Suspend", "Step up", "Merge into another tie", "End", "Publish"]
    assert resting == ["Resume", "Step up", "Merge into another tie", "End", "Publish"]
    assert ended == ["Publish"]


def test_a_button_pressed_too_late_says_so(client, tie):
    tie.end(on="2023")

    answer = client.post(do(tie, "end"), {"on": "2024"})

    assert said_on(answer) == ["“End” is not possible any more; it stands as you see it here."]
    assert tie.events.count() == 1


def test_who_published_is_kept(client, tie):
    client.post(do(tie, "publish"))

    tie.refresh_from_db()
    assert (tie.is_published, tie.published_by) == (True, UserFactory._meta.model.objects.get())


@pytest.mark.parametrize(
    ("role", "verb", "status"),
    [
        ("reader", "suspend", 403),
        ("officer", "suspend", 200),
        ("officer", "publish", 403),
        ("head", "sing", 404),
    ],
)
def test_verbs_ask_for_the_right_of_their_own(client, tie, role, verb, status):
    client.force_login(user_in(role))

    assert client.get(do(tie, verb)).status_code == status


def test_readers_see_no_buttons(client, tie):
    client.force_login(user_in("reader"))

    assert buttons_on(client.get(tie.get_absolute_url())) == []


def test_rows_for_which_an_action_makes_no_sense_are_named(client):
    done = FollowUpFactory(title="Fotos schicken", state="done", done_on="2024-01-05")
    url = reverse("admin:delegations_followup_changelist")

    page = client.post(url, {"action": "drop", "_selected_action": [done.pk]})

    assert said_on(page) == ["Fotos schicken: “Drop” is not possible as it stands."]
