import datetime
import threading

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import translation

from contacts.dates import PartialDate
from contacts.models import Office
from delegations import jubilee
from delegations.models import FollowUp, JubileeStep
from delegations.shipped import ship
from relations.models import Occasion
from tests.factories import (
    CityFactory,
    FollowUpFactory,
    HomeCityFactory,
    JubileeStepFactory,
    OccasionFactory,
    PartnershipFactory,
    UserFactory,
)

TODAY = datetime.date(2026, 11, 26)
COUNTED = [
    *("2027-11-17", "2028-11-17", "2029-02-17", "2029-05-17", "2029-08-17", "2029-10-20", "2029-11-10"),
    *("2029-12-01", "2029-12-29"),
]
BUDGET, INVITATION, DECISION = 0, 1, 2

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shipped(db):
    """A test that commits for real leaves an empty database behind, without the rows of the migrations."""
    ship(JubileeStep)
    with translation.override("en"):
        yield


@pytest.fixture
def nora():
    return UserFactory(first_name="Nora", last_name="Beispiel", language="de")


@pytest.fixture
def head():
    office = Office.current()
    office.head_group = Group.objects.create(name="heads of the tests")
    office.save()
    head = UserFactory(first_name="Hanno", last_name="Mustermann", language="en")
    head.groups.add(office.head_group)
    return head


@pytest.fixture
def tie(nora):
    return tie_of("1989-11-17", responsible=nora)


def tie_of(founded, **facts):
    return PartnershipFactory(
        home=HomeCityFactory(name_de="Berlin"),
        partner=CityFactory(name_de="Istanbul"),
        founded=founded,
        **facts,
    )


def steps(occasion):
    return list(FollowUp.objects.of_plan([occasion]))


def days(occasion):
    return [str(row.due_on) if row.due_on else None for row in steps(occasion)]


def refusal_of(call, *args, **kwargs):
    with pytest.raises(ValidationError) as refusal:
        call(*args, **kwargs)
    return {
        field: [(error.code, *error.messages) for error in errors]
        for field, errors in refusal.value.error_dict.items()
    }


# --- beginning a plan ---


def test_a_plan_is_an_occasion_with_its_checklist(tie):
    occasion = jubilee.plan(tie, years=40, today=TODAY)

    assert (occasion.partnership, occasion.years, occasion.state) == (tie, 40, "planned")
    assert days(occasion) == COUNTED
    assert [(row.planned_on, row.state, row.occasion) for row in steps(occasion)] == [
        (PartialDate.parse(day), "open", occasion) for day in COUNTED
    ]


def test_without_years_the_next_round_anniversary_is_planned(tie):
    assert jubilee.plan(tie, today=TODAY).years == 40


def test_steps_are_in_the_charge_of_whoever_is_responsible_for_the_tie(tie, nora):
    occasion = jubilee.plan(tie, today=TODAY)

    answering = FollowUp.objects.of_plan([occasion]).with_responsible().values_list("answering", flat=True)
    assert set(answering) == {nora.pk}
    other = UserFactory()
    tie.responsible = other
    tie.save()
    answering = FollowUp.objects.of_plan([occasion]).with_responsible().values_list("answering", flat=True)
    assert set(answering) == {other.pk}


def test_a_step_of_the_head_is_in_the_charge_of_the_head(tie, head):
    rows = steps(jubilee.plan(tie, today=TODAY))

    assert [row.assignee for row in rows] == [head, *[None] * 8]


def test_a_step_speaks_the_language_of_whoever_is_in_charge(tie, head):
    rows = steps(jubilee.plan(tie, today=TODAY))

    assert [rows[BUDGET].title, rows[INVITATION].title] == [
        "Settle budget and theme",
        "Einladung aussprechen und Termin abstimmen",
    ]


def test_clicking_twice_makes_one_plan(tie):
    first, second = jubilee.plan(tie, today=TODAY), jubilee.plan(tie, today=TODAY)

    assert first == second
    assert (Occasion.objects.count(), FollowUp.objects.count()) == (1, 9)


