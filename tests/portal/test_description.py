import io

import yaml
from django.core.management import call_command
from openapi_spec_validator import validate

from portal import looking
from portal.description import description
from portal.urls import FILES, RESOURCES


def test_the_description_is_valid_and_names_every_address():
    addresses = {f"/{name}{end}" for name in RESOURCES for end in ("/", "/{id}/", "/{id}.jsonld")}
    addresses |= {"/catalog.jsonld", *(f"/{name}" for name in FILES)}

    validate(description())
    assert set(description()["paths"]) == addresses
    assert {tuple(operations) for operations in description()["paths"].values()} == {("get",)}


def test_the_description_is_made_without_a_warning(capsys):
    description.cache_clear()
    description()

    assert capsys.readouterr().err == ""


def test_a_file_takes_what_its_list_takes_but_no_pages_and_no_moment():
    taken = {
        address: {parameter["name"] for parameter in operations["get"]["parameters"]}
        for address, operations in description()["paths"].items()
    }

    for name in FILES:
        if name != "news.rss":
            assert taken[f"/{name}"] == taken[f"/{name.partition('.')[0]}/"] - {
                *("cursor", "page_size", "changed_since")
            }
    assert taken["/news.rss"] == {"country", "lang", "search", "theme", "year"}


def test_files_and_what_can_be_mirrored_say_when_to_come_again():
    answers = {
        address: operations["get"]["responses"] for address, operations in description()["paths"].items()
    }

    busy = {*(f"/{name}" for name in FILES), *(f"/{name}/" for name in looking.RESOURCES)}

    for address in busy:
        assert answers[address]["503"]["headers"]["Retry-After"]["schema"] == {"type": "integer"}
        assert "headers" not in answers[address]["200"]
    assert {address for address, codes in answers.items() if "503" in codes} == busy


def test_the_description_of_the_staff_api_says_nothing_of_it_and_the_other_way_round():
    text = io.StringIO()
    call_command("spectacular", stdout=text)
    staff = yaml.safe_load(text.getvalue())

    assert [address for address in staff["paths"] if "public" in address] == []
    assert {"PersonRequest", "Interaction"} & set(description()["components"]["schemas"]) == set()


def test_the_description_is_there_for_everybody(get, db):
    answer = get("schema/")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json()["servers"] == [{"url": "/api/public/v1"}]
    assert get("schema/?lang=de").status_code == 400
