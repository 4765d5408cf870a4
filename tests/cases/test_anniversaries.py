"""The anniversaries of 2026 to 2028, counted by hand from the founding dates that the sources give."""

from typing import Any

import pytest

from tests.cases.reading import Staff

pytestmark = pytest.mark.django_db


def anniversaries(api: Staff, first: str, last: str, **filters: Any) -> list[dict[str, Any]]:
    return api.get("anniversaries", **{"from": first, "to": last}, **filters)["results"]


def test_ties_are_counted_in_the_order_of_their_days(api: Staff) -> None:
    found = anniversaries(api, "2026-01-01", "2028-12-31")

    assert [(one["on"], one["precision"], one["years"], one["partnership"]["name"]) for one in found] == [
        ("2026-05-01", "month", 14, "Linz–Eskişehir"),
        ("2026-05-01", "month", 22, "Osnabrück–Çanakkale"),
        ("2026-06-03", "day", 21, "Duisburg–Gaziantep"),
        ("2026-07-22", "day", 22, "Düsseldorf–Chongqing"),
        ("2026-11-17", "day", 37, "Berlin–Istanbul"),
        ("2026-11-17", "day", 9, "Treptow-Köpenick–Tepebaşı"),
        ("2027-05-01", "month", 15, "Linz–Eskişehir"),
        ("2027-05-01", "month", 23, "Osnabrück–Çanakkale"),
        ("2027-06-03", "day", 22, "Duisburg–Gaziantep"),
        ("2027-07-22", "day", 23, "Düsseldorf–Chongqing"),
        ("2027-11-17", "day", 38, "Berlin–Istanbul"),
        ("2027-11-17", "day", 10, "Treptow-Köpenick–Tepebaşı"),
        ("2028-05-01", "month", 16, "Linz–Eskişehir"),
        ("2028-05-01", "month", 24, "Osnabrück–Çanakkale"),
        ("2028-06-03", "day", 23, "Duisburg–Gaziantep"),
        ("2028-07-22", "day", 24, "Düsseldorf–Chongqing"),
        ("2028-11-17", "day", 39, "Berlin–Istanbul"),
        ("2028-11-17", "day", 11, "Treptow-Köpenick–Tepebaşı"),
    ]


def test_round_ones_are_the_tens_and_fives(api: Staff) -> None:
    found = anniversaries(api, "2026-01-01", "2028-12-31", milestone="round")

    assert [(one["years"], one["partnership"]["name"]) for one in found] == [
        (15, "Linz–Eskişehir"),
        (10, "Treptow-Köpenick–Tepebaşı"),
    ]


def test_each_is_counted_from_the_date_its_tie_was_founded_on(api: Staff) -> None:
    found = anniversaries(api, "2026-01-01", "2026-12-31")

    assert {one["partnership"]["name"]: one["founded"] for one in found} == {
        "Linz–Eskişehir": "2012-05",
        "Osnabrück–Çanakkale": "2004-05",
        "Duisburg–Gaziantep": "2005-06-03",
        "Düsseldorf–Chongqing": "2004-07-22",
        "Berlin–Istanbul": "1989-11-17",
        "Treptow-Köpenick–Tepebaşı": "2017-11-17",
    }


def test_anniversary_that_was_celebrated_names_its_occasion(api: Staff) -> None:
    [found] = [
        one
        for one in anniversaries(api, "2024-11-01", "2024-11-30")
        if one["partnership"]["name"] == "Berlin–Istanbul"
    ]

    assert found["occasion"]["id"] == api.one("occasions", partnership="Berlin–Istanbul", years=35)["id"]


def test_project_that_ended_has_no_anniversary(api: Staff) -> None:
    kilis = api.one("partnerships", home="Mannheim", partner="Kilis")

    assert anniversaries(api, "2016-01-01", "2028-12-31", partnership=kilis["id"]) == []


def test_friendship_that_was_stepped_up_has_no_anniversary(api: Staff) -> None:
    friendship = api.one("partnerships", home="Düsseldorf", partner="Chongqing", kind="friendship")

    assert anniversaries(api, "2026-01-01", "2028-12-31", partnership=friendship["id"]) == []
