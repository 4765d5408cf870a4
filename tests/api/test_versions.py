"""If-Match after RFC 9110, whatever it is sent with."""

import pytest

from tests.factories import CityFactory, PartnershipFactory, StopFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    city = CityFactory()
    city.save()  # version 2
    return city


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ('"2"', 200),
        ('"1"', 412),
        ('"3"', 412),
        ("*", 200),
        (" * ", 200),
        ('"1", "2"', 200),
        ('"1","2" , "9"', 200),
        ('"1", "3"', 412),
        ('W/"2"', 412),
        ('W/"2", "2"', 200),
        ('""', 412),
        ('"1,2"', 412),
        ("2", 400),
        ('"2', 400),
        ('"2" "1"', 400),
        ('"1", *', 400),
        ("", 400),
        ('w/"2"', 400),
    ],
)
def test_if_match_is_read_after_the_standard(admin, city, header, status):
    answer = admin.patch(f"/api/v1/cities/{city.pk}/", {"region": "X"}, headers={"If-Match": header})

    assert answer.status_code == status
    city.refresh_from_db()
    assert city.region == ("X" if status == 200 else "")


def test_a_change_without_if_match_is_taken(admin, city):
    assert admin.patch(f"/api/v1/cities/{city.pk}/", {"region": "X"}).status_code == 200


def test_the_refusal_names_the_current_version(admin, city):
    answer = admin.patch(f"/api/v1/cities/{city.pk}/", {"region": "X"}, headers={"If-Match": '"1"'})

    assert answer["ETag"] == '"2"'
    assert answer.json() == {
        "type": "about:blank",
        "title": "Changed in the meantime",
        "status": 412,
        "detail": "This was changed after you loaded it. Load it again and repeat.",
        "errors": [
            {"field": "If-Match", "code": "outdated", "detail": "Version 2 is the current one."},
        ],
        "version": 2,
    }


def test_an_older_version_is_not_deleted_or_replaced(admin, city):
    address, headers = f"/api/v1/cities/{city.pk}/", {"If-Match": '"1"'}
    codes = [
        admin.delete(address, headers=headers).status_code,
        admin.put(address, {}, headers=headers).status_code,
    ]

    assert codes == [412, 412]
    assert admin.delete(address, headers={"If-Match": '"2"'}).status_code == 204


def test_what_is_not_there_matches_nothing(admin):
    assert admin.delete("/api/v1/cities/4711/", headers={"If-Match": "*"}).status_code == 404


def test_a_verb_asks_for_the_version_too(admin):
    tie = PartnershipFactory()
    tie.save()
    answers = [
        admin.post(f"/api/v1/partnerships/{tie.pk}/suspend/", {}, headers={"If-Match": tag})
        for tag in ('"1"', '"2"')
    ]

    assert [answer.status_code for answer in answers] == [412, 200]


def test_a_part_changes_the_etag_of_the_whole(admin):
    stop = StopFactory()
    address = f"/api/v1/delegations/{stop.delegation_id}/"
    before = admin.get(address)["ETag"]
    admin.patch(f"/api/v1/stops/{stop.pk}/", {"note": "Früh"})

    assert admin.get(address)["ETag"] != before