def test_the_database_keeps_a_step_from_coming_twice(tie):
    row = steps(jubilee.plan(tie, today=TODAY))[0]
    twin = FollowUp(title="Noch einmal", occasion=row.occasion, step=row.step, offset=row.offset)

    assert refusal_of(twin.save) == {
        "occasion": [("planned", "The plan of this anniversary has this step already.")]
    }


@pytest.mark.parametrize(
    "facts",
    [{"offset": "-P6M"}, {"planned_on": "2027"}, {"offset": "-P6M", "step": True}, {"step": True}],
)
def test_a_step_of_a_plan_has_all_that_makes_it_one(facts):
    if "step" in facts:
        facts = facts | {"step": JubileeStepFactory()}

    assert "occasion" in refusal_of(FollowUp(title="Halb", **facts).full_clean)


@pytest.mark.django_db(transaction=True)
def test_two_who_click_at_once_make_one_plan():
    tie, occasions, faults = tie_of("1989-11-17"), [], []

    def click(together):
        try:
            together.wait()
            occasions.append(jubilee.plan(tie, years=40, today=TODAY).pk)
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    for _round in range(5):
        FollowUp.objects.all().delete()
        Occasion.objects.all().delete()
        occasions.clear()
        together = threading.Barrier(3, timeout=30)
        clerks = [threading.Thread(target=click, args=[together]) for _number in range(3)]
        for clerk in clerks:
            clerk.start()
        for clerk in clerks:
            clerk.join()
        assert faults == []
        assert len(set(occasions)) == 1
        assert (Occasion.objects.count(), FollowUp.objects.count()) == (1, 9)


def test_an_occasion_on_record_is_planned_from_its_own_date(tie):
    occasion = OccasionFactory(partnership=tie, years=40, celebrated_from="2029-06-01")

    assert jubilee.plan_for(occasion, today=TODAY) == occasion
    assert days(occasion)[:2] == ["2027-06-01", "2028-06-01"]


def test_what_follows_is_counted_from_the_last_day(tie):
    occasion = OccasionFactory(
        partnership=tie, years=40, celebrated_from="2029-06-01", celebrated_until="2029-12-01"
    )
    jubilee.plan_for(occasion, today=TODAY)

    assert days(occasion)[-2:] == ["2029-12-15", "2030-01-12"]


@pytest.mark.parametrize(
    ("founded", "years", "found"),
    [
        ("2004-05", 25, ["2027-05", "2028-05", "2028-08", "2028-11", "2029-02", "2029-04", "2029-04"]),
        ("1990", 40, ["2028-01", "2029-01", "2029-04", "2029-07", "2029-10", "2029-12", "2029-12"]),
        ("2004-02-29", 25, ["2027-02-28", "2028-02-28", "2028-05-28", "2028-08-28", "2028-11-28"]),
        ("2008-02-29", 20, ["2026-12-10", "2027-02-28", "2027-05-29", "2027-08-29", "2027-11-29"]),
    ],
)
def test_a_founding_known_to_the_month_or_on_29_february_is_counted_honestly(founded, years, found):
    occasion = jubilee.plan(tie_of(founded), years=years, today=TODAY)

    assert days(occasion)[: len(found)] == found


def test_steps_switched_off_are_left_out_and_own_ones_stand_in_time(tie):
    JubileeStep.objects.filter(key="travel").update(is_active=False)
    JubileeStepFactory(title={"de": "Presse einladen"}, count=2, unit="months")
    rows = steps(jubilee.plan(tie, today=TODAY))

    assert [row.title for row in rows][4:6] == ["Presse einladen", "Briefing entwerfen"]
    assert [str(row.due_on) for row in rows][4:6] == ["2029-09-17", "2029-10-20"]


def test_changing_the_template_changes_no_plan_that_runs(tie):
    occasion = jubilee.plan(tie, today=TODAY)
    step = JubileeStep.objects.get(key="budget")
    step.title, step.count = {"de": "Anderes"}, 36
    step.save()
    jubilee.move(occasion, celebrated_from=PartialDate(2029, 12, 17), today=TODAY)

    assert (steps(occasion)[BUDGET].title, days(occasion)[BUDGET]) == (
        "Budget und Motto festlegen",
        "2027-12-17",
    )


