import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from delegations.models import Outcome, ProgrammeItem
from tests.factories import (
    CityFactory,
    DelegationFactory,
    OutcomeFactory,
    ParticipantFactory,
    PersonFactory,
    ProgrammeItemFactory,
    StopFactory,
)

OUTSIDE = "This lies outside the dates of the visit or of its stop. Correct the item or the stop."

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def refusal_of(row):
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return refusal.value.message_dict


def item(**facts):
    facts.setdefault("delegation", None)
    facts["delegation"] = facts["delegation"] or DelegationFactory()
    return ProgrammeItem(**{"title": "Gespräch", "kind": "talk", **facts})


# --- dates ---


def test_an_item_may_have_neither_day_nor_stop():
    item().full_clean()


@pytest.mark.parametrize(
    ("on", "fits"),
    [
        ("2024-10-13", True),
        ("2024-10", True),
        ("2024-10-12", False),
        ("2024-10-19", False),
        ("2024-09", False),
        ("2025", False),
    ],
)
def test_an_item_lies_within_its_visit(on, fits):
    row = item(delegation=DelegationFactory(starts_on="2024-10-13", ends_on="2024-10-18"), on=on)

    if fits:
        row.full_clean()
    else:
        assert refusal_of(row) == {"on": [OUTSIDE]}


def test_an_item_lies_within_its_stop():
    stop = StopFactory(arrives_on="2024-10-13", departs_on="2024-10-15")

    assert refusal_of(item(delegation=stop.delegation, stop=stop, on="2024-10-16")) == {"on": [OUTSIDE]}


@pytest.mark.parametrize(
    ("dates", "field"),
    [({"arrives_on": "2024-10-15"}, "arrives_on"), ({"departs_on": "2024-10-13"}, "departs_on")],
)
def test_a_stop_does_not_leave_its_items_outside(dates, field):
    stop = StopFactory(arrives_on="2024-10-13", departs_on="2024-10-15")
    ProgrammeItemFactory(delegation=stop.delegation, stop=stop, title="Empfang", on="2024-10-14")
    for name, day in dates.items():
        setattr(stop, name, day)

    assert refusal_of(stop) == {field: ["“Empfang” would lie outside. Move it first."]}


@pytest.mark.parametrize("on", [None, "2024", "2024-10"])
def test_a_time_needs_a_day(on):
    row = item(on=on, starts_at=datetime.time(10))

    assert refusal_of(row) == {"on": ["A time needs a day. Say on which day the item begins."]}
    with pytest.raises(ValidationError):
        row.save()


def test_a_timed_item_of_a_known_day_is_fine():
    item(on="2024-10-14", starts_at=datetime.time(22), ends_at=datetime.time(1)).full_clean()


def test_an_end_needs_a_beginning():
    assert refusal_of(item(on="2024-10-14", ends_at=datetime.time(10))) == {
        "starts_at": ["An end needs a beginning. Say when the item begins."]
    }


def test_the_stop_of_an_item_is_one_of_the_visit():
    assert refusal_of(item(stop=StopFactory())) == {
        "stop": ["That stop is of another visit. Choose one of this visit."]
    }


def test_times_are_local_to_the_city_of_the_stop():
    stop = StopFactory(city=CityFactory(timezone="Asia/Seoul"))

    assert str(ProgrammeItemFactory(delegation=stop.delegation, stop=stop).zone) == "Asia/Seoul"
    assert ProgrammeItemFactory().zone is None
    assert (
        ProgrammeItemFactory(delegation=stop.delegation, stop=StopFactory(delegation=stop.delegation)).zone
        is None
    )


def test_people_of_another_visit_neither_receive_nor_attend():
    row, own, other = ProgrammeItemFactory(), ParticipantFactory(), ParticipantFactory()
    row.delegation = own.delegation

    row.clean_many({"hosts": [own], "attendees": []})
    with pytest.raises(ValidationError) as refusal:
        row.clean_many({"hosts": [own], "attendees": [own, other]})

    assert refusal.value.message_dict == {
        "attendees": ["Somebody here takes part in another visit. Choose participants of this one."]
    }


# --- order and state ---


def test_items_follow_one_another_as_entered_and_can_be_swapped():
    first = ProgrammeItemFactory(order=None)
    second = ProgrammeItemFactory(delegation=first.delegation, order=None)
    assert [first.order, second.order] == [1, 2]

    first.order, second.order = 2, 1
    for row in (first, second):
        row.full_clean()
        row.save()

    assert list(first.delegation.programme.all()) == [second, first]


