import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.utils import translation

from delegations.models import JubileeStep
from delegations.shipped import STEPS, ship
from tests.factories import FollowUpFactory, JubileeStepFactory, OccasionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shipped():
    ship(JubileeStep)
    with translation.override("en"):
        yield


def refusal_of(row):
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return refusal.value.message_dict


def test_nine_steps_come_with_the_house():
    found = [(step.key, str(step.offset), step.owner) for step in JubileeStep.objects.all()]

    assert found == [
        ("budget", "-P24M", "head"),
        ("invitation", "-P12M", "responsible"),
        ("decision", "-P9M", "responsible"),
        ("programme", "-P6M", "responsible"),
        ("travel", "-P3M", "responsible"),
        ("briefing", "-P4W", "responsible"),
        ("gifts", "-P1W", "responsible"),
        ("thanks", "P2W", "responsible"),
        ("report", "P6W", "responsible"),
    ]


def test_shipping_again_changes_nothing_that_is_there():
    step = JubileeStep.objects.get(key="budget")
    step.count, step.is_active = 18, False
    step.save()

    ship(JubileeStep)

    step.refresh_from_db()
    assert (step.count, step.is_active, JubileeStep.objects.count()) == (18, False, len(STEPS))


def test_each_shipped_step_keeps_the_rules_and_has_both_languages():
    for step in JubileeStep.objects.all():
        step.full_clean()
        assert set(step.title) == set(step.text) == {"de", "en"}


def test_a_changed_step_is_had_back_as_it_came():
    step = JubileeStep.objects.get(key="gifts")
    step.title, step.count, step.unit, step.side = {"de": "Anderes"}, 3, "days", "after"
    step.owner, step.is_active, step.order = "head", False, 40
    step.save()
    assert not step.is_as_shipped

    step.reset()

    step.refresh_from_db()
    assert step.is_as_shipped
    assert (str(step.offset), step.owner, step.is_active, step.order) == ("-P1W", "responsible", True, 7)


def test_an_own_step_has_nothing_to_be_reset_to():
    with pytest.raises(ValidationError, match="did not come with the house"):
        JubileeStepFactory().reset()


def test_a_shipped_step_is_switched_off_not_deleted():
    with pytest.raises(ValidationError, match="Switch it off instead"):
        JubileeStep.objects.get(key="budget").delete()


def test_an_own_step_is_deleted_unless_a_plan_has_it():
    JubileeStepFactory().delete()
    used = JubileeStepFactory()
    FollowUpFactory(occasion=OccasionFactory(), step=used, offset="-P6M")

    with pytest.raises(ProtectedError):
        used.delete()


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"title": {}}, {"title": ["This field cannot be blank."]}),
        (
            {"title": {"de": "x" * 301}},
            {"title": ["Say it in at most 300 letters; the rest belongs to the details."]},
        ),
        ({"count": 121}, {"count": ["Stay within ten years."]}),
        ({"count": 521, "unit": "weeks"}, {"count": ["Stay within ten years."]}),
        ({"count": 3661, "unit": "days"}, {"count": ["Stay within ten years."]}),
    ],
)
def test_a_step_keeps_the_rules(facts, refusal):
    assert refusal_of(JubileeStepFactory.build(**facts)) == refusal


def test_a_step_speaks_the_language_asked_for_else_that_of_the_house_else_any():
    step = JubileeStepFactory(title={"de": "Dank", "en": "Thanks"}, text={"tr": "Not"})

    assert (step.title_in("en"), step.title_in("tr"), step.title_in(None)) == ("Thanks", "Dank", "Dank")
    assert step.text_in("de") == "Not"
    assert str(step) == "Thanks"
