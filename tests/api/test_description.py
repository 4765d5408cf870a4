import io
import os
import subprocess
import sys

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command

from config.api import RESOURCES
from config.description import DescriptionView


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
    kinds = {"412": "OutdatedProblem"}
    answers = [
        (code, answer)
        for operations in description["paths"].values()
        for operation in operations.values()
        for code, answer in operation["responses"].items()
        if code >= "400"
    ]

    assert answers != []
    for code, answer in answers:
        schema = {"$ref": f"#/components/schemas/{kinds.get(code, 'Problem')}"}
        assert answer["content"] == {"application/problem+json": {"schema": schema}}


def test_every_status_that_can_occur_is_described(description):
    found = {
        f"{method} {path.removeprefix('/api/v1/')}": sorted(operation["responses"])
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    }
    always = ["400", "401", "403", "406"]

    assert found["get cities/"] == ["200", "304", *always, "429"]
    assert found["get places/"] == ["200", *always, "429"]
    assert found["post cities/"] == ["201", *always, "409", "413", "415", "422"]
    assert found["get cities/{id}/"] == ["200", "400", "401", "403", "404", "406"]
    changed = ["400", "401", "403", "404", "406", "409", "412"]
    assert found["patch cities/{id}/"] == ["200", *changed, "413", "415"]
    assert found["delete cities/{id}/"] == ["204", *changed]
    assert found["post partnerships/{id}/suspend/"] == ["200", *changed, "413", "415", "422"]
    assert found["post auth/login/"] == ["200", *always, "409", "413", "415", "429"]


def test_a_new_row_is_linked_with_all_that_can_be_done_with_it(description):
    paths = description["paths"]
    creating = {path: its["post"] for path, its in paths.items() if path.count("/") == 4 and "post" in its}
    linked = {
        path: {name: link["operationId"] for name, link in operation["responses"]["201"]["links"].items()}
        for path, operation in creating.items()
    }

    assert linked == {
        path: {one["operationId"].removeprefix(f"{resource}_"): one["operationId"] for one in its.values()}
        for path in creating
        for resource, its in [
            (creating[path]["operationId"].removesuffix("_create"), paths[f"{path}{{id}}/"])
        ]
    }


def test_an_answer_that_asks_to_wait_or_to_load_again_has_its_header_described(description):
    login = description["paths"]["/api/v1/auth/login/"]["post"]["responses"]
    change = description["paths"]["/api/v1/cities/{id}/"]["patch"]["responses"]

    create = description["paths"]["/api/v1/cities/"]["post"]["responses"]

    assert list(login["429"]["headers"]) == ["Retry-After"]
    assert list(create["409"]["headers"]) == ["Retry-After"]
    assert list(create["201"]["headers"]) == ["Idempotent-Replayed"]
    assert list(change["412"]["headers"]) == ["ETag"]


def test_a_relation_is_described_as_it_is_read_and_as_it_is_written(description):
    schemas = description["components"]["schemas"]

    assert schemas["Tenure"]["properties"]["person"] == {"$ref": "#/components/schemas/Reference"}
    assert set(schemas["Reference"]["properties"]) == {"id", "name"}
    assert schemas["TenureRequest"]["properties"]["person"] == {"type": "integer"}


def test_the_description_speaks_to_its_reader_not_to_us(description):
    words = {
        operation.get("description", "")
        for path, operations in description["paths"].items()
        if path in ("/api/v1/cities/", "/api/v1/cities/{id}/")
        for operation in operations.values()
    }

    assert words == {""}


def test_words_that_stand_with_a_view_reach_the_description(description):
    paths = description["paths"]

    assert paths["/api/v1/cities/bulk/"]["post"]["summary"] == "Create up to 500 rows, all of them or none"
    assert "multipart/form-data" in paths["/api/v1/documents/{id}/file/"]["put"]["requestBody"]["content"]
    assert "requestBody" not in paths["/api/v1/partnerships/{id}/publish/"]["post"]
    assert "q" in [each["name"] for each in paths["/api/v1/search/"]["get"]["parameters"]]


def test_a_verb_that_creates_is_described_as_such(description):
    answers = {
        verb: min(description["paths"][f"/api/v1/partnerships/{{id}}/{verb}/"]["post"]["responses"])
        for verb in ("suspend", "step-up")
    }

    assert answers == {"suspend": "200", "step-up": "201"}


def test_a_restricted_field_is_described_as_one_that_may_be_absent(description):
    person = description["components"]["schemas"]["Person"]

    assert "address" in person["properties"]
    assert "required" not in person


@pytest.mark.django_db
def test_the_documentation_needs_nothing_that_the_content_policy_refuses(client):
    page = client.get("/api/v1/docs/")
    text = page.content.decode()

    assert page.status_code == 200
    assert "<style" not in text
    assert " style=" not in text
    assert text.count("<script src=") == text.count("<script")
    assert "https://" not in text


@pytest.fixture
def _nothing_made(monkeypatch):
    monkeypatch.setattr(DescriptionView, "made", {})


@pytest.mark.django_db
@pytest.mark.usefixtures("_nothing_made")
def test_the_description_is_there_for_everybody_and_made_once_in_a_language(client, monkeypatch, description):
    address, german = "/api/v1/schema/", {"Accept-Language": "de"}
    first = client.get(address, headers=german)
    monkeypatch.setattr(DescriptionView, "generator_class", None)  # whoever made it again would fail
    second = client.get(address, headers=german)

    assert (first.status_code, first["Content-Type"]) == (200, "application/vnd.oai.openapi; charset=utf-8")
    assert yaml.safe_load(first.content)["paths"].keys() == description["paths"].keys()
    assert second.content == first.content
    assert [key[0] for key in DescriptionView.made] == ["de"]


@pytest.mark.django_db
def test_the_description_takes_no_parameters_and_says_so_in_json(client):
    answer = client.get("/api/v1/schema/?lang=de")

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert [error["field"] for error in answer.json()["errors"]] == ["lang"]


PROGRAM = """
import sys
import config.wsgi
print(*{"drf_spectacular.openapi", "rest_framework.test", "django.test", "unittest"} & sys.modules.keys())
"""


def test_no_web_process_loads_the_tools_of_the_description_and_of_tests_before_it_is_asked_for_one():
    started = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )

    assert started.stdout.split() == []
