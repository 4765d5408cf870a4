import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import City
from desk.clashes import Kind
from desk.forecast import forecast, years_asked
from reminders.models import Rule, Stage
from reminders.shipped import ship
from tests.desk.conftest import TODAY, tie_of
from tests.factories import (
    CityDateFactory,
    CityFactory,
    DelegationFactory,
    HomeCityFactory,
    OccasionFactory,
    PartnershipEventFactory,
    PartnershipFactory,
    StopFactory,
    user_in,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def years(officer, first=2026, last=2036, **asked):
    return forecast(today=TODAY, first=first, last=last, user=officer, **asked)


def cells(found):
    return {
        str(row.tie): [each and (each.years, each.milestone.value) for each in row.cells]
        for row in found.rows
    }


def clashes(found, *kinds):
    return [(clash.kind.value, clash.title, clash.text) for clash in found.clashes if clash.kind in kinds]


# --- which years ---


def test_this_year_and_the_ten_that_follow_are_shown():
    assert years_asked(None, None, today=TODAY) == (2026, 2036)
    assert years_asked(2030, None, today=TODAY) == (2030, 2040)
    assert years_asked(None, 2028, today=TODAY) == (2026, 2028)
    assert years_asked(None, 2020, today=TODAY) == (2020, 2020)


@pytest.mark.parametrize(("span", "code"), [((2030, 2029), "order"), ((2030, 2080), "too_long")])
def test_years_that_make_no_sense_are_refused(span, code):
    with pytest.raises(ValidationError) as refusal:
        years_asked(*span, today=TODAY)

    assert refusal.value.error_dict["to"][0].code == code


# --- the table ---


def test_each_tie_has_its_years_and_round_ones_and_jubilees_are_marked(officer):
    tie_of("Berlin", "Istanbul", founded="1989-11-17")
    tie_of("Düsseldorf", "Chongqing", founded="2004-07-22")

    found = years(officer, 2028, 2030)

    assert cells(found) == {
        "Berlin–Istanbul": [(39, "none"), (40, "round"), (41, "none")],
        "Düsseldorf–Chongqing": [(24, "none"), (25, "jubilee"), (26, "none")],
    }
    assert [(year.year, year.count, year.is_full) for year in found.years] == [
        (2028, 0, False),
        (2029, 2, False),
        (2030, 0, False),
    ]


@pytest.mark.parametrize(
    ("founded", "day", "when"),
    [
        ("2004-07-22", "22 July", "Sunday, 22 July 2029"),
        ("2004-07", "July, day not known", "July 2029"),
        ("2004", "day and month not known", "2029"),
    ],
)
def test_a_date_is_shown_as_exactly_as_it_is_known(officer, founded, day, when):
    tie_of("Düsseldorf", "Chongqing", founded=founded)

    found = years(officer, 2029, 2029)

    assert [row.day for row in found.rows] == [day]
    assert [each.display_when for each in found.round] == [when]


def test_a_tie_younger_than_a_year_has_no_anniversary_yet(officer):
    tie_of("A", "B", founded="2027-01-02")

    assert cells(years(officer, 2026, 2028)) == {"A–B": [None, None, (1, "none")]}


def test_years_that_are_not_round_or_no_jubilee_can_be_left_out(officer):
    tie_of("Berlin", "Istanbul", founded="1989-11-17")
    tie_of("Düsseldorf", "Chongqing", founded="2004-07-22")

    round_ones = cells(years(officer, 2029, 2030, at_least="round"))
    jubilees = cells(years(officer, 2029, 2030, at_least="jubilee"))

    assert round_ones == {
        "Berlin–Istanbul": [(40, "round"), None],
        "Düsseldorf–Chongqing": [(25, "jubilee"), None],
    }
    assert jubilees == {"Düsseldorf–Chongqing": [(25, "jubilee"), None]}


def test_home_cities_and_the_partners_country_narrow_it(officer):
    berlin = tie_of("Berlin", "Istanbul", founded="1989-11-17")
    City.objects.filter(pk=berlin.partner_id).update(country="TR")
    linz = tie_of("Linz", "Eskişehir", founded="2012-05")
    City.objects.filter(pk=linz.partner_id).update(country="TR")
    tie_of("Linz", "Graz", founded="1950-01-02")

    assert set(cells(years(officer, homes=[berlin.home, None]))) == {"Berlin–Istanbul"}
    assert set(cells(years(officer, country="TR"))) == {"Berlin–Istanbul", "Linz–Eskişehir"}
    assert set(cells(years(officer, homes=[None, linz.home], country="TR"))) == {"Linz–Eskişehir"}


def test_a_country_is_where_the_partner_is_not_where_we_are(officer):
    home = HomeCityFactory(name_de="Linz", country="AT")
    PartnershipFactory(home=home, partner=CityFactory(name_de="Eskişehir", country="TR"), founded="2012")
    PartnershipFactory(home=CityFactory(name_de="Wels", country="AT"), partner=home, founded="2012")

    assert set(cells(years(officer, country="AT"))) == {"Wels–Linz"}


def test_ties_without_anniversaries_are_named_with_the_reason(officer):
    ended = tie_of("Mannheim", "Kilis", founded="2016")
    PartnershipEventFactory(partnership=ended, kind="signed", on="2016")
    ended.end(on="2021")
    tie_of("Mannheim", "Nowhere")
    rests = tie_of("A", "B", founded="2001-02-03")
    PartnershipEventFactory(partnership=rests, kind="suspended", on="2022")

    found = years(officer)

    assert {str(each.tie): each.reason for each in found.left_out} == {
        "Mannheim–Kilis": "ended 2021",
        "Mannheim–Nowhere": "founding date not known",
        "A–B": "suspended",
    }
    assert cells(found) == {}


# --- what matters, in a sentence ---


def test_the_first_sentence_says_how_many_and_where_most_meet(officer):
    tie_of("Berlin", "Istanbul", founded="1989-11-17")
    tie_of("Düsseldorf", "Chongqing", founded="2004-07-22")

    assert years(officer).headline == (
        "4 round anniversaries from 2026 to 2036, 1 of them a jubilee. "
        "The fullest year is 2029: 25 years Düsseldorf–Chongqing and 40 years Berlin–Istanbul."
    )


def test_where_no_year_has_two_the_next_one_is_named(officer):
    tie_of("Linz", "Eskişehir", founded="2012-05")

    assert years(officer, 2026, 2030).headline == (
        "1 round anniversary from 2026 to 2030. The next one: 15 years Linz–Eskişehir, in May 2027."
    )


def test_of_one_year_nothing_is_called_the_fullest(officer):
    tie_of("Berlin", "Istanbul", founded="1989-11-17")
    tie_of("Düsseldorf", "Chongqing", founded="2004-07-22")

    assert years(officer, 2029, 2029).headline == (
        "2 round anniversaries in 2029, 1 of them a jubilee. "
        "25 years Düsseldorf–Chongqing and 40 years Berlin–Istanbul."
    )


def test_without_any_it_says_so(officer):
    assert years(officer).headline == "No round anniversary from 2026 to 2036."


# --- what gets in each other's way ---


def test_ties_of_one_day_are_a_pair_for_every_year(officer):
    berlin = HomeCityFactory(name_de="Berlin")
    district = HomeCityFactory(name_de="Treptow-Köpenick", kind="district", parent=berlin)
    for home, name, founded in ((berlin, "Istanbul", "1989-11-17"), (district, "Tepebaşı", "2017-11-17")):
        partner = CityFactory(name_de=name, country="TR")
        PartnershipFactory(home=home, partner=partner, founded=founded)

    assert clashes(years(officer), Kind.SAME_DAY) == [
        (
            "same_day",
            "17 November, every year",
            "Berlin–Istanbul and Treptow-Köpenick–Tepebaşı. Each of them in Berlin, partner country Türkiye. "
            "For the first time with a round one: Wednesday, 17 November 2027 "
            "(10 years Treptow-Köpenick–Tepebaşı, 38 years Berlin–Istanbul).",
        )
    ]


def test_of_ties_of_one_month_the_day_is_to_be_found_out(officer):
    tie_of("Linz", "Eskişehir", founded="2012-05")
    tie_of("Osnabrück", "Çanakkale", founded="2003-05")
    tie_of("A", "B", founded="2003-05-04")
    tie_of("C", "D", founded="2003")

    assert clashes(years(officer, 2026, 2026), Kind.SAME_DAY, Kind.SAME_MONTH) == []
    assert clashes(years(officer, 2027, 2027), Kind.SAME_DAY, Kind.SAME_MONTH) == [
        (
            "same_month",
            "May, every year",
            "Linz–Eskişehir and Osnabrück–Çanakkale: only the month is known.",
        )
    ]


def test_round_ones_within_a_month_are_named_once(officer):
    tie_of("A", "B", founded="1989-06-01")
    tie_of("C", "D", founded="2004-06-20")
    tie_of("E", "F", founded="1999-07-02")
    tie_of("G", "H", founded="1999-08-15")
    tie_of("I", "J", founded="1998-06-10")

    assert clashes(years(officer, 2029, 2029), Kind.CLOSE) == [
        (
            "close",
            "1 June 2029 – 2 July 2029",
            "40 years A–B (Fri 1 Jun), 25 years C–D (Wed 20 Jun), 30 years E–F (Mon 2 Jul).",
        )
    ]


@pytest.mark.parametrize(
    ("founded", "meets"), [("1999-05", True), ("1999-05-31", True), ("1999-06-02", False), ("1999", False)]
)
def test_what_is_known_to_the_month_meets_only_what_is_surely_near(officer, founded, meets):
    tie_of("A", "B", founded="2004-05")
    tie_of("C", "D", founded=founded)

    assert len(clashes(years(officer, 2029, 2029), Kind.CLOSE)) == meets


def test_one_of_which_only_the_month_is_known_hides_no_clash_of_two_others(officer):
    tie_of("A", "B", founded="2004-01-05")
    tie_of("C", "D", founded="1999-02-03")
    tie_of("E", "F", founded="2004-02")

    found = clashes(years(officer, 2029, 2029), Kind.CLOSE)

    assert [title for _kind, title, _text in found] == [
        "5 January 2029 – 3 February 2029",
        "February 2029",
    ]


def test_three_round_ones_in_one_year_make_it_full(officer):
    for number, founded in enumerate(("1989-01-17", "2004-07-22", "2004")):
        tie_of(f"H{number}", f"P{number}", founded=founded)

    found = years(officer, 2029, 2030)

    assert clashes(found, Kind.FULL_YEAR) == [
        (
            "full_year",
            "2029",
            "25 years H2–P2 (day and month not known), 40 years H0–P0 (Wed 17 Jan), "
            "25 years H1–P1 (Sun 22 Jul).",
        )
    ]
    assert [year.is_full for year in found.years] == [True, False]


def test_a_full_year_that_is_within_a_month_is_said_once(officer):
    for number, founded in enumerate(("1989-07-17", "2004-07-22", "2004-07-23")):
        tie_of(f"H{number}", f"P{number}", founded=founded)

    assert [clash.kind for clash in years(officer, 2029, 2029).clashes] == [Kind.CLOSE]


@pytest.mark.parametrize(
    ("facts", "meets"),
    [
        ({"starts_on": "2029-11-16", "ends_on": "2029-11-17"}, True),
        ({"starts_on": "2029-11-17"}, True),
        ({"starts_on": "2029-11-18", "ends_on": "2029-11-20"}, False),
        ({"starts_on": "2029-11"}, False),
        ({"starts_on": "2029-11-16", "ends_on": "2029-11-17", "state": "cancelled"}, False),
        ({"starts_on": "2029-11-16", "ends_on": "2029-12"}, False),
    ],
)
def test_a_visit_of_another_tie_on_the_day_of_a_round_one_is_named(officer, facts, meets):
    tie_of("Berlin", "Istanbul", founded="1989-11-17")
    visit = DelegationFactory(title="To Linz", **facts)

    found = [clash for clash in years(officer).clashes if clash.kind == Kind.VISIT]

    assert [clash.visit for clash in found] == [visit] * meets


def test_the_visit_of_the_tie_itself_is_its_celebration(officer):
    tie = tie_of("Berlin", "Istanbul", founded="1989-11-17")
    days = {"starts_on": "2029-11-16", "ends_on": "2029-11-18"}
    DelegationFactory(partnership=tie, **days)
    DelegationFactory(occasion=OccasionFactory(partnership=tie, years=40), **days)
    StopFactory(delegation=DelegationFactory(**days), city=tie.partner)

    assert clashes(years(officer), Kind.VISIT) == []


def test_visits_are_not_told_to_whoever_may_not_see_them(officer):
    tie_of("Berlin", "Istanbul", founded="1989-11-17")
    DelegationFactory(starts_on="2029-11-17")
    for group in officer.groups.all():
        group.permissions.remove(*group.permissions.filter(codename="view_delegation"))
    officer = type(officer).objects.get(pk=officer.pk)

    assert clashes(years(officer), Kind.VISIT) == []


@pytest.mark.parametrize(
    ("kind", "on", "meets"),
    [
        ("national_day", "11-17", True),
        ("national_day", "11-18", False),
        ("city_day", "2029-11-17", True),
        ("city_day", "2028-11-17", False),
        ("election", "2029-10-18", True),
        ("election", "2029-12-18", False),
        ("other", "02-29", False),
    ],
)
def test_days_of_the_city_and_elections_close_by_are_named(officer, kind, on, meets):
    tie = tie_of("Berlin", "Istanbul", founded="1989-11-17")
    CityDateFactory(city=tie.partner, kind=kind, on=on)
    CityDateFactory(kind=kind, on=on)

    assert len(clashes(years(officer, 2029, 2029), Kind.CITY_DATE)) == meets


def test_what_is_over_is_in_nobodys_way(officer):
    for number in range(3):
        tie_of(f"H{number}", f"P{number}", founded=f"2001-0{number + 1}-17")

    found = years(officer, 2026, 2026)

    assert len(found.round) == 3
    assert found.clashes == []


# --- calm, and what comes next ---


def test_a_year_without_a_round_one_is_a_calm_stretch(officer):
    tie_of("A", "B", founded="2004-07-22")
    tie_of("C", "D", founded="2001")

    found = years(officer, 2026, 2036)

    assert [(each.start, each.end) for each in found.calm] == [
        (datetime.date(2027, 1, 1), datetime.date(2029, 7, 21)),
        (datetime.date(2029, 7, 23), datetime.date(2030, 12, 31)),
        (datetime.date(2032, 1, 1), datetime.date(2034, 7, 21)),
        (datetime.date(2034, 7, 23), datetime.date(2035, 12, 31)),
    ]
    first = found.calm[0]
    assert (first.display, first.length) == ("January 2027 to July 2029", "31 months")


def test_without_any_round_one_all_of_it_is_calm_from_today_on(officer):
    assert [(each.start, each.end) for each in years(officer, 2026, 2028).calm] == [
        (TODAY, datetime.date(2028, 12, 31))
    ]


def test_the_next_round_one_comes_with_what_there_is_to_know(officer):
    tie = tie_of("Berlin", "Istanbul", founded="1989-11-17", responsible=officer)
    tie_of("C", "D", founded="2001-01-02")
    OccasionFactory(partnership=tie, years=30, state="skipped")
    earlier = OccasionFactory(partnership=tie, years=35, state="celebrated")
    ship(Rule, Stage)

    found = years(officer, 2027, 2030).next

    assert (str(found.anniversary.tie), found.anniversary.years) == ("Berlin–Istanbul", 40)
    assert (found.left, found.reminded_on) == ("in 1095 days", datetime.date(2028, 11, 17))
    assert found.earlier == [earlier]


def test_it_costs_no_more_queries_for_many_ties(officer):
    def work(number):
        for _ in range(number):
            tie = tie_of("A", "B", founded="1989-11-17", responsible=user_in("officer"))
            OccasionFactory(partnership=tie, years=40)
            CityDateFactory(city=tie.partner, on="11-17")
            StopFactory(delegation=DelegationFactory(starts_on="2029-11-17"))
            tie_of("C", "D")

    work(1)
    years(officer)
    with CaptureQueriesContext(connection) as one:
        years(officer)
    work(9)

    with CaptureQueriesContext(connection) as ten:
        found = years(officer)

    assert len(found.rows) == 10
    assert len(ten) == len(one)
