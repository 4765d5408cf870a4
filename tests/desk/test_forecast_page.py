import csv
import datetime
import io
import logging

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from config.roles import ROLES
from contacts.admin.exports import RIGHT
from tests.desk.calendars import days_of, events_of
from tests.desk.conftest import tie_of
from tests.factories import HomeCityFactory, OccasionFactory, UserFactory, user_in

pytestmark = pytest.mark.django_db

PAGE = "/admin/forecast/"


def shown(client, query=""):
    answer = client.get(f"{PAGE}{query}")
    assert answer.status_code == 200
    return answer.context["forecast"]


def file(client, kind, query="?from=2029&to=2029"):
    answer = client.get(f"{PAGE}{kind}/{query}")
    return answer, b"".join(answer) if answer.streaming else answer.content


@pytest.fixture
def berlin():
    return tie_of("Berlin", "Istanbul", founded="1989-11-17")


def test_the_page_is_in_the_menu_and_shows_this_year_and_ten_more(client, berlin):
    found = shown(client)
    year = timezone.localdate().year

    assert (found.first, found.last) == (year, year + 10)
    page = client.get("/admin/").content.decode()
    assert f'<a href="{PAGE}"' in page
    assert page.count(f'href="{PAGE}"') == 2


def test_the_page_opens_with_what_matters_and_says_round_for_readers_too(client, berlin):
    page = client.get(f"{PAGE}?from=2029&to=2031").content.decode()

    assert "<h1>Anniversaries 2029 to 2031</h1>" in page
    assert (
        '<p class="lead">1 round anniversary from 2029 to 2031. The next one: 40 years Berlin–Istanbul, '
        "on 17 November 2029.</p>" in page
    )
    assert '<strong class="round">40</strong><span class="visually-hidden"> (round year)</span>' in page


def test_the_page_is_narrowed_by_what_is_asked_and_by_the_switch_of_views(client, berlin):
    linz = tie_of("Linz", "Eskişehir", founded="2012-05")
    assert len(shown(client).rows) == 2
    assert [row.tie for row in shown(client, f"?home={linz.home_id}").rows] == [linz]

    client.post(reverse("desk:viewpoint"), {"home": berlin.home_id})

    assert [row.tie for row in shown(client).rows] == [berlin]
    assert "home" not in client.get(PAGE).context["form"].fields


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("?from=2030&to=2020", {"to": ["The last year lies before the first one. Correct one of the two."]}),
        ("?from=2030&to=2090", {"to": ["Ask for at most 50 years."]}),
        ("?home=4711", {"home": ["Select a valid choice. That choice is not one of the available choices."]}),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field_and_the_usual_years_are_shown(client, query, errors):
    answer = client.get(f"{PAGE}{query}")

    assert answer.context["form"].errors == errors
    assert answer.context["forecast"].first == timezone.localdate().year


def test_only_countries_with_a_tie_are_offered(client):
    home = HomeCityFactory(country="AT")
    tie = tie_of("Berlin", "Istanbul", founded="1989")
    type(tie.partner).objects.filter(pk=tie.partner_id).update(country="TR")
    tie_of("A", "B", founded="1989").end(on="2021")

    choices = client.get(PAGE).context["form"].fields["country"].choices

    assert [code for code, _name in choices] == ["", "TR"]
    assert home.country == "AT"


def test_a_celebration_is_linked_or_can_be_planned(client):
    this = timezone.localdate().year
    tie = tie_of("Linz", "Eskişehir", founded=f"{this - 8}-06")
    plan = reverse("admin:relations_partnership_do", args=[tie.pk, "plan_jubilee"])
    add = f"/admin/relations/occasion/add/?partnership={tie.pk}&amp;years=15"
    soon, later = (f"{PAGE}?from={year}&to={year}" for year in (this + 2, this + 7))
    assert plan in client.get(soon).content.decode()
    assert add in client.get(later).content.decode()

    occasion = OccasionFactory(partnership=tie, years=10)
    page = client.get(soon).content.decode()

    assert plan not in page
    assert page.count(occasion.get_absolute_url()) == 2


def test_each_round_one_that_is_the_next_of_its_tie_has_its_plan_by_one_click(client):
    this = timezone.localdate().year
    soon, later = (
        tie_of("Linz", name, founded=f"{this - ago}-06") for name, ago in (("Aydın", 8), ("Bursa", 7))
    )
    page = client.get(f"{PAGE}?from={this}&to={this + 9}").content.decode()

    for tie in (soon, later):
        assert reverse("admin:relations_partnership_do", args=[tie.pk, "plan_jubilee"]) in page
        add = f"/admin/relations/occasion/add/?partnership={tie.pk}&amp;years="
        assert f"{add}10" not in page
        assert f"{add}15" in page


def test_the_table_says_what_gets_in_the_way(client, berlin):
    tie_of("Treptow-Köpenick", "Tepebaşı", founded="2004-11-17")
    tie_of("Linz", "Eskişehir", founded="1999-12-05")

    sheet = openpyxl.load_workbook(io.BytesIO(file(client, "xlsx")[1])).active

    head, *rows = sheet.iter_rows(values_only=True)
    said = {row[head.index("Partnership")]: row[head.index("What gets in each other's way")] for row in rows}
    assert said["Berlin–Istanbul"] == (
        "same day: Treptow-Köpenick–Tepebaşı; three within a month: Treptow-Köpenick–Tepebaşı, Linz–Eskişehir"
    )
    assert said["Linz–Eskişehir"].startswith("three within a month: Berlin–Istanbul")