@pytest.mark.parametrize(("verb", "state"), [("mark_took_place", "took_place"), ("cancel", "cancelled")])
def test_verbs_change_the_state(verb, state):
    row = ProgrammeItemFactory()

    getattr(row, verb)()

    assert ProgrammeItem.objects.get().state == state


# --- who met whom for the first time ---


def meeting(host, guest, on=None, **facts):
    """The host receives the guest, on a visit of their own unless one is given."""
    row = ProgrammeItemFactory(on=on, **facts)
    for person, side, people in ((host, "host", row.hosts), (guest, "delegation", row.attendees)):
        existing = row.delegation.participants.filter(person=person).first()
        people.add(existing or ParticipantFactory(delegation=row.delegation, person=person, side=side))
    return row


@pytest.fixture
def hu():
    return PersonFactory(given_names="Henghua", family_name="Hu")


@pytest.fixture
def keller():
    return PersonFactory(given_names="Stephan", family_name="Keller")


def first_meeting(row):
    annotated = ProgrammeItem.objects.with_first_meeting().get(pk=row.pk)
    assert annotated.is_first_meeting is row.is_first_meeting
    return annotated.is_first_meeting


def test_a_first_meeting_is_one_without_an_earlier_one(hu, keller):
    first, second = meeting(hu, keller, "2024-10-16"), meeting(hu, keller, "2025-05-02")

    assert (first_meeting(first), first_meeting(second)) == (True, False)


def test_people_who_change_sides_have_met(hu, keller):
    meeting(keller, hu, "2023-05-02")

    assert first_meeting(meeting(hu, keller, "2024-10-16")) is False


def test_meeting_someone_else_is_no_earlier_meeting(hu, keller):
    meeting(hu, PersonFactory(), "2023-05-02")
    meeting(PersonFactory(), keller, "2023-05-02")

    assert first_meeting(meeting(hu, keller, "2024-10-16")) is True


def test_a_meeting_that_was_cancelled_is_none(hu, keller):
    meeting(hu, keller, "2023-05-02", state="cancelled")

    assert first_meeting(meeting(hu, keller, "2024-10-16")) is True


def test_the_day_is_that_of_the_stop_or_of_the_visit_where_the_item_has_none(hu, keller):
    stop = StopFactory(arrives_on="2024-10-16", delegation=DelegationFactory(starts_on="2024-10-13"))
    at_the_stop = meeting(hu, keller, delegation=stop.delegation, stop=stop)
    meeting(hu, keller, "2024-10-17")
    assert first_meeting(at_the_stop) is True

    meeting(hu, keller, delegation=DelegationFactory(starts_on="2024-10-15"))
    assert first_meeting(at_the_stop) is False


def test_nobody_knows_without_names_or_without_a_day(hu, keller):
    unnamed = ProgrammeItemFactory(on="2024-10-16")
    unnamed.hosts.add(ParticipantFactory(delegation=unnamed.delegation, person=None, group="Fachleute"))
    unnamed.attendees.add(ParticipantFactory(delegation=unnamed.delegation, person=keller))

    assert first_meeting(unnamed) is None
    assert first_meeting(meeting(hu, keller)) is None


@pytest.mark.parametrize("on", [None, "2024", "2024-10", "2024-10-16"])
def test_nobody_knows_where_another_meeting_may_have_been_before(hu, keller, on):
    meeting(hu, keller, on)

    assert first_meeting(meeting(hu, keller, "2024-10-16")) is None


def test_on_one_visit_the_order_of_the_programme_decides(hu, keller):
    morning = meeting(hu, keller, "2024-10-16", order=1)
    evening = meeting(hu, keller, "2024-10-16", order=2, delegation=morning.delegation)

    assert (first_meeting(morning), first_meeting(evening)) == (True, False)


def test_lists_tell_first_meetings_in_one_query(hu, keller, django_assert_num_queries):
    meeting(hu, keller, "2024-10-16")
    meeting(hu, keller, "2025-05-02")

    with django_assert_num_queries(1):
        told = [row.is_first_meeting for row in ProgrammeItem.objects.with_first_meeting().order_by("on")]

    assert told == [True, False]


# --- outcomes ---


def test_an_outcome_belongs_to_an_item_of_its_visit():
    outcome = Outcome(
        delegation=DelegationFactory(), programme_item=ProgrammeItemFactory(), text="Ausstellung"
    )

    assert refusal_of(outcome) == {"programme_item": ["That item is of another visit."]}


def test_a_long_outcome_is_cut_in_lists():
    assert len(str(OutcomeFactory(text="a" * 200))) == 80
