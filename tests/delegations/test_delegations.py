import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.utils import translation

from contacts.dates import PartialDate
from delegations.models import Delegation, Participant, Stop
from delegations.models.delegations import Bench
from tests.factories import (
    CityFactory,
    DelegationFactory,
    DelegationPartnerFactory,
    OrganisationFactory,
    ParticipantFactory,
    PersonFactory,
    PostFactory,
    ProgrammeItemFactory,
    StopFactory,
    TenureFactory,
)

TODAY = datetime.date(2024, 10, 13)
OUTSIDE = "This lies outside the dates of the visit. Correct the stop or the visit."

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def refusal_of(row):
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    return refusal.value.message_dict


# --- dates of visit and stops, from both sides ---


def test_a_visit_may_have_no_dates_and_no_city():
    Delegation(title="Reise", direction="outbound").full_clean()


@pytest.mark.parametrize(
    ("visit", "stop", "fields"),
    [
        (("2024-10-13", "2024-10-18"), ("2024-10-13", "2024-10-18"), []),
        (("2024-10-13", "2024-10-18"), ("2024-10-12", "2024-10-14"), ["arrives_on"]),
        (("2024-10-13", "2024-10-18"), ("2024-10-15", "2024-10-19"), ["departs_on"]),
        (("2024-10-13", "2024-10-18"), ("2024-10-01", "2024-10-31"), ["arrives_on", "departs_on"]),
        (("2024-10-13", "2024-10-18"), ("2024-10", "2024"), []),
        (("2024-10-13", "2024-10-18"), ("2024-11", None), ["arrives_on"]),
        (("2024-10", "2024-10"), ("2024-10-31", None), []),
        (("2024-10-13", None), ("2025-01-01", None), []),
        ((None, None), ("2025-01-01", "2025-01-02"), []),
        (("2024-10-13", "2024-10-18"), (None, None), []),
    ],
)
def test_a_stop_lies_within_its_visit(visit, stop, fields):
    delegation = DelegationFactory(starts_on=visit[0], ends_on=visit[1])
    stop = Stop(delegation=delegation, city=CityFactory(), arrives_on=stop[0], departs_on=stop[1])

    if fields:
        assert refusal_of(stop) == {field: [OUTSIDE] for field in fields}
    else:
        stop.full_clean()


@pytest.mark.parametrize(
    ("dates", "refused"),
    [
        ({"starts_on": "2024-10-15"}, {"starts_on": ["“Seoul” would lie outside. Move it first."]}),
        ({"ends_on": "2024-10-14"}, {"ends_on": ["“Seoul” would lie outside. Move it first."]}),
        (
            {"starts_on": "2024-10-14", "ends_on": "2024-10-16"},
            {"ends_on": ["“Empfang” would lie outside. Move it first."]},
        ),
    ],
)
def test_a_visit_does_not_leave_its_stops_and_programme_outside(dates, refused):
    delegation = DelegationFactory(starts_on="2024-10-13", ends_on="2024-10-18")
    seoul = CityFactory(name_de="Seoul", country="KR")
    StopFactory(delegation=delegation, city=seoul, arrives_on="2024-10-14", departs_on="2024-10-15")
    ProgrammeItemFactory(delegation=delegation, title="Empfang", on="2024-10-17")
    for field, day in dates.items():
        setattr(delegation, field, day)

    assert refusal_of(delegation) == refused


def test_a_form_with_the_stops_checks_them_itself():
    delegation = DelegationFactory(starts_on="2024-10-13", ends_on="2024-10-18")
    StopFactory(delegation=delegation, arrives_on="2024-10-14")
    delegation.starts_on = "2024-10-15"
    delegation.checks_parts = False

    delegation.full_clean()


def test_stops_follow_one_another_as_entered_and_can_be_swapped():
    delegation = DelegationFactory()
    first = StopFactory(delegation=delegation, order=None)
    second = StopFactory(delegation=delegation, order=None)
    assert [first.order, second.order] == [1, 2]

    first.order, second.order = 2, 1
    for stop in (first, second):
        stop.full_clean()
        stop.save()

    assert list(delegation.stops.all()) == [second, first]


def test_a_stop_with_a_programme_stays_at_its_visit():
    item = ProgrammeItemFactory()
    stop = StopFactory(delegation=item.delegation)
    item.stop = stop
    item.save()
    stop.delegation = DelegationFactory()

    assert refusal_of(stop) == {"delegation": ["This stop has a programme at its visit."]}


