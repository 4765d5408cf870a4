"""Lists as CSV and XLSX."""

import csv
import datetime
import io
import logging
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from contacts.api import sheets
from tests.api.conftest import client_for
from tests.api.rows import TABLES, fields_of, make, make_full
from tests.factories import (
    AgreementFactory,
    CityFactory,
    CostFactory,
    MailFactory,
    PartnershipFactory,
    PersonFactory,
    PostFactory,
    ProjectPartnerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def get(client, address, query=None, **headers):
    """The answer, with its file read to the end, by which it is closed."""
    answer = client.get(f"/api/v1/{address}", query, headers=headers)
    answer.file = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer


def fetch(client, name, kind="csv", **query):
    answer = get(client, f"{name}/", {"format": kind, **query})
    assert answer.status_code == 200, answer.file
    if kind == "csv":
        titles, *lines = csv.reader(io.StringIO(answer.file.decode("utf-8-sig")), delimiter=";")
    else:
        [titles, *lines] = load_workbook(io.BytesIO(answer.file)).active.iter_rows(values_only=True)
    return [dict(zip(titles, line, strict=True)) for line in lines]


def errors_of(answer):
    return answer.status_code, [(error["field"], error["code"]) for error in answer.json()["errors"]]


# --- how it is asked for ---


@pytest.mark.parametrize(("kind", "media_type"), [("csv", "text/csv"), ("xlsx", XLSX)])
def test_a_file_is_asked_for_by_parameter_or_header(officer, kind, media_type):
    CityFactory()
    by_name = get(officer, f"cities/?format={kind}")
    by_header = get(officer, "cities/", Accept=media_type)

    for answer in (by_name, by_header):
        assert answer.status_code == 200
        assert answer["Content-Type"].partition(";")[0] == media_type
        assert answer["Content-Disposition"].startswith('attachment; filename="cities 20')
        assert answer["Content-Disposition"].endswith(f'.{kind}"')


def test_json_is_what_comes_unless_a_file_is_asked_for(officer):
    headers = [{}, {"Accept": "*/*"}, {"Accept": "text/html,*/*;q=0.8"}, {"Accept": "application/json"}]
    answers = [get(officer, "cities/", **header) for header in headers]
    answers.append(get(officer, "cities/?format=json", Accept="text/csv"))

    assert {answer["Content-Type"] for answer in answers} == {"application/json"}


def test_other_formats_are_refused(officer):
    city = CityFactory()
    assert errors_of(get(officer, "cities/?format=xml")) == (400, [("format", "invalid_choice")])
    assert get(officer, "cities/", Accept="application/xml").status_code == 406
    assert get(officer, f"cities/{city.pk}/", Accept="text/csv").status_code == 406
    assert errors_of(get(officer, f"cities/{city.pk}/?format=csv"))[1] == [("format", "unknown_parameter")]


@pytest.mark.parametrize("name", ["cursor", "page_size", "count"])
def test_a_file_has_no_pages(officer, name):
    assert errors_of(get(officer, f"cities/?format=csv&{name}=1")) == (400, [(name, "no_pages")])


# --- what is in it ---


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("name", TABLES)
def test_every_list_has_a_column_for_all_that_its_json_says(admin, name, kind):
    make_full(name, 2)
    listed = admin.get(f"/api/v1/{name}/").json()["results"]
    found = fetch(admin, name, kind)

    assert [str(row["id"]) for row in found] == [str(row["id"]) for row in listed]
    assert list(dict.fromkeys(title.partition(".")[0] for title in found[0])) == list(fields_of(name))
    for row, shown in zip(found, listed, strict=True):
        relations = {
            field: value for field, value in shown.items() if isinstance(value, dict) and "id" in value
        }
        for field, value in relations.items():
            assert (str(row[f"{field}.id"]), row[f"{field}.name"]) == (str(value["id"]), value["name"])


def test_values_are_laid_flat(officer):
    post = PostFactory(form_spoken={"de": "Herr Bürgermeister", "en": "Mr Mayor", "tr": "Başkan"})
    agreement = AgreementFactory(valid_until="2030-12-31", signed_on="2004-07", state="signed")
    first, second = CityFactory(name_de="Linz"), CityFactory(name_de="Graz")
    agreement.cities.set([first, second])
    partner = ProjectPartnerFactory(role="lead", organisation__title="Labor")
    ProjectPartnerFactory(project=partner.project, organisation__title="Werft")
    [of_post], [of_agreement], [of_project] = (
        fetch(officer, name, "xlsx") for name in ("posts", "agreements", "projects")
    )

    texts = [of_post[f"form_spoken.{code}"] for code in ("de", "en", "other")]
    assert texts == ["Herr Bürgermeister", "Mr Mayor", "tr: Başkan"]
    assert (of_post["is_head_of_city"], of_post["organisation.id"]) == ("false", post.organisation_id)
    assert of_agreement["cities.id"] == f"{second.pk}; {first.pk}"
    assert of_agreement["cities.name"] == "Graz; Linz"
    assert of_agreement["valid_until"] == datetime.datetime(2030, 12, 31)
    assert of_agreement["signed_on"] == "2004-07"
    assert isinstance(of_agreement["created_at"], datetime.datetime)
    assert sorted(of_project["partners.organisation.name"].split("; ")) == ["Labor", "Werft"]
    assert sorted(of_project["partners.role"].split("; ")) == ["", "lead"]


def test_numbers_stay_numbers(officer):
    CostFactory(planned="1200.50", currency="EUR")
    [in_excel], [in_csv] = (fetch(officer, "costs", kind) for kind in ("xlsx", "csv"))

    assert (in_excel["planned"], in_csv["planned"]) == (1200.5, "1200.50")
    german = get(officer, "costs/?format=csv", **{"Accept-Language": "de"})
    assert ";1200,50;" in german.file.decode()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\t=1", "＝1"])
def test_nothing_in_it_is_run_by_a_spreadsheet(officer, text):
    CityFactory(name_de=text, notes="x")
    [in_csv] = fetch(officer, "cities", fields="name_de")
    answer = get(officer, "cities/?format=xlsx&fields=name_de")
    cell = load_workbook(io.BytesIO(answer.file)).active["A2"]

    assert in_csv["name_de"].startswith("'")
    assert cell.data_type == "s"


def test_filters_order_fields_and_full_rows_are_obeyed(officer):
    home = CityFactory(name_de="Berlin", is_home=True, region="Berlin")
    for name in ("Linz", "Graz"):
        PartnershipFactory(home=home, partner__name_de=name)
    PartnershipFactory()
    found = fetch(
        officer,
        "partnerships",
        home=home.pk,
        ordering="-partner__name",
        fields="partner,home",
        expand="home",
    )

    assert [row["partner.name"] for row in found] == ["Linz", "Graz"]
    assert [row["home.region"] for row in found] == ["Berlin", "Berlin"]
    assert "home.parent.name" in found[0]
    assert {title.partition(".")[0] for title in found[0]} == {"partner", "home"}


def test_all_rows_are_there_not_a_page(officer):
    for _number in range(3):
        CityFactory.create_batch(20)

    assert len(fetch(officer, "cities")) == 60


def test_an_empty_list_is_its_titles(officer):
    answer = get(officer, "cities/?format=csv&fields=id,name")

    assert answer.file.decode("utf-8-sig").strip() == '"id";"name"'


@pytest.mark.parametrize("name", TABLES)
def test_fifty_rows_cost_as_many_queries_as_one(admin, name):
    make_full(name, 1)
    fetch(admin, name)
    with CaptureQueriesContext(connection) as one:
        fetch(admin, name)
    make_full(name, 20)
    with CaptureQueriesContext(connection) as many:
        fetch(admin, name)

    assert len(many) == len(one)


# --- who, how much, how often ---


@pytest.mark.parametrize(
    ("role", "code"),
    [
        *(("reader", 403), ("portal editor", 403), ("administrator", 403)),
        *(("officer", 200), ("protocol", 200), ("head", 200), ("privacy", 200)),
    ],
)
def test_a_file_takes_the_right_to_export(client_of, role, code):
    assert get(client_of(role), "people/?format=csv").status_code == code


@pytest.mark.parametrize(("role", "sees"), [("officer", False), ("protocol", True)])
def test_restricted_fields_are_absent(client_of, role, sees):
    PersonFactory(address="Hauptstraße 1")
    [row] = fetch(client_of(role), "people")

    assert ("address" in row) == sees


def test_each_file_leaves_a_line_that_names_nobody(officer, caplog):
    CityFactory(name_de="Linz")
    with caplog.at_level(logging.INFO, logger="contacts.api.sheets"):
        fetch(officer, "cities")

    me = officer.handler._force_user.pk
    assert [record.getMessage() for record in caplog.records if record.name == "contacts.api.sheets"] == [
        f"User {me} exported 1 rows of contacts.City as csv."
    ]


def test_too_many_rows_are_refused_with_what_narrows_them(officer, monkeypatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    CityFactory.create_batch(3, country="TR")
    answer = get(officer, "cities/?format=csv")
    [error] = answer.json()["errors"]

    assert errors_of(answer) == (400, [("format", "too_many")])
    assert error["detail"].startswith("These are 3 rows, at most 2 fit into one file. Narrow the list by: ")
    assert "country" in error["detail"]
    assert fetch(officer, "cities", country="DE") == []


def test_only_so_many_files_are_made_at_the_same_moment(officer, client_of):
    mine = officer.handler._force_user.pk
    cache.add(f"sheets:{mine}:0", True, 60)
    refused = get(officer, "cities/?format=csv")

    assert (refused.status_code, refused["Retry-After"]) == (429, "5")
    assert get(client_of("officer"), "cities/?format=csv").status_code == 200
    assert get(officer, "cities/").status_code == 200


def test_a_place_is_given_back(officer):
    codes = {get(officer, "cities/?format=csv").status_code for _ in range(6)}

    assert codes == {200}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("users", "places"), [(1, 1), (5, 2)], ids=["one_user", "house"])
def test_of_many_at_once_a_few_are_made_and_all_others_are_told_to_wait(monkeypatch, users, places):
    CityFactory()
    asking = UserFactory.create_batch(users, is_superuser=True)
    everybody, write = threading.Barrier(25, timeout=60), sheets.Xlsx.write

    def held(*args):
        """Whoever writes a file goes on when all others write one too, or have been refused."""
        everybody.wait()
        return write(*args)

    def ask(number):
        try:
            code = get(client_for(asking[number % users]), "cities/?format=xlsx").status_code
        finally:
            connection.close()
        if code == 429:
            everybody.wait()
        return code

    monkeypatch.setattr(sheets.Xlsx, "write", staticmethod(held))
    with ThreadPoolExecutor(everybody.parties) as pool:
        codes = Counter(pool.map(ask, range(everybody.parties)))

    assert codes == {200: places, 429: everybody.parties - places}


def test_mails_and_users_come_as_files_too(admin):
    MailFactory()
    make("users")

    assert len(fetch(admin, "mails")) == 1
    assert set(fetch(admin, "users")[0]) == {"id", "name"}
