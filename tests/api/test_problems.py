import pytest
from django.db import OperationalError
from psycopg.errors import DeadlockDetected
from rest_framework.test import APIClient

from contacts.api.cities import CityViewSet
from contacts.api.problems import as_problem
from tests.factories import DocumentFactory

pytestmark = pytest.mark.django_db


def test_an_error_is_a_problem_with_its_fields(officer):
    answer = officer.post("/api/v1/cities/", {"name_de": "X", "country": "XX"})

    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "The request is not valid",
        "status": 400,
        "detail": "One thing needs correction.",
        "errors": [
            {
                "field": "country",
                "code": "unknown",
                "detail": "“XX” is no country. Use the two letters of ISO 3166.",
            }
        ],
    }


@pytest.mark.parametrize(
    ("method", "address", "body", "status"),
    [
        ("post", "/api/v1/cities/", "{", 400),
        ("get", "/api/v1/cities/4711/", None, 404),
        ("get", "/api/v1/cities/99999999999999999999999999/", None, 404),
        ("get", "/api/v1/cities/x/", None, 404),
        ("get", "/api/v1/villages/", None, 404),
        ("post", "/api/v1/villages/", "{}", 404),
        ("delete", "/api/v1/cities/", None, 405),
        ("options", "/api/v1/cities/", None, 405),
    ],
)
def test_whatever_goes_wrong_has_the_same_shape(officer, method, address, body, status):
    answer = getattr(officer, method)(address, data=body, content_type="application/json")

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert set(answer.json()) == {"type", "title", "status", "detail", "errors"}
    assert answer.json()["status"] == status


def test_a_format_that_is_not_spoken_is_a_problem(officer):
    form = officer.post("/api/v1/cities/", "name_de=X", content_type="application/x-www-form-urlencoded")

    assert (form.status_code, form["Content-Type"]) == (415, "application/problem+json")


def test_a_right_that_is_missing_is_a_problem(client_of):
    answer = client_of("reader").post("/api/v1/cities/", {})

    assert (answer.status_code, answer.json()["title"]) == (403, "Not allowed")


def test_a_visitor_is_told_to_sign_in():
    answer = APIClient(HTTP_ACCEPT_LANGUAGE="en").get("/api/v1/cities/")

    assert (answer.status_code, answer.json()["title"]) == (401, "Not signed in")


@pytest.mark.parametrize("letter", ["\\u0000", "\\ud800"])
def test_characters_that_no_database_takes_are_refused(officer, letter):
    body = f'{{"name_de": "{letter}", "other_names": ["{letter}"], "country": "DE"}}'
    answer = officer.post("/api/v1/cities/", body, content_type="application/json")

    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {"name_de", "other_names.0"}


def test_one_of_two_that_waited_for_each_other_is_told_to_repeat():
    error = OperationalError("deadlock detected")
    error.__cause__ = DeadlockDetected()

    assert as_problem(error, {}).status_code == 409
    assert as_problem(OperationalError("no such table"), {}) is None


# --- what is refused, or breaks, before a view has answered ---


def test_a_request_that_is_too_large_is_a_problem(officer):
    body = f'{{"notes": "{"x" * 3_000_000}"}}'
    answer = officer.post("/api/v1/cities/", body, content_type="application/json")

    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
    assert answer.json()["title"] == "Too large"


def test_a_form_with_too_many_fields_is_a_problem(officer, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
    address = f"/api/v1/documents/{DocumentFactory().pk}/file/"
    answer = officer.put(address, {"a": "1", "b": "2", "c": "3"}, format="multipart")

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["detail"] == "This request cannot be read"


def test_a_forged_host_is_a_problem(officer):
    answer = officer.get("/api/v1/cities/", headers={"Host": "forged.example.org"})

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"] == []


def test_an_address_outside_the_api_is_a_problem_below_it_and_a_page_elsewhere(client):
    kinds = [client.get(address)["Content-Type"] for address in ("/api/v2/cities/", "/nowhere/")]

    assert kinds == ["application/problem+json", "text/html; charset=utf-8"]


def test_a_failure_of_ours_is_a_problem_without_inside_knowledge(officer, monkeypatch):
    def fail(*args, **kwargs):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(CityViewSet, "list", fail)
    officer.raise_request_exception = False

    answer = officer.get("/api/v1/cities/")

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert answer.json() == {
        "type": "about:blank",
        "title": "The server failed",
        "status": 500,
        "detail": "The fault is ours, and it is on record. Try again later.",
        "errors": [],
    }


def test_a_failure_of_ours_is_a_page_for_people(client, monkeypatch):
    monkeypatch.setattr("contacts.accounts.ForgottenPasswordView.get", lambda *args, **kwargs: 1 / 0)
    client.raise_request_exception = False

    page = client.get("/admin/forgotten-password/")

    assert (page.status_code, page["Content-Type"]) == (500, "text/html; charset=utf-8")