# --- verbs ---


def test_a_visit_put_off_takes_stops_and_programme_along():
    delegation = DelegationFactory(starts_on="2024-10-13", ends_on="2024-10-18")
    stop = StopFactory(delegation=delegation, arrives_on="2024-10-13", departs_on="2024-10-15")
    item = ProgrammeItemFactory(delegation=delegation, stop=stop, on="2024-10-14", starts_at="10:00")

    delegation.postpone(starts_on=PartialDate(2025, 3, 30), ends_on=PartialDate(2025, 4, 4))

    for row in (delegation, stop, item):
        row.refresh_from_db()
    assert (delegation.state, str(delegation.starts_on), str(delegation.ends_on)) == (
        "planned",
        "2025-03-30",
        "2025-04-04",
    )
    assert (str(stop.arrives_on), str(stop.departs_on)) == ("2025-03-30", "2025-04-01")
    assert (str(item.on), item.starts_at) == ("2025-03-31", datetime.time(10))


def test_a_visit_put_off_until_nobody_knows_when_has_no_dates():
    delegation = DelegationFactory(starts_on="2024-10-13", ends_on="2024-10-18")
    stop = StopFactory(delegation=delegation, arrives_on="2024-10-13")
    item = ProgrammeItemFactory(delegation=delegation, on="2024-10-14", starts_at="10:00", ends_at="11:00")

    delegation.postpone()

    for row in (delegation, stop, item):
        row.refresh_from_db()
    assert (delegation.state, delegation.starts_on, delegation.ends_on) == ("postponed", None, None)
    assert (stop.arrives_on, item.on, item.starts_at, item.ends_at) == (None, None, None, None)


def test_a_visit_put_off_to_a_time_that_does_not_fit_stays_as_it_was():
    delegation = DelegationFactory(starts_on="2024-10-13", ends_on="2024-10-18")
    stop = StopFactory(delegation=delegation, arrives_on="2024-10-18")

    with pytest.raises(ValidationError):
        delegation.postpone(starts_on=PartialDate(2025, 3, 30), ends_on=PartialDate(2025, 3, 31))

    stop.refresh_from_db()
    assert str(stop.arrives_on) == "2024-10-18"
    assert Delegation.objects.get().state == "planned"


@pytest.mark.parametrize(("verb", "state"), [("complete", "completed"), ("cancel", "cancelled")])
def test_verbs_change_the_state(verb, state):
    delegation = DelegationFactory()

    getattr(delegation, verb)()

    assert Delegation.objects.get().state == state


# --- lists ---


def test_lists_of_visits():
    coming = DelegationFactory(title="coming", state="confirmed", starts_on="2024-10-13")
    month = DelegationFactory(title="this month", state="planned", starts_on="2024-10")
    DelegationFactory(title="begun", state="planned", starts_on="2024-10-12")
    DelegationFactory(title="called off", state="cancelled", starts_on="2024-12-01")
    DelegationFactory(title="undated", state="planned")
    done = DelegationFactory(title="done", state="completed", starts_on="2023", report="Gut.")

    assert set(Delegation.objects.coming(TODAY)) == {coming, month}
    assert list(Delegation.objects.took_place()) == [done]
    assert done not in Delegation.objects.without_report()


def test_benches_are_kept_in_their_order():
    delegation = DelegationFactory(benches=["business", "politics"])
    delegation.full_clean()
    delegation.save()

    delegation.refresh_from_db()
    assert delegation.benches == [Bench.POLITICS, Bench.BUSINESS]


def test_a_partner_has_a_role_once():
    partner = DelegationPartnerFactory(role="Veranstalter")
    again = DelegationPartnerFactory.build(
        delegation=partner.delegation, organisation=partner.organisation, role="Veranstalter"
    )

    assert refusal_of(again) == {"organisation": ["This organisation is a partner of the visit already."]}


# --- participants ---


def mayor(since="2014", until=None):
    return TenureFactory(post__is_head_of_city=True, since=since, until=until)


def test_the_post_of_the_day_is_filled_in_and_stays_for_ever():
    tenure = mayor()
    delegation = DelegationFactory(starts_on="2024-10-13")

    participant = ParticipantFactory(delegation=delegation, person=tenure.person)
    assert participant.post == tenure.post

    tenure.until = "2025-10-31"
    tenure.save()
    TenureFactory(person=tenure.person, since="2025-11-01")
    participant.note = "Dankschreiben"
    participant.full_clean()
    participant.save()

    assert Participant.objects.get().post == tenure.post


