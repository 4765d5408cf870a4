import io

import pytest
import yaml
from django.core.management import call_command

from config.api import RESOURCES


@pytest.fixture(scope="module")
def description():
    text = io.StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=text)
    return yaml.safe_load(text.getvalue())


def test_the_description_is_openapi_3_1_and_names_every_resource(description):
    lists = {path for path in description["paths"] if path.count("/") == 4}

    assert description["openapi"] == "3.1.1"
    assert lists == {f"/api/v1/{name}/" for name in RESOURCES}


def test_every_answer_that_is_an_error_is_described_as_a_problem(description):
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    contents = [
        answer["content"]
        for operations in description["paths"].values()
        for operation in operations.values()
        for code, answer in operation["responses"].items()
        if code >= "400"
    ]

    assert contents == [{"application/problem+json": problem}] * len(contents)


def test_a_relation_is_described_as_it_is_read_and_as_it_is_written(description):
    schemas = description["components"]["schemas"]

    assert set(schemas["Tenure"]["properties"]["person"]["properties"]) == {"id", "name"}
    assert schemas["TenureRequest"]["properties"]["person"] == {"type": "integer"}


def test_the_description_speaks_to_its_reader_not_to_us(description):
    words = {
        operation.get("description", "")
        for path, operations in description["paths"].items()
        if path.startswith("/api/v1/cities/")
        for operation in operations.values()
    }

    assert words == {""}


def test_a_verb_that_creates_is_described_as_such(description):
    answers = {
        verb: min(description["paths"][f"/api/v1/partnerships/{{id}}/{verb}/"]["post"]["responses"])
        for verb in ("suspend", "step-up")
    }

    assert answers == {"suspend": "200", "step-up": "201"}


def test_a_restricted_field_is_described_as_one_that_may_be_absent(description):
    person = description["components"]["schemas"]["Person"]

    assert "address" in person["properties"]
    assert "address" not in person["required"]


def test_the_documentation_needs_nothing_that_the_content_policy_refuses(client):
    page = client.get("/api/v1/docs/")
    text = page.content.decode()

    assert page.status_code == 200
    assert "<style" not in text
    assert " style=" not in text
    assert text.count("<script src=") == text.count("<script")
    assert "https://" not in text


@pytest.mark.django_db
def test_the_description_is_there_for_everybody(client):
    assert client.get("/api/v1/schema/").status_code == 200
