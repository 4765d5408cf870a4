"""What must hold for every page of the admin, asked of its registry."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.admin import MENU
from contacts.admin import HistoryAdmin
from contacts.models import City, Office
from tests import factories
from tests.factories import PASSWORD, UserFactory, user_in

ROOMS = ("contacts", "relations", "delegations", "reminders")
FACTORIES = {
    factory._meta.model: factory
    for name, factory in vars(factories).items()
    if name.endswith("Factory") and hasattr(factory, "_meta") and name != "HomeCityFactory"
}
REGISTERED = {model._meta.label: model for model in admin.site._registry if model._meta.app_label in ROOMS}
# Of these there is one row only; their pages have tests of their own.
SINGLE = {"contacts.Office", "reminders.Clock"}
LISTED = sorted(REGISTERED.keys() - SINGLE)
# A merger is another kind of event, and a reminder has one subject.
LEFT_EMPTY = {
    "relations.PartnershipEvent": {"merged_into"},
    "reminders.Reminder": {"agreement", "follow_up", "delegation", "city", "city_date", "office", "mail"},
}
NOT_ALLOWED = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", re.IGNORECASE)


def rows(label: str, number: int) -> list[models.Model]:
    """So many rows, each with something in every relation to one other row."""
    model = REGISTERED[label]
    related = {
        field.name: FACTORIES[field.related_model]()
        for field in model._meta.fields
        if field.is_relation
        and field.null
        and field.editable
        and field.name not in LEFT_EMPTY.get(label, ())
        and not field.one_to_one
    }
    return [FACTORIES[model](**related) for _ in range(number)]


def page_url(label: str, page: str, *args: object) -> str:
    return reverse(f"admin:{label.lower().replace('.', '_')}_{page}", args=args)


@pytest.fixture
def boss(db):
    return UserFactory(is_superuser=True)


@pytest.fixture
def client(client, boss):
    client.force_login(boss)
    return client


@pytest.mark.parametrize("room", ROOMS)
def test_every_model_is_registered(room):
    kept = {model._meta.label for model in apps.get_app_config(room).get_models()}
    # By them what comes twice is known; they say nothing to people and go after a week or a day.
    kept -= {"contacts.SentForm", "contacts.KeptAnswer"}

    assert {label for label in kept if "Historical" not in label} == {
        label for label in REGISTERED if label.startswith(f"{room}.")
    }


def test_every_line_of_the_menu_stands_in_a_group_of_work(client):
    shown = [group["app_label"] for group in client.get(reverse("admin:index")).context["available_apps"]]

    assert shown == [label for label, _name, _lines in MENU if label in shown]


@pytest.mark.parametrize("label", LISTED)
def test_list_search_form_and_history_open_without_inline_style_or_script(client, rf, boss, label):
    row = rows(label, 1)[0]
    model_admin = admin.site._registry[REGISTERED[label]]
    request = rf.get("/")
    request.user = boss
    urls = [page_url(label, "changelist"), page_url(label, "change", row.pk)]
    if model_admin.get_search_fields(request):
        urls.append(page_url(label, "changelist") + "?q=stadt&_facets=True")
    if model_admin.has_add_permission(request):
        urls.append(page_url(label, "add"))
    if isinstance(model_admin, HistoryAdmin):
        urls.append(page_url(label, "history", row.pk))
        urls.append(page_url(label, "simple_history", row.pk, row.history.first().pk))

    for url in urls:
        page = client.get(url)

        assert page.status_code == 200, url
        assert NOT_ALLOWED.search(page.content.decode()) is None, url


@pytest.mark.parametrize("label", LISTED)
def test_those_who_only_read_can_open_every_page_that_they_may_see(client, rf, label):
    row = rows(label, 1)[0]
    request = rf.get("/")
    request.user = user_in("reader")
    client.force_login(request.user)
    expected = 200 if admin.site._registry[REGISTERED[label]].has_view_permission(request) else 403

    for url in (page_url(label, "changelist"), page_url(label, "change", row.pk)):
        assert client.get(url).status_code == expected


@pytest.mark.parametrize("label", LISTED)
def test_list_of_fifty_costs_no_more_queries_than_a_list_of_two(client, label):
    """Of two, because a filter that has but one choice is not shown."""
    url = page_url(label, "changelist")
    rows(label, 2)
    client.get(url)
    with CaptureQueriesContext(connection) as two:
        client.get(url)
    rows(label, 48)

    with CaptureQueriesContext(connection) as fifty:
        page = client.get(url)

    assert len(page.context["cl"].result_list) == 50
    assert len(fifty) == len(two)


def test_a_list_makes_and_counts_each_of_its_filters_once(client):
    rows("relations.Partnership", 2)

    with CaptureQueriesContext(connection) as captured:
        page = client.get(page_url("relations.Partnership", "changelist"))

    asked = [query["sql"] for query in captured]
    counted = [sql for sql in asked if '__c"' in sql or "GROUP BY" in sql]
    assert len(counted) == len(page.context["cl"].filter_specs) > 1
    assert len([sql for sql in asked if sql.startswith("SELECT DISTINCT") and "partner__country" in sql]) == 1
    # What only the columns need is not worked out to count rows.
    assert [sql for sql in counted if "is_reminded" in sql] == []


def test_a_filter_of_a_relation_counts_what_the_list_would_show(client):
    green, water, _unused = (factories.ThemeFactory(name_de=name) for name in ("Grün", "Wasser", "Leer"))
    both, one, _none = (factories.ProjectFactory(title=f"Brunnen {number}") for number in range(3))
    both.themes.set([green, water])
    one.themes.set([green])
    factories.ProjectFactory(title="Straße").themes.set([water])

    page = client.get(page_url("relations.Project", "changelist") + "?q=brunnen")

    shown = {key: count for key, _name, count in counts_of(page, "themes")}
    assert shown == {str(green.pk): 2, str(water.pk): 1, None: 1}


def counts_of(page, path):
    """Key, name and count of each choice of a filter but the first, which is all."""
    (spec,) = (each for each in page.context["cl"].filter_specs if getattr(each, "field_path", "") == path)
    _all, *others = spec.choices(page.context["cl"])
    for choice in others:
        name, count = re.fullmatch(r"(.*) \((\d+)\)", str(choice["display"])).groups()
        key = re.search(rf"{path}__id__exact=(\d+)", choice["query_string"])
        yield key and key[1], name, int(count)


def test_a_filter_by_somebody_who_has_nothing_shows_nothing(client):
    """Somebody else's mails are no answer to a question about theirs."""
    mail, other = factories.MailFactory(), UserFactory()

    urls = [f"?recipient__id__exact={user.pk}" for user in (other, mail.recipient)]
    pages = [client.get(page_url("reminders.Mail", "changelist") + url) for url in urls]

    assert [list(page.context["cl"].result_list) for page in pages] == [[], [mail]]