def test_the_post_of_a_former_mayor_is_that_of_the_old_visit():
    tenure = mayor(until="2019")

    participant = ParticipantFactory(
        delegation=DelegationFactory(starts_on="2018-05-02"), person=tenure.person
    )

    assert participant.post == tenure.post


@pytest.mark.parametrize("starts_on", [None, "2024", "2024-10"])
def test_no_post_is_guessed_while_the_day_is_not_known(starts_on):
    participant = ParticipantFactory(delegation=DelegationFactory(starts_on=starts_on), person=mayor().person)

    assert participant.post is None


def test_the_post_is_filled_in_when_the_day_becomes_known():
    tenure = mayor()
    delegation = DelegationFactory(starts_on="2024-10")
    participant = ParticipantFactory(delegation=delegation, person=tenure.person)

    delegation.starts_on = "2024-10-13"
    delegation.save()

    participant.refresh_from_db()
    assert participant.post == tenure.post


def test_a_post_taken_out_on_purpose_is_not_filled_in_again():
    delegation = DelegationFactory(starts_on="2024-10-13")
    participant = ParticipantFactory(delegation=delegation, person=mayor().person)
    participant.post = None
    participant.save()

    delegation.starts_on = "2024-10-14"
    delegation.save()

    assert Participant.objects.get().post is None


def test_the_day_of_a_participant_is_that_of_the_stop():
    delegation = DelegationFactory(starts_on="2024-10-13", ends_on="2024-10-18")
    stop = StopFactory(delegation=delegation, arrives_on="2024-10-16")
    earlier, later = mayor(until="2024-10-15"), TenureFactory(since="2024-10-16")
    later.person = earlier.person
    later.save()

    participant = ParticipantFactory(delegation=delegation, person=earlier.person, stop=stop)

    assert participant.post == later.post


def test_a_post_not_held_that_day_is_refused():
    tenure = mayor(until="2019")
    participant = Participant(
        delegation=DelegationFactory(starts_on="2024-10-13"), person=tenure.person, post=tenure.post
    )

    assert list(refusal_of(participant)) == ["post"]


def test_a_participant_is_a_person_a_body_or_a_group():
    delegation = DelegationFactory()

    Participant(delegation=delegation, group="Fachleute").full_clean()
    Participant(delegation=delegation, organisation=OrganisationFactory()).full_clean()
    assert refusal_of(Participant(delegation=delegation)) == {
        "person": ["Say who takes part: a person, an organisation, or a group."]
    }


def test_a_person_takes_part_in_a_role_once():
    participant = ParticipantFactory(role="member")
    again = Participant(delegation=participant.delegation, person=participant.person, role="member")

    assert refusal_of(again) == {"person": ["This person takes part in this role already."]}
    again.role = "speaker"
    again.full_clean()


def test_groups_without_names_may_be_alike():
    participant = ParticipantFactory(person=None, group="Fachleute")

    Participant(delegation=participant.delegation, group="Fachleute").full_clean()


def test_the_stop_of_a_participant_is_one_of_the_visit():
    participant = ParticipantFactory.build(
        delegation=DelegationFactory(), person=PersonFactory(), stop=StopFactory()
    )

    assert refusal_of(participant) == {"stop": ["That stop is of another visit. Choose one of this visit."]}


@pytest.mark.parametrize(
    ("who", "label"),
    [
        ({"group": "Fachleute"}, "Fachleute"),
        ({"organisation": {"title": "AIMMO"}}, "AIMMO"),
        (
            {"person": {"given_names": "Ada", "family_name": "Erste"}, "post": "Amtsleiterin"},
            "Ada Erste, Amtsleiterin",
        ),
    ],
)
def test_a_participant_is_shown_with_the_post(who, label):
    participant = Participant(delegation=DelegationFactory(), group=who.get("group", ""))
    if "organisation" in who:
        participant.organisation = OrganisationFactory(**who["organisation"])
    if "person" in who:
        participant.person = PersonFactory(**who["person"])
        participant.post = PostFactory(title_de=who["post"])

    assert str(participant) == label


def test_who_took_part_cannot_be_deleted():
    participant = ParticipantFactory()

    with pytest.raises(ProtectedError):
        participant.person.delete()
