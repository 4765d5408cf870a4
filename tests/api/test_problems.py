import pytest
from rest_framework.test import APIClient

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