def test_a_filter_may_have_more_choices_than_a_row_of_the_database_has_columns(client):
    most = 1_664
    cities = City.objects.bulk_create(
        City(name_de=f"Ort {number}", country="FR", kind="city") for number in range(most + 1)
    )
    factories.ProjectFactory().cities.set(cities)

    page = client.get(page_url("relations.Project", "changelist"))

    assert [count for *_choice, count in counts_of(page, "cities")] == [1] * len(cities) + [0]


def test_no_list_shows_a_first_of_january_where_only_the_year_is_known(client):
    rows_of_a_year = [
        factories.PartnershipFactory(founded="1989"),
        factories.DelegationFactory(starts_on="1989", ends_on="1989"),
        factories.TenureFactory(since="1989"),
    ]

    for row in rows_of_a_year:
        page = client.get(page_url(row._meta.label, "changelist")).content.decode()

        assert "1989" in page
        assert "01.01.1989" not in page
        assert "1989-01" not in page


def test_office_has_one_page_and_no_list(client):
    page = client.get(page_url("contacts.Office", "changelist"))
    office = Office.objects.get()

    assert page.url == page_url("contacts.Office", "change", office.pk)
    assert client.get(page.url).status_code == 200
    assert client.get(page_url("contacts.Office", "add")).status_code == 403
    assert client.get(page_url("contacts.Office", "delete", office.pk)).status_code == 403


def test_sign_in_leads_to_the_overview(client):
    client.logout()
    user = UserFactory()

    page = client.post(reverse("admin:login"), {"username": user.username, "password": PASSWORD})

    assert page.url == reverse("admin:index")


@pytest.mark.parametrize(("language", "word"), [("de", "Abmelden"), ("en", "Log out")])
def test_language_is_switched_in_the_head_and_the_reader_stays_where_they_were(client, language, word):
    here = page_url("contacts.City", "changelist") + "?q=stadt"
    assert f'name="next" value="{here}"' in client.get(here).content.decode()

    page = client.post(reverse("set_language"), {"language": language, "next": here}, follow=True)

    assert page.redirect_chain == [(here, 302)]
    assert f'<html lang="{language}"' in page.content.decode()
    assert word in page.content.decode()


def test_pages_name_our_mark_and_carry_the_strict_policy(client):
    page = client.get(reverse("admin:index"))

    assert 'rel="icon" type="image/svg+xml" href="/static/goldenbook/mark.svg"' in page.content.decode()
    assert "script-src 'self';" in page["Content-Security-Policy"] + ";"
    assert "unsafe" not in page["Content-Security-Policy"]
