import pytest

from tests.factories import CostFactory, DelegationFactory

pytestmark = pytest.mark.django_db


def test_costs_are_summed_up_by_currency_within_the_filters(officer):
    visit = DelegationFactory()
    CostFactory(delegation=visit, planned="1200.50", actual="1190")
    CostFactory(delegation=visit, planned="800", borne_by="them")
    CostFactory(delegation=visit, actual="3000.10", currency="TRY")
    CostFactory(planned="99")

    of_the_visit = officer.get(f"/api/v1/costs/totals/?delegation={visit.pk}")
    by_us = officer.get(f"/api/v1/costs/totals/?delegation={visit.pk}&borne_by=us&currency=EUR")

    assert of_the_visit.json() == [
        {"currency": "EUR", "planned": "2000.50", "actual": "1190.00"},
        {"currency": "TRY", "planned": None, "actual": "3000.10"},
    ]
    assert by_us.json() == [{"currency": "EUR", "planned": "1200.50", "actual": "1190.00"}]


@pytest.mark.parametrize("parameter", ["ordering", "cursor", "colour"])
def test_a_sum_has_no_pages_and_no_order(officer, parameter):
    answer = officer.get(f"/api/v1/costs/totals/?{parameter}=x")

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [parameter]


def test_who_does_not_see_costs_does_not_see_their_sum(client_of):
    codes = {role: client_of(role).get("/api/v1/costs/totals/").status_code for role in ("reader", "officer")}

    assert codes == {"reader": 403, "officer": 200}
