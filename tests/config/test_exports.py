"""Every list as a file, asked of the registry so that no new one is forgotten."""

import csv
import datetime
import io

import openpyxl
import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from contacts.admin import exports
from contacts.admin.exports import FORMATS
from tests import files
from tests.config.test_admin_site import FACTORIES, LISTED, REGISTERED, page_url, rows
from tests.factories import (
    CityFactory,
    DelegationFactory,
    DocumentFactory,
    HomeCityFactory,
    PartnershipFactory,
    PersonFactory,
    PostFactory,
    TenureFactory,
    ThemeFactory,
    UserFactory,
    user_in,
)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def client(client, db):
    client.force_login(UserFactory(is_superuser=True))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def full_rows(label: str, number: int) -> None:
    """So many rows, each with something in every relation, the many-to-many ones too."""
    for row in rows(label, number):
        for field in row._meta.many_to_many:
            if field.related_model in FACTORIES and field.remote_field.through._meta.auto_created:
                getattr(row, field.name).set([FACTORIES[field.related_model]() for _ in range(2)])


def exported(client, label: str, query: str = "", kind: str = "csv"):
    answer = client.get(page_url(label, "export", kind) + query)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize("label", LISTED)
def test_fifty_rows_cost_the_same_queries_as_one(client, label):
    full_rows(label, 1)
    exported(client, label)
    with CaptureQueriesContext(connection) as one:
        before = table(exported(client, label))
    full_rows(label, 49)

    with CaptureQueriesContext(connection) as fifty:
        after = table(exported(client, label))

    assert len(after) >= len(before) + 49
    assert len(fifty) == len(one)


@pytest.mark.parametrize("label", LISTED)
def test_both_files_hold_every_field_and_no_clockwork(client, label):
    full_rows(label, 1)
    model_admin = admin.site._registry[REGISTERED[label]]
    titles = list(table(exported(client, label))[0])
    book = openpyxl.load_workbook(io.BytesIO(exported(client, label, kind="xlsx")))

    heads = [cell.value for cell in book.active[1]]
    assert heads == titles
    assert sorted(set(heads)) == sorted(heads)
    kept = [
        field
        for field in (*model_admin.opts.fields, *model_admin.opts.many_to_many)
        if not field.primary_key and not isinstance(field, exports.CLOCKWORK) and field.name != "password"
    ]
    assert {str(field.verbose_name).casefold() for field in kept} <= {title.casefold() for title in titles}


# --- which rows ---


def names(content: bytes, column: str = "City") -> list[str]:
    return [row[column] for row in table(content)]


def test_the_file_has_the_rows_that_the_list_shows_in_their_order(client):
    HomeCityFactory(name_de="Berlin")
    for name in ("Linz", "Lyon", "Lima"):
        CityFactory(name_de=name, country="FR")
    page = client.get(page_url("contacts.City", "changelist") + "?q=l&is_home__exact=0&o=-1")
    shown = [str(city) for city in page.context["cl"].result_list]

    content = exported(client, "contacts.City", "?q=l&is_home__exact=0&o=-1")

    assert names(content) == shown
    assert len(shown) == 3


def test_the_file_has_all_pages_of_the_list(client):
    for _ in range(51):
        CityFactory()

    assert len(table(exported(client, "contacts.City", "?p=2"))) == 51


@pytest.mark.parametrize("kind", FORMATS)
def test_chosen_rows_are_exported_by_an_action(client, kind):
    chosen, _other = CityFactory(), CityFactory()
    url = page_url("contacts.City", "changelist")

    answer = client.post(url, {"action": f"export_{kind}", "_selected_action": [chosen.pk]})

    assert answer["Content-Type"] == FORMATS[kind].media_type
    content = b"".join(answer.streaming_content)
    if kind == "csv":
        assert names(content) == [str(chosen)]
    else:
        assert openpyxl.load_workbook(io.BytesIO(content)).active["B2"].value == str(chosen)


def test_the_head_of_the_list_leads_to_the_file_of_what_is_shown(client):
    page = client.get(page_url("contacts.City", "changelist") + "?q=linz").content.decode()

    assert 'href="/admin/contacts/city/export/xlsx/?q=linz"' in page
    assert 'href="/admin/contacts/city/export/csv/?q=linz"' in page


def test_too_many_rows_are_refused_with_a_sentence(client, monkeypatch):
    monkeypatch.setattr(exports, "MOST_ROWS", 2)
    for _ in range(3):
        CityFactory()

    page = client.get(page_url("contacts.City", "export", "csv"), follow=True)

    assert page.redirect_chain[-1][0].startswith(page_url("contacts.City", "changelist"))
    assert [str(message) for message in page.context["messages"]] == [
        "These are 3 rows, at most 2 fit into one file. Narrow the list by filters."
    ]


def test_what_is_no_list_and_no_format_is_not_found(client):
    assert client.get(page_url("contacts.City", "export", "exe")).status_code == 404


def test_a_filter_that_cannot_be_understood_leads_back_to_the_list(client):
    answer = client.get(page_url("contacts.City", "export", "csv") + "?population__exact=many")

    assert answer.status_code in (302, 400)


# --- what is in it ---


def test_what_a_row_is_about_comes_before_when_it_came(client):
    DocumentFactory()

    titles = list(table(exported(client, "contacts.Document"))[0])

    assert titles[:2] == ["ID", "Document"]
    assert titles[titles.index("Created") - 1] == "What it is about"
    assert titles[-1] == "Withdrawn"
    assert "Sort" not in titles


