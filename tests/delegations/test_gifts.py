import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils import translation

from delegations.models import Gift
from tests.factories import DelegationFactory, GiftFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def refusal_of(row):
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return refusal.value.message_dict


def test_nothing_but_what_it_is_and_which_way_it_went_need_be_known():
    gift = Gift(direction=Gift.Direction.RECEIVED, what="Vase")

    gift.full_clean()

    assert (str(gift), gift.value, gift.currency) == ("Vase", None, "EUR")


def test_a_value_is_not_below_zero():
    gift = GiftFactory.build(value="-1.00")

    assert refusal_of(gift) == {"value": ["An amount is not below zero. Correct it, or leave it empty."]}
    with pytest.raises((IntegrityError, ValidationError)):
        gift.save()


@pytest.mark.parametrize("currency", ["eur", "EURO", "€", "E1R"])
def test_a_currency_has_three_capital_letters(currency):
    assert "currency" in refusal_of(GiftFactory.build(value="20.00", currency=currency))


def test_what_becomes_of_it_is_decided_for_gifts_received_only():
    gift = GiftFactory.build(direction=Gift.Direction.GIVEN, decision=Gift.Decision.DISPLAYED)

    assert refusal_of(gift) == {
        "decision": ["What becomes of it is decided for gifts that we received. Leave it empty."]
    }
    with pytest.raises((IntegrityError, ValidationError)):
        gift.save()


def test_undecided_are_gifts_received_of_which_nobody_has_said_what_becomes_of_them():
    vase = GiftFactory()
    GiftFactory(decision=Gift.Decision.KEPT)
    GiftFactory(direction=Gift.Direction.GIVEN)

    assert list(Gift.objects.undecided()) == [vase]


def test_it_is_found_by_whom_it_came_from_and_where_it_stands():
    gift = GiftFactory(what="Teeservice", person=PersonFactory(family_name="Hu"), whereabouts="Vitrine")
    GiftFactory()

    for text in ("teeservice", "hu", "vitrine"):
        assert list(Gift.objects.search(text)) == [gift], text


def test_a_visit_and_a_person_are_kept_as_long_as_a_gift_names_them():
    visit, person = DelegationFactory(), PersonFactory()
    GiftFactory(delegation=visit, person=person)

    for row in (visit, person):
        with pytest.raises(ProtectedError):
            row.delete()