# --- refused, with a sentence ---


@pytest.mark.parametrize(
    ("events", "refusal"),
    [
        ([("council_decision", "1989")], "Berlin–Istanbul is only proposed. Enter the signing first."),
        ([("suspended", "2020")], "Berlin–Istanbul is suspended. Resume the tie first."),
        ([("ended", "2020")], "Berlin–Istanbul has ended. Its anniversaries are not counted any more."),
    ],
)
def test_ties_off_the_books_are_refused(tie, events, refusal):
    for kind, on in events:
        tie.events.create(kind=kind, on=on)

    found = refusal_of(jubilee.plan, tie, years=40, today=TODAY)

    assert [message for _code, message in found["status"]] == [refusal]
    assert not Occasion.objects.exists()


def test_a_tie_that_was_stepped_up_points_to_the_closer_one():
    tie = tie_of("1989-11-17", kind="friendship")
    tie.step_up(kind="partnership", founded=PartialDate(2000))

    assert refusal_of(jubilee.plan, tie, years=40, today=TODAY) == {
        "status": [
            (
                "stepped_up",
                "Berlin–Istanbul (friendship) was stepped up. Plan the jubilee of the closer tie: "
                "Berlin–Istanbul.",
            )
        ]
    }


def test_a_tie_without_a_founding_date_is_refused():
    assert refusal_of(jubilee.plan, tie_of(None), today=TODAY) == {
        "founded": [
            (
                "required",
                "Nobody has entered when Berlin–Istanbul was founded. Enter that first, at least the year.",
            )
        ]
    }


@pytest.mark.parametrize("years", [1, 5, 9, 11, 38])
def test_years_that_are_not_round_are_refused_with_the_next_that_are(tie, years):
    assert refusal_of(jubilee.plan, tie, years=years, today=TODAY) == {
        "years": [
            (
                "not_round",
                f"{years} is no round anniversary: those are every five years from the tenth on. "
                "The next one: 40 years, on 17 November 2029.",
            )
        ]
    }


@pytest.mark.parametrize("years", [40, 45, 50, 100])
def test_round_years_and_jubilees_are_planned(tie, years):
    assert jubilee.plan(tie, years=years, today=TODAY).years == years


def test_the_end_of_the_calendar_is_refused(tie):
    assert [code for code, _text in refusal_of(jubilee.plan, tie, years=8015, today=TODAY)["years"]] == [
        "too_far"
    ]


def test_what_is_over_is_refused(tie):
    assert refusal_of(jubilee.plan, tie, years=35, today=TODAY) == {
        "years": [
            (
                "over",
                "35 years Berlin–Istanbul was on 17 November 2024. "
                "If it is still to be celebrated, say when first.",
            )
        ]
    }
    assert not Occasion.objects.exists()


def test_what_is_celebrated_later_than_its_day_is_planned(tie):
    occasion = OccasionFactory(partnership=tie, years=35, celebrated_from="2027-05-04")

    assert len(steps(jubilee.plan_for(occasion, today=TODAY))) == 9


@pytest.mark.parametrize("state", ["celebrated", "skipped", "postponed"])
def test_an_occasion_that_is_not_to_be_planned_is_refused(tie, state):
    OccasionFactory(partnership=tie, years=40, state=state)

    assert [code for code, _text in refusal_of(jubilee.plan, tie, years=40, today=TODAY)["state"]] == [state]
    assert not FollowUp.objects.exists()


def test_without_a_step_in_use_there_is_no_plan(tie):
    JubileeStep.objects.update(is_active=False)

    assert [code for code, _text in refusal_of(jubilee.plan, tie, today=TODAY)["__all__"]] == ["no_steps"]


# --- begun late ---