def test_a_relation_has_its_name_and_its_id(client):
    tie = PartnershipFactory()
    themes = [ThemeFactory(), ThemeFactory()]
    tie.themes.set(themes)

    row = table(exported(client, "relations.Partnership"))[0]

    assert (row["Partner city"], row["Partner city (ID)"]) == (str(tie.partner), str(tie.partner.pk))
    assert row["Themes"] == "; ".join(str(theme) for theme in themes)
    assert row["Themes (ID)"] == "; ".join(str(theme.pk) for theme in themes)


def test_a_date_is_as_exact_as_it_is_known(client):
    DelegationFactory(starts_on="2024-10", ends_on="2024-10")

    row = table(exported(client, "delegations.Delegation"))[0]

    assert (row["Starts"], row["Ends"]) == ("2024-10", "2024-10")


def test_what_the_list_computes_is_in_it_as_words(client):
    tenure = TenureFactory(since="2020", post=PostFactory(title_de="Amt", title_en="Office"))

    row = table(exported(client, "contacts.Person", f"?q={tenure.person.family_name}"))[0]

    assert row["Post today"] == str(tenure.post)


def test_what_the_list_shows_as_a_page_is_plain_text(client):
    PartnershipFactory()

    row = table(exported(client, "relations.Partnership"))[0]

    assert [text for text in row.values() if "<" in text or "&" in text] == []


def test_choices_countries_and_truths_are_words_of_the_reader(client):
    HomeCityFactory(kind="city")

    english = table(exported(client, "contacts.City"))[0]
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    german = exported(client, "contacts.City").decode("utf-8-sig")

    assert (english["Kind"], english["Country"], english["One of our own"]) == ("city", "Germany", "yes")
    assert '"Deutschland"' in german
    assert '"ja"' in german


def test_numbers_and_moments_are_such_in_xlsx(client):
    city = CityFactory(latitude="52.52", longitude="13.405", population=3_700_000)
    sheet = openpyxl.load_workbook(io.BytesIO(exported(client, "contacts.City", kind="xlsx"))).active
    row = dict(zip([cell.value for cell in sheet[1]], [cell.value for cell in sheet[2]], strict=True))

    assert (row["Latitude"], row["Population"]) == (52.52, 3_700_000)
    made = timezone.localtime(city.created_at).replace(tzinfo=None)
    assert abs(row["Created"] - made) < datetime.timedelta(seconds=1)


def test_a_formula_that_somebody_entered_runs_in_neither_file(client):
    PersonFactory(given_names="=1+1", family_name='=HYPERLINK("https://example.org")')

    row = table(exported(client, "contacts.Person"))[0]
    sheet = openpyxl.load_workbook(io.BytesIO(exported(client, "contacts.Person", kind="xlsx"))).active

    assert row["Given names"] == "'=1+1"
    assert row["Family name"] == '\'=HYPERLINK("https://example.org")'
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n", "d"}


def test_a_file_is_told_by_the_name_people_know(client):
    paper = DocumentFactory()
    paper.file = SimpleUploadedFile("Brief.pdf", files.PDF)
    paper.save()

    assert table(exported(client, "contacts.Document"))[0]["File"] == "Brief.pdf"


# --- who may ---


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("reader", 403),
        ("officer", 200),
        ("protocol", 200),
        ("head", 200),
        ("portal editor", 403),
        ("privacy", 200),
        ("administrator", 403),
    ],
)
def test_the_table_of_roles_says_who_takes_lists_away(client, role, status):
    PersonFactory()
    client.force_login(user_in(role))
    url = page_url("contacts.Person", "changelist")

    answer = client.get(page_url("contacts.Person", "export", "csv"))
    page = client.get(url)
    by_action = client.post(url, {"action": "export_csv", "_selected_action": ["1"]})

    assert answer.status_code == status
    assert ("export/csv/" in page.content.decode()) == (status == 200)
    assert (by_action.get("Content-Type", "").startswith("text/csv")) == (status == 200)
    for each in (answer, by_action):
        if each.streaming:
            b"".join(each.streaming_content)


def test_nobody_exports_a_list_that_they_may_not_see(client):
    user = UserFactory()
    user.user_permissions.add(Permission.objects.get(codename="export_lists"))
    client.force_login(user)

    assert client.get(page_url("contacts.Person", "export", "csv")).status_code == 403


@pytest.mark.parametrize(("role", "present"), [("officer", False), ("protocol", True)])
def test_restricted_fields_are_absent_for_those_without_the_right(client, role, present):
    PersonFactory(address="Rathausplatz 1", protocol_notes="canary")
    client.force_login(user_in(role))

    content = exported(client, "contacts.Person")

    assert ("Notes of protocol" in table(content)[0]) == present
    assert (b"canary" in content) == present


def test_no_password_leaves_the_house(client):
    user = UserFactory()

    content = exported(client, "contacts.User")

    assert user.password.encode() not in content
    assert "Password" not in table(content)[0]


def test_an_export_leaves_a_line_in_the_log_and_nobody_in_it(client, caplog):
    user = user_in("officer")
    client.force_login(user)
    PersonFactory(family_name="Canary")

    with caplog.at_level("INFO", logger="contacts.admin.exports"):
        exported(client, "contacts.Person", "?q=canary")

    assert [record.getMessage() for record in caplog.records if record.name == "contacts.admin.exports"] == [
        f"User {user.pk} exported 1 rows of contacts.Person as csv."
    ]


def test_the_file_is_named_after_the_list_and_the_day(client):
    answer = client.get(page_url("contacts.City", "export", "csv"))
    b"".join(answer.streaming_content)

    assert answer["Content-Disposition"] == f'attachment; filename="Cities {timezone.localdate()}.csv"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
