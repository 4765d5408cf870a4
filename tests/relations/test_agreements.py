import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from contacts.dates import PartialDate
from relations.models import Agreement, CouncilDecision, Signature
from tests.factories import (
    AgreementFactory,
    CouncilDecisionFactory,
    PersonFactory,
    SignatureFactory,
    TenureFactory,
)

TODAY = datetime.date(2026, 3, 1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def refusal_of(row):
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return refusal.value.message_dict


def test_an_agreement_ends_after_it_begins():
    assert refusal_of(
        Agreement(title="Charta", valid_from=TODAY, valid_until=datetime.date(2026, 2, 28))
    ) == {"valid_until": ["The agreement would end before it begins. Correct one of the two dates."]}


@pytest.mark.parametrize("facts", [{"notice_days": 90}, {"renews_by_months": 12}])
def test_notice_and_renewal_need_an_end(facts):
    assert refusal_of(Agreement(title="Charta", **facts)) == {
        "valid_until": ["Notice and renewal need an end. Say until when the agreement is valid."]
    }


def test_a_renewal_lasts_a_month_at_least():
    assert refusal_of(Agreement(title="Charta", valid_until=TODAY, renews_by_months=0)) == {
        "renews_by_months": ["A renewal lasts at least one month."]
    }


@pytest.mark.parametrize(
    ("state", "fits"),
    [
        ("draft", False),
        ("negotiated", False),
        ("with_council", False),
        ("signed", True),
        ("expired", True),
        ("terminated", True),
    ],
)
def test_a_day_of_signing_means_signed(state, fits):
    agreement = Agreement(title="Charta", state=state, signed_on="1989-11-17")

    if fits:
        agreement.full_clean()
    else:
        assert refusal_of(agreement) == {
            "state": ["An agreement with a day of signing is signed. Correct the state or the day."]
        }
        with pytest.raises(ValidationError):
            agreement.save()


def test_signing_and_terminating():
    agreement = AgreementFactory()

    agreement.sign(on=PartialDate(1989, 11, 17), place="Berlin")
    agreement.refresh_from_db()
    assert (agreement.state, str(agreement.signed_on), agreement.place) == ("signed", "1989-11-17", "Berlin")

    agreement.terminate()
    assert Agreement.objects.get().state == "terminated"


def test_an_agreement_may_be_signed_on_a_day_nobody_knows():
    agreement = AgreementFactory()

    agreement.sign()

    assert (Agreement.objects.get().state, Agreement.objects.get().signed_on) == ("signed", None)


def test_in_force_are_signed_agreements_with_an_end():
    agreement = AgreementFactory(state="signed", valid_until=TODAY)
    AgreementFactory(state="signed")
    AgreementFactory(state="draft", valid_until=TODAY)
    AgreementFactory(state="terminated", valid_until=TODAY)

    assert list(Agreement.objects.in_force()) == [agreement]


@pytest.mark.parametrize(
    ("valid_until", "months", "today", "ends"),
    [
        (None, None, "2026-03-01", None),
        ("2026-12-31", None, "2026-03-01", "2026-12-31"),
        ("2020-12-31", None, "2026-03-01", "2020-12-31"),
        ("2020-12-31", 12, "2026-03-01", "2026-12-31"),
        ("2026-03-01", 12, "2026-03-01", "2026-03-01"),
        ("2026-02-28", 12, "2026-03-01", "2027-02-28"),
        ("2024-01-31", 1, "2026-02-28", "2026-02-28"),
        ("2024-01-31", 1, "2026-03-01", "2026-03-31"),
        ("2024-02-29", 12, "2026-03-01", "2027-02-28"),
        ("2024-02-29", 12, "2028-01-01", "2028-02-29"),
    ],
)
def test_silent_renewals_are_counted(valid_until, months, today, ends):
    agreement = AgreementFactory(valid_until=valid_until, renews_by_months=months)
    agreement.refresh_from_db()

    end = agreement.term_ends_on(datetime.date.fromisoformat(today))

    assert (end.isoformat() if end else None) == ends


@pytest.mark.parametrize(
    ("notice", "months", "today", "by"),
    [
        (None, None, "2026-03-01", "2026-12-31"),
        (90, None, "2026-03-01", "2026-10-02"),
        (90, None, "2026-11-01", "2026-10-02"),
        (90, 12, "2026-10-02", "2026-10-02"),
        (90, 12, "2026-10-03", "2027-10-02"),
        (0, 12, "2026-12-31", "2026-12-31"),
    ],
)
def test_the_last_day_to_give_notice(notice, months, today, by):
    agreement = AgreementFactory(valid_until="2026-12-31", notice_days=notice, renews_by_months=months)
    agreement.refresh_from_db()

    assert agreement.deadline(datetime.date.fromisoformat(today)).isoformat() == by


# --- signatures ---


def test_who_signed_keeps_the_post_of_that_day():
    tenure = TenureFactory(since="1984", until="1991")
    agreement = AgreementFactory(state="signed", signed_on="1989-11-17")

    signature = SignatureFactory(agreement=agreement, person=tenure.person)

    assert (signature.day, signature.post) == (datetime.date(1989, 11, 17), tenure.post)


def test_a_signature_may_have_a_day_of_its_own():
    tenure = TenureFactory(since="1990")
    agreement = AgreementFactory(state="signed", signed_on="1989-11-17")

    signature = SignatureFactory(agreement=agreement, person=tenure.person, on=datetime.date(1990, 5, 1))

    assert signature.post == tenure.post


def test_the_posts_of_the_signers_are_filled_in_when_the_day_becomes_known():
    tenure = TenureFactory(since="1984")
    signature = SignatureFactory(person=tenure.person)
    assert signature.post is None

    signature.agreement.sign(on=PartialDate(1989, 11, 17))

    signature.refresh_from_db()
    assert signature.post == tenure.post


def test_a_post_not_held_on_the_day_of_signing_is_refused():
    tenure = TenureFactory(since="1991")
    agreement = AgreementFactory(state="signed", signed_on="1989-11-17")

    assert list(refusal_of(Signature(agreement=agreement, person=tenure.person, post=tenure.post))) == [
        "post"
    ]


def test_a_person_signs_once():
    signature = SignatureFactory()
    SignatureFactory(agreement=signature.agreement, person=PersonFactory())

    assert refusal_of(Signature(agreement=signature.agreement, person=signature.person)) == {
        "person": ["This person has signed this agreement already."]
    }


# --- council decisions ---


def test_a_decision_is_named_by_what_is_known():
    assert str(CouncilDecisionFactory(body="Rat der Stadt Duisburg")) == "Rat der Stadt Duisburg"
    assert str(CouncilDecisionFactory(body="Rat", number="05/123", on="2005-03-14")) == (
        "Rat, 05/123, 14 Mar 2005"
    )


def test_a_decision_is_found_by_body_and_day():
    decision = CouncilDecisionFactory(body="Rat", on="2005-03-14")
    CouncilDecisionFactory(body="Rat", on="2005-03-15")

    assert CouncilDecision.objects.get_by_natural_key("Rat", "2005-03-14") == decision