def test_what_should_have_been_done_is_due_soon_all_at_once():
    occasion = jubilee.plan(tie_of("1987-08-20"), today=TODAY)

    # 40 years on 20 August 2027: 24, 12 and 9 months before have passed.
    assert days(occasion)[:5] == ["2026-12-10"] * 3 + ["2027-02-20", "2027-05-20"]
    said = [jubilee.began_late(row, today=TODAY) for row in steps(occasion)]
    assert said == [
        "should have been done on 20 August 2025, 15 months ago",
        "should have been done on 20 August 2026, 3 months ago",
        "should have been done on 20 November 2026, 6 days ago",
        *[""] * 6,
    ]


@pytest.mark.parametrize(
    ("founded", "soon"),
    [
        ("1986-12-30", "2026-12-02"),  # the briefing is due on the 2nd
        ("1986-12-05", "2026-11-28"),
        ("1986-11-27", "2026-11-27"),
        ("1986-11-26", "2026-11-26"),
        ("1986-11", "2026-11-30"),
    ],
)
def test_what_should_have_been_done_is_due_before_the_next_step_and_the_celebration(founded, soon):
    occasion = jubilee.plan(tie_of(founded), today=TODAY)

    assert occasion.years == 40
    assert days(occasion)[0] == soon
    assert not FollowUp.objects.overdue(TODAY).exists()


# --- moving ---


def test_moving_the_celebration_moves_what_is_open(tie):
    occasion = jubilee.plan(tie, today=TODAY)

    jubilee.move(occasion, celebrated_from=PartialDate(2029, 11, 24), today=TODAY)

    assert days(occasion) == [
        *("2027-11-24", "2028-11-24", "2029-02-24", "2029-05-24", "2029-08-24", "2029-10-27"),
        *("2029-11-17", "2029-12-08", "2030-01-05"),
    ]


def test_what_is_done_dropped_or_set_by_hand_does_not_move(tie):
    occasion = jubilee.plan(tie, today=TODAY)
    rows = steps(occasion)
    rows[0].complete(on=TODAY)
    rows[1].drop(reason="Zu früh")
    rows[2].postpone(to=PartialDate(2029, 3, 1))
    rows[3].due_on = None
    rows[3].save()

    jubilee.move(occasion, celebrated_from=PartialDate(2029, 12, 17), today=TODAY)

    assert days(occasion)[:5] == ["2027-11-17", "2028-11-17", "2029-03-01", None, "2029-09-17"]


def test_a_day_set_by_hand_and_taken_back_moves_again(tie):
    occasion = jubilee.plan(tie, today=TODAY)
    row = steps(occasion)[BUDGET]
    planned = row.due_on
    row.postpone(to=PartialDate(2028, 3))
    row.postpone(to=planned)

    jubilee.move(occasion, celebrated_from=PartialDate(2029, 12, 17), today=TODAY)

    assert days(occasion)[BUDGET] == "2027-12-17"


def test_a_celebration_known_to_the_month_moves_its_steps_to_months(tie):
    occasion = jubilee.plan(tie, today=TODAY)

    jubilee.move(occasion, celebrated_from=PartialDate(2029, 9), today=TODAY)

    assert days(occasion) == [
        *("2027-09", "2028-09", "2028-12", "2029-03", "2029-06", "2029-08", "2029-08", "2029-10", "2029-11"),
    ]


def test_moving_to_29_february_and_back(tie):
    occasion = jubilee.plan(tie, today=TODAY)

    jubilee.move(occasion, celebrated_from=PartialDate(2032, 2, 29), today=TODAY)
    assert days(occasion)[:2] == ["2030-02-28", "2031-02-28"]

    jubilee.move(occasion, celebrated_from=PartialDate(2029, 11, 17), today=TODAY)
    assert days(occasion) == COUNTED


def test_moved_nearer_the_steps_that_should_have_been_done_are_due_soon(tie):
    occasion = jubilee.plan(tie, today=TODAY)

    jubilee.move(occasion, celebrated_from=PartialDate(2027, 9, 17), today=TODAY)

    assert days(occasion)[:4] == ["2026-12-10", "2026-12-10", "2026-12-17", "2027-03-17"]


