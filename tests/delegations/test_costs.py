from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils import translation

from contacts import money
from delegations.models import Cost
from delegations.models.costs import Total
from tests.factories import CostFactory, DelegationFactory

pytestmark = pytest.mark.django_db


def refusal_of(row):
    with translation.override("en"), pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return refusal.value.message_dict


@pytest.mark.parametrize("field", ["planned", "actual"])
def test_an_amount_is_not_below_zero(field):
    cost = CostFactory.build(delegation=DelegationFactory(), **{field: "-0.01"})

    assert refusal_of(cost) == {field: ["An amount is not below zero. Correct it, or leave it empty."]}
    with pytest.raises((IntegrityError, ValidationError)):
        cost.save()


def test_amounts_have_cents_and_no_more():
    cost = CostFactory.build(delegation=DelegationFactory(), planned="1.005")

    assert list(refusal_of(cost)) == ["planned"]


def test_a_currency_has_three_capital_letters():
    cost = CostFactory.build(delegation=DelegationFactory(), currency="Lira")

    assert "currency" in refusal_of(cost)


def test_totals_are_by_currency_and_never_converted():
    visit = DelegationFactory()
    CostFactory(delegation=visit, planned="1200.50", actual="1190.00")
    CostFactory(delegation=visit, kind=Cost.Kind.LODGING, planned="800.00", borne_by=Cost.BorneBy.THEM)
    CostFactory(delegation=visit, kind=Cost.Kind.BOARD, actual="3000.10", currency="TRY")
    CostFactory(planned="99.00")

    assert visit.costs.all().totals() == [
        Total("EUR", planned=Decimal("2000.50"), actual=Decimal("1190.00")),
        Total("TRY", planned=None, actual=Decimal("3000.10")),
    ]
    assert visit.costs.borne_by_us().totals() == [
        Total("EUR", planned=Decimal("1200.50"), actual=Decimal("1190.00")),
        Total("TRY", planned=None, actual=Decimal("3000.10")),
    ]


def test_where_no_amount_is_known_the_total_is_not_known_either():
    visit = DelegationFactory()
    CostFactory(delegation=visit)

    assert visit.costs.all().totals() == [Total("EUR", planned=None, actual=None)]


def test_a_visit_without_costs_has_no_totals():
    assert DelegationFactory().costs.all().totals() == []


def test_a_visit_is_kept_as_long_as_it_has_costs():
    visit = CostFactory().delegation

    with pytest.raises(ProtectedError):
        visit.delete()


@pytest.mark.parametrize(("language", "shown"), [("de", "4.200,00\xa0EUR"), ("en", "4,200.00\xa0EUR")])
def test_amounts_read_as_the_reader_writes_them(language, shown):
    with translation.override(language):
        assert money.display(Decimal("4200"), "EUR") == shown
        assert money.display(None, "EUR") == ""
