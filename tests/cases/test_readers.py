"""No reader of a fact passes whatever the fact says and whatever the API gives back."""

import pytest

from tests.cases import test_across, test_berlin, test_conference, test_duesseldorf, test_duisburg, test_linz
from tests.cases.doubt import why_it_can_fail
from tests.cases.reading import Reading

pytestmark = pytest.mark.django_db

CASES = {
    module.facts.case: module.facts
    for module in (test_across, test_berlin, test_conference, test_duesseldorf, test_duisburg, test_linz)
}


# How many readers notice a changed fact by itself; the others say it in the words of the program.
BY_THE_FACT = {"across": 35, "berlin": 47, "conference": 53, "duesseldorf": 78, "duisburg": 62, "linz": 45}


@pytest.mark.parametrize("case", CASES)
def test_every_reader_fails_when_the_fact_or_what_it_reads_is_changed(api, case):
    readings = CASES[case].readings

    reasons = {reading.path: why_it_can_fail(reading, api) for reading in readings}

    assert [path for path, reason in reasons.items() if not reason] == []
    assert list(reasons.values()).count("fact") == BY_THE_FACT[case]


@pytest.mark.parametrize(
    "read",
    [
        lambda api, leaf: None,
        lambda api, leaf: api.one("cities", name_de="Linz"),
        lambda api, leaf: api.one("cities", name_de="Linz")["country"],
        lambda api, leaf: api.all("cities", name_de=leaf),
    ],
    ids=["reads nothing", "only looks up", "asserts nothing", "asks for nobody knows what"],
)
def test_a_reader_that_cannot_fail_is_found_out(api, read):
    assert why_it_can_fail(Reading("cities.linz.name", read, ("Linz",)), api) == ""


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (lambda api, leaf: _expect(api.one("cities", wikidata_id="Q41329")["name_de"] == leaf), "fact"),
        (lambda api, leaf: _expect(api.one("cities", name_de="Linz")["country"] == "AT"), "answer"),
        (lambda api, leaf: _expect(api.all("partnerships", partner="Izmir") == []), "answer"),
    ],
)
def test_a_reader_that_can_fail_says_why(api, read, reason):
    assert why_it_can_fail(Reading("cities.linz.name", read, ("Linz",)), api) == reason


def _expect(fact: bool) -> None:
    assert fact