def test_moving_gives_what_is_late_no_more_time_unless_it_is_in_time_again(tie):
    occasion = jubilee.plan(tie, today=TODAY)
    late = datetime.date(2027, 11, 30)  # the budget was due on the 17th

    jubilee.move(occasion, celebrated_from=PartialDate(2029, 11, 24), today=late)
    assert days(occasion)[BUDGET] == "2027-11-17"

    jubilee.move(occasion, celebrated_from=PartialDate(2029, 12, 24), today=late)
    assert days(occasion)[BUDGET] == "2027-12-24"


def test_a_move_is_foreseen_and_nothing_is_changed(tie):
    occasion = jubilee.plan(tie, today=TODAY)
    steps(occasion)[INVITATION].complete(on=TODAY)
    steps(occasion)[DECISION].postpone(to=PartialDate(2029, 3, 1))

    moves = jubilee.foresee_move(occasion, celebrated_from=PartialDate(2029, 12, 17), today=TODAY)

    assert [(str(each.to), each.moves, each.stays_because) for each in moves][:4] == [
        ("2027-12-17", True, ""),
        ("2028-11-17", False, "done"),
        ("2029-03-01", False, "set by hand"),
        ("2029-06-17", True, ""),
    ]
    assert days(occasion)[BUDGET] == "2027-11-17"
    foreseen = [str(each.to) for each in moves]
    jubilee.move(occasion, celebrated_from=PartialDate(2029, 12, 17), today=TODAY)
    assert days(occasion) == foreseen


def test_where_no_step_moves_there_is_nothing_to_foresee(tie):
    occasion = jubilee.plan(tie, today=TODAY)

    assert jubilee.foresee_move(occasion, celebrated_from=PartialDate(2029, 11, 17), today=TODAY) == []
    assert jubilee.foresee_move(OccasionFactory(), celebrated_from=PartialDate(2029), today=TODAY) == []


def test_a_corrected_founding_date_moves_plans_that_count_from_it(tie):
    from_the_day = jubilee.plan(tie, years=40, today=TODAY)
    with_a_date = jubilee.plan(tie, years=45, today=TODAY)
    jubilee.move(with_a_date, celebrated_from=PartialDate(2034, 10, 1), today=TODAY)
    tie.founded = "1989-11-19"
    tie.save()

    jubilee.follow_tie(tie, today=TODAY)

    assert (days(from_the_day)[BUDGET], days(with_a_date)[BUDGET]) == ("2027-11-19", "2032-10-01")


def test_following_again_makes_no_new_version(tie):
    occasion = jubilee.plan(tie, today=TODAY)
    jubilee.follow(occasion, today=TODAY)

    assert {row.version for row in steps(occasion)} == {1}


# --- postponed, skipped, celebrated ---


def test_postponed_the_open_steps_stay_without_dates_until_there_is_a_new_one(tie):
    occasion = jubilee.plan(tie, today=TODAY)
    rows = steps(occasion)
    rows[BUDGET].complete(on=TODAY)
    rows[INVITATION].postpone(to=PartialDate(2028, 10))

    jubilee.postpone(occasion, reason="Haushaltssperre", today=TODAY)
    assert (occasion.state, occasion.reason, occasion.celebrated_from) == (
        *("postponed", "Haushaltssperre", None),
    )
    assert days(occasion) == ["2027-11-17", "2028-10", *[None] * 7]

    jubilee.move(occasion, celebrated_from=PartialDate(2030, 5, 17), today=TODAY)
    assert (occasion.state, occasion.reason) == ("planned", "")
    assert days(occasion)[:4] == ["2027-11-17", "2028-10", "2029-08-17", "2029-11-17"]


def test_skipped_what_is_open_falls_away_with_the_reason(tie):
    occasion = jubilee.plan(tie, today=TODAY)
    steps(occasion)[BUDGET].complete(on=TODAY)
    steps(occasion)[INVITATION].drop(reason="Zu früh")

    jubilee.skip(occasion, reason="Kein Geld", today=TODAY)

    assert [(row.state, row.dropped_because) for row in steps(occasion)] == [
        ("done", ""),
        ("dropped", "Zu früh"),
        *[("dropped", "Kein Geld")] * 7,
    ]


