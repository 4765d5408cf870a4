"""Files over the API: at an address of their own below their row."""

import pytest
from rest_framework.test import APIClient

from contacts.models import Document
from tests.contacts.test_uploads import HEADERS, fetch
from tests.factories import DocumentFactory, PersonFactory, token_for, user_in
from tests.files import PDF, picture, upload


def put(client, address: str, content: bytes, name: str, part: str = "file", **extra):
    return client.put(address, {part: upload(content, name)}, format="multipart", **extra)


@pytest.fixture
def address(db):
    return f"/api/v1/documents/{DocumentFactory().pk}/file/"


def test_a_file_is_uploaded_and_fetched_again(officer, address):
    sent = put(officer, address, PDF, "Brief.pdf")
    answer, content = fetch(officer, address)

    assert sent.status_code == 200
    assert (sent.json()["file"], sent.json()["file_name"]) == (f"http://testserver{address}", "Brief.pdf")
    assert sent["ETag"] == '"2"'
    assert content == PDF
    assert {name: answer[name] for name in HEADERS} == HEADERS


def test_a_token_opens_it_and_without_one_it_stays_shut(officer, address):
    put(officer, address, PDF, "Brief.pdf")
    token = token_for(user_in("reader"))
    client = APIClient()

    assert client.get(address).status_code == 401
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert fetch(client, address)[1] == PDF


def test_a_document_without_a_file_says_so(officer, address):
    row = officer.get(address.removesuffix("file/")).json()

    assert (row["file"], row["file_name"]) == (None, "")
    assert officer.get(address).status_code == 404


def test_a_program_may_ask_for_the_kind_it_expects(officer, address):
    put(officer, address, PDF, "Brief.pdf")

    officer.credentials(HTTP_ACCEPT="application/pdf")
    answer, content = fetch(officer, address)

    assert content == PDF
    assert answer["Content-Type"] == "application/pdf"


def test_what_is_none_of_our_kinds_is_refused_at_the_field(officer, address):
    answer = put(officer, address, b"<script>alert(1)</script>", "paper.pdf")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"] == [
        {
            "field": "file",
            "code": "file_type",
            "detail": "Only PDF, PNG, JPEG, DOCX, XLSX can be kept here. "
            "This file is none of these, whatever its name says.",
        }
    ]
    assert Document.objects.get().file.name == ""


@pytest.mark.parametrize(
    ("parts", "errors"),
    [
        ({}, [("file", "required")]),
        ({"file": "text"}, [("file", "invalid")]),
        ({"file": upload(b"", "paper.pdf")}, [("file", "empty")]),
        ({"paper": upload(PDF, "paper.pdf")}, [("paper", "unknown_field")]),
    ],
)
def test_what_is_no_upload_is_refused(officer, address, parts, errors):
    answer = officer.put(address, parts, format="multipart")

    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == errors


def test_json_is_no_upload(officer, address):
    assert officer.put(address, {"file": "text"}, format="json").status_code == 415


def test_an_upload_names_the_version_it_means(officer, address):
    assert put(officer, address, PDF, "Brief.pdf", HTTP_IF_MATCH='"7"').status_code == 412
    assert put(officer, address, PDF, "Brief.pdf", HTTP_IF_MATCH='"1"').status_code == 200


def test_a_file_is_removed(officer, address):
    put(officer, address, PDF, "Brief.pdf")

    assert officer.delete(address).status_code == 204
    assert officer.get(address).status_code == 404
    assert Document.objects.get().file_name == ""


def test_a_file_is_not_written_as_a_field(officer, address):
    row = address.removesuffix("file/")

    refused = officer.patch(row, {"file": "documents/other.pdf"})

    assert [(error["field"], error["code"]) for error in refused.json()["errors"]] == [("file", "read_only")]


def test_what_was_read_may_be_sent_back(officer, address):
    put(officer, address, PDF, "Brief.pdf")
    row = officer.get(address.removesuffix("file/")).json()

    assert officer.put(address.removesuffix("file/"), row).status_code == 200


def test_those_who_only_read_fetch_and_do_not_upload(client_of, officer, address):
    put(officer, address, PDF, "Brief.pdf")
    reader = client_of("reader")

    assert fetch(reader, address)[1] == PDF
    assert put(reader, address, PDF, "Brief.pdf").status_code == 403
    assert reader.delete(address).status_code == 403


def test_a_photo_is_painted_again(officer):
    address = f"/api/v1/people/{PersonFactory().pk}/photo/"

    put(officer, address, picture("JPEG", comment=b"secret"), "Nora.jpg", part="photo")

    assert b"secret" not in fetch(officer, address)[1]


def test_a_person_whom_one_may_not_see_has_no_photo(db):
    user = user_in("reader")
    user.groups.clear()
    client = APIClient()
    client.force_authenticate(user)

    assert client.get(f"/api/v1/people/{PersonFactory().pk}/photo/").status_code == 403