def test_whoever_may_not_see_ties_may_not_see_their_years(client):
    client.force_login(UserFactory())

    assert [client.get(PAGE).status_code, file(client, "ics")[0].status_code] == [403, 403]


# --- files ---


def test_the_calendar_has_all_day_entries_in_the_order_of_the_page(client, berlin):
    tie_of("Osnabrück", "Çanakkale", founded="2004-05")

    answer, content = file(client, "ics")

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="Anniversaries 2029-2029.ics"'
    assert {title: days_of(event) for title, event in events_of(content).items()} == {
        "25 years Osnabrück–Çanakkale (jubilee) (May 2029, day not known)": ("2029-05-01", "2029-06-01"),
        "40 years Berlin–Istanbul (round year)": ("2029-11-17", "2029-11-18"),
    }


def test_an_entry_of_the_calendar_says_what_gets_in_its_way(client, berlin):
    tie_of("Treptow-Köpenick", "Tepebaşı", founded="2004-11-17")
    tie_of("Linz", "Eskişehir", founded="2003-05-05")

    entries = events_of(file(client, "ics")[1])

    said = {title: event.description.value.splitlines()[1:-1] for title, event in entries.items()}
    assert said["40 years Berlin–Istanbul (round year)"] == [
        "What gets in its way: same day: Treptow-Köpenick–Tepebaşı"
    ]
    assert said["26 years Linz–Eskişehir"] == []


def test_what_is_known_to_the_year_alone_is_an_entry_if_it_is_round_and_the_page_says_so(client, berlin):
    tie_of("Mannheim", "Beyoğlu", founded="2004")
    tie_of("Linz", "Eskişehir", founded="2003")
    tie_of("Graz", "Bursa", founded="2002")

    titles = set(events_of(file(client, "ics")[1]))
    page = client.get(PAGE, {"from": 2029, "to": 2029}).content.decode()

    assert titles == {
        "40 years Berlin–Istanbul (round year)",
        "25 years Mannheim–Beyoğlu (jubilee) (2029, day not known)",
    }
    assert "2 anniversaries of which only the year is known are not in the calendar file" in page
    rows = client.get("/api/v1/forecast/?from=2029&to=2029&at_least=none").json()["anniversaries"]
    assert len(rows) == 4


def test_without_such_years_the_page_says_nothing_of_them(client, berlin):
    assert "of which only the year is known" not in client.get(PAGE).content.decode()


def test_the_calendar_is_the_same_file_until_something_changes(client, berlin):
    before, again = file(client, "ics")[1], file(client, "ics")[1]
    berlin.founded = "1989-11-18"
    berlin.save()

    after = file(client, "ics")[1]

    assert before == again
    uids = [next(iter(events_of(content).values())).uid.value for content in (before, after)]
    assert (uids[0], after == before) == (uids[1], False)


def test_the_table_never_makes_up_a_day(client, berlin):
    tie_of("Osnabrück", "Çanakkale", founded="2004-05")
    tie_of("Mannheim", "Beyoğlu", founded="2004")

    sheet = openpyxl.load_workbook(io.BytesIO(file(client, "xlsx")[1])).active

    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:7] == (
        "Year",
        "Date",
        "Day of the week",
        "Known to the",
        "Years",
        "Milestone",
        "Partnership",
    )
    assert [row[:7] for row in rows[1:]] == [
        (2029, "2029", None, "year", 25, "jubilee", "Mannheim–Beyoğlu"),
        (2029, "2029-05", None, "month", 25, "jubilee", "Osnabrück–Çanakkale"),
        (2029, datetime.datetime(2029, 11, 17), "Saturday", "day", 40, "round year", "Berlin–Istanbul"),
    ]


def test_the_csv_has_what_the_page_shows_and_leaves_a_line_in_the_log(client, officer, berlin, caplog):
    caplog.set_level(logging.INFO)
    tie_of("Linz", "Eskişehir", founded="2012-05")

    content = file(client, "csv", "?from=2029&to=2030&at_least=round")[1].decode("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(content), delimiter=";"))
    assert [(row["Date"], row["Partnership"]) for row in rows] == [("2029-11-17", "Berlin–Istanbul")]
    said = [record.getMessage() for record in caplog.records if record.name == "desk.forecast_views"]
    assert said == [f"User {officer.pk} exported 1 anniversaries as csv."]


@pytest.mark.parametrize("role", ROLES)
def test_tables_need_the_right_to_export_and_calendars_do_not(client, berlin, role):
    client.force_login(user_in(role))
    allowed = 200 if RIGHT in ROLES[role] else 403

    assert [file(client, kind)[0].status_code for kind in ("xlsx", "csv", "ics")] == [allowed, allowed, 200]
    offered = dict(client.get(PAGE).context["exports"])
    assert len(offered) == (3 if allowed == 200 else 1)


def test_there_are_no_other_kinds_of_file_and_no_file_of_nonsense(client, berlin):
    assert file(client, "pdf")[0].status_code == 404
    answer, _content = file(client, "csv", "?from=2030&to=2020")
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}?from=2030&to=2020")