def test_taken_up_again_what_fell_away_with_it_is_open_again(tie):
    occasion = jubilee.plan(tie, today=TODAY)
    steps(occasion)[INVITATION].drop(reason="Zu früh")
    jubilee.skip(occasion, reason="Kein Geld", today=TODAY)

    jubilee.take_up(occasion, today=TODAY)

    assert (occasion.state, occasion.reason) == ("planned", "")
    assert [row.state for row in steps(occasion)] == ["open", "dropped", *["open"] * 7]
    assert days(occasion) == COUNTED


def test_nothing_is_skipped_without_a_reason(tie):
    occasion = jubilee.plan(tie, today=TODAY)

    assert list(refusal_of(jubilee.skip, occasion, reason=" ", today=TODAY)) == ["reason"]
    assert {row.state for row in steps(occasion)} == {"open"}


def test_a_celebration_is_moved_to_some_date():
    assert list(refusal_of(jubilee.move, OccasionFactory(), celebrated_from=None, today=TODAY)) == [
        "celebrated_from"
    ]


def test_a_celebration_does_not_end_before_it_begins(tie):
    occasion = jubilee.plan(tie, today=TODAY)
    dates = {"celebrated_from": PartialDate(2029, 11, 17), "celebrated_until": PartialDate(2029, 11, 16)}

    assert list(refusal_of(jubilee.move, occasion, **dates, today=TODAY)) == ["celebrated_until"]
    assert days(occasion) == COUNTED


def test_celebrated_what_is_to_follow_stays_open(tie):
    occasion = jubilee.plan(tie, today=TODAY)

    occasion.celebrate()

    assert {row.state for row in steps(occasion)} == {"open"}


# --- how far it has come ---


def test_progress_counts_what_is_done_and_names_the_next_step(tie):
    occasion = jubilee.plan(tie, today=TODAY)
    rows = steps(occasion)
    for row in rows[:3]:
        row.complete(on=TODAY)
    rows[3].drop()

    progress = jubilee.progress_of([occasion], today=TODAY)[occasion.pk]

    assert (progress.steps, progress.done, progress.dropped, progress.next) == (9, 3, 1, rows[4])
    assert progress.display() == "3 of 9 done, 1 dropped, next step on 17 August 2029"
    with translation.override("de"):
        assert progress.display() == "3 von 9 erledigt, 1 verworfen, nächster Schritt am 17. August 2029"


def test_progress_says_what_is_late_undated_and_over(tie):
    occasion = jubilee.plan(tie, today=TODAY)

    def said(today=TODAY):
        return jubilee.progress_of([occasion], today=today)[occasion.pk].display()

    assert said(datetime.date(2027, 12, 1)) == "0 of 9 done, a step has been overdue since 17 November 2027"
    jubilee.postpone(occasion, today=TODAY)
    assert said() == "0 of 9 done, the open steps have no date"
    for row in steps(occasion):
        row.complete(on=TODAY)
    assert said() == "9 of 9 done"


def test_the_next_step_is_the_one_due_first_and_months_count_by_their_last_day(tie):
    occasion = jubilee.plan(tie, today=TODAY)
    rows = steps(occasion)
    rows[0].postpone(to=PartialDate(2028, 11))
    rows[1].postpone(to=PartialDate(2028, 11, 29))

    assert jubilee.progress_of([occasion], today=TODAY)[occasion.pk].next == rows[1]


def test_progress_of_many_plans_costs_one_query(tie, django_assert_num_queries):
    occasions = [jubilee.plan(tie, years=years, today=TODAY) for years in (40, 45, 50)]
    occasions.append(OccasionFactory())

    with django_assert_num_queries(1):
        found = jubilee.progress_of(occasions, today=TODAY)
    with django_assert_num_queries(0):
        assert jubilee.progress_of([], today=TODAY) == {}

    assert set(found) == {occasion.pk for occasion in occasions[:3]}


def test_what_is_no_step_of_a_plan_follows_none():
    assert not FollowUpFactory(due_on=None).follows_the_plan
