import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from delegations.models import GoldenBookSigner
from tests.factories import (
    CityFactory,
    GoldenBookEntryFactory,
    GoldenBookSignerFactory,
    PersonFactory,
    TenureFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def refusal_of(row):
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return refusal.value.message_dict


def test_who_signed_is_shown_with_the_post_of_that_day():
    tenure = TenureFactory(
        since="2014", person__family_name="Huemer", person__given_names="Ulrike", post__title_de="Direktorin"
    )
    signer = GoldenBookSignerFactory(entry=GoldenBookEntryFactory(on="2022-05-01"), person=tenure.person)

    tenure.until = "2023"
    tenure.save()

    signer.refresh_from_db()
    assert (signer.post, str(signer)) == (tenure.post, "Ulrike Huemer, Direktorin")


def test_the_post_is_filled_in_when_the_day_becomes_known():
    tenure = TenureFactory(since="2014")
    signer = GoldenBookSignerFactory(person=tenure.person)
    assert signer.post is None

    signer.entry.on = "2022-05-01"
    signer.entry.save()

    signer.refresh_from_db()
    assert signer.post == tenure.post


def test_a_post_not_held_that_day_is_refused():
    tenure = TenureFactory(since="2023")
    signer = GoldenBookSigner(
        entry=GoldenBookEntryFactory(on="2022-05-01"), person=tenure.person, post=tenure.post
    )

    assert list(refusal_of(signer)) == ["post"]


def test_a_page_is_signed_once_by_each():
    signer = GoldenBookSignerFactory()
    GoldenBookSignerFactory(entry=signer.entry, person=PersonFactory())

    assert refusal_of(GoldenBookSigner(entry=signer.entry, person=signer.person)) == {
        "person": ["This person has signed this page already."]
    }


def test_an_entry_is_named_by_what_is_known():
    city = CityFactory(name_de="Linz")

    assert str(GoldenBookEntryFactory(city=city)) == "Linz"
    assert str(GoldenBookEntryFactory(city=city, on="2022-05", occasion_text="Besuch aus Izmir")) == (
        "Linz, May 2022, Besuch aus Izmir"
    )
