"""Rules in the API: the same checks as on their page, and what a rule would send."""

import pytest

from reminders import due
from reminders.models import Reminder, Rule, Stage
from reminders.shipped import ship
from tests.api.conftest import client_for
from tests.factories import CityFactory, HomeCityFactory, PartnershipFactory, UserFactory, user_in
from tests.reminders.clock import at, day, started


@pytest.fixture
def rule(db):
    ship(Rule, Stage)
    nora = user_in("officer", first_name="Nora", last_name="Beispiel", email="nora@example.org")
    PartnershipFactory(
        home=HomeCityFactory(name_de="Berlin"),
        partner=CityFactory(name_de="Istanbul"),
        founded="1989-11-17",
        responsible=nora,
    )
    started("2024-09-30")
    return Rule.objects.get(milestone="round")


def errors_of(answer):
    return [(each["field"], each["code"]) for each in answer.json()["errors"]]


def rows_of(rule):
    return [{"id": stage.pk} for stage in rule.stages.all()]


# --- the same checks ---


@pytest.mark.parametrize("field", ["subject", "text"])
def test_an_unknown_placeholder_is_refused_at_its_field(client_of, rule, field):
    rows = [*rows_of(rule), {"days": 45, field: {"de": "{nmae}"}}]

    answer = client_of("head").patch(f"/api/v1/rules/{rule.pk}/", {"stages": rows})

    assert errors_of(answer) == [(f"stages.5.{field}", "unknown_placeholder")]
    assert "Allowed are {name}, {date}" in answer.json()["errors"][0]["detail"]


def test_a_doubled_stage_is_refused(client_of, rule):
    rows = [*rows_of(rule), {"days": 30}]

    answer = client_of("head").patch(f"/api/v1/rules/{rule.pk}/", {"stages": rows})

    assert errors_of(answer) == [("stages.5.days", "unique")]


def test_a_stage_that_has_spoken_is_switched_off_when_it_is_left_out(client_of, rule):
    due.scan(today=day("2024-10-18"))
    stage = Reminder.objects.get(state="due").stage
    rows = [row for row in rows_of(rule) if row["id"] != stage.pk]

    answer = client_of("head").patch(f"/api/v1/rules/{rule.pk}/", {"stages": rows})

    assert answer.status_code == 200
    assert [row["is_active"] for row in answer.json()["stages"]] == [True, True, True, False, True]


def test_of_its_stages_only_those_that_change_get_a_new_version(client_of, rule):
    rows = client_of("head").get(f"/api/v1/rules/{rule.pk}/").json()["stages"]
    rows[1]["days"] = 200

    answer = client_of("head").patch(f"/api/v1/rules/{rule.pk}/", {"stages": rows})

    assert [row["days"] for row in answer.json()["stages"]] == [365, 200, 90, 30, 7]
    assert list(rule.stages.values_list("version", flat=True)) == [1, 2, 1, 1, 1]


def test_a_rule_with_stages_keeps_what_it_is_about(client_of, rule):
    """The rule for departures is off, so that nothing but its stages keeps this one from their subject."""
    Rule.objects.filter(subject="delegation").update(is_active=False)
    promises = Rule.objects.get(subject="follow_up")

    answer = client_of("head").patch(f"/api/v1/rules/{promises.pk}/", {"subject": "delegation"})

    assert errors_of(answer) == [("subject", "has_stages")]
    promises.refresh_from_db()
    assert promises.subject == "follow_up"


# --- whom a stage names ---


def test_a_stage_names_roles_by_key_and_colleagues_by_id(client_of, rule):
    toni = user_in("protocol")
    rows = [*rows_of(rule), {"days": 45, "addressee": "named", "roles": ["protocol"], "users": [toni.pk]}]

    answer = client_of("head").patch(f"/api/v1/rules/{rule.pk}/", {"stages": rows})

    row = next(row for row in answer.json()["stages"] if row["days"] == 45)
    assert (row["addressee"], row["roles"], row["users"]) == (
        "named",
        ["protocol"],
        [{"id": toni.pk, "name": str(toni)}],
    )
    assert list(Stage.objects.get(days=45, rule=rule).roles.values_list("name", flat=True)) == ["protocol"]


def test_rows_sent_back_as_they_were_read_keep_their_names_and_versions(client_of, rule):
    toni = user_in("protocol")
    rule.stages.get(days=90).users.add(toni)
    before = list(rule.stages.values_list("version", flat=True))
    rows = client_of("head").get(f"/api/v1/rules/{rule.pk}/").json()["stages"]

    client_of("head").patch(f"/api/v1/rules/{rule.pk}/", {"stages": rows})

    assert list(rule.stages.values_list("version", flat=True)) == before
    assert list(rule.stages.get(days=90).users.all()) == [toni]


def test_what_is_not_sent_of_a_row_stays(client_of, rule):
    toni, stage = user_in("protocol"), rule.stages.get(days=90)
    stage.users.add(toni)
    rows = [row | {"addressee": "named"} if row["id"] == stage.pk else row for row in rows_of(rule)]

    assert client_of("head").patch(f"/api/v1/rules/{rule.pk}/", {"stages": rows}).status_code == 200
    assert list(stage.users.all()) == [toni]


@pytest.mark.parametrize(
    ("names", "error"),
    [
        ({}, ("stages.5.addressee", "nobody")),
        ({"roles": ["pope"]}, ("stages.5.roles", "does_not_exist")),
        ({"users": [0]}, ("stages.5.users", "does_not_exist")),
    ],
)
def test_a_stage_for_those_named_names_somebody_who_is_there(client_of, rule, names, error):
    rows = [*rows_of(rule), {"days": 45, "addressee": "named"} | names]

    answer = client_of("head").patch(f"/api/v1/rules/{rule.pk}/", {"stages": rows})

    assert errors_of(answer) == [error]


def test_rules_cost_no_more_queries_for_many_names(client_of, rule, django_assert_max_num_queries):
    client = client_of("reader")

    def queries():
        with django_assert_max_num_queries(40) as captured:
            client.get("/api/v1/rules/")
        return len(captured)

    rule.stages.get(days=90).users.add(user_in("protocol"))
    queries()  # what the reader may do is asked once
    before = queries()
    for stage in Stage.objects.all():
        stage.users.set([user_in("protocol"), user_in("protocol")])
        stage.roles.set(stage.users.first().groups.all())

    assert queries() == before


# --- the preview ---


def test_the_preview_says_what_a_rule_would_send(client_of, rule):
    with at("2024-10-01", 9):
        answer = client_of("reader").get(f"/api/v1/rules/{rule.pk}/preview/").json()
    stages = {stage.days: stage.pk for stage in rule.stages.all()}
    tie = PartnershipFactory._meta.model.objects.get()

    assert answer["in_words"].startswith("Round anniversaries (10, 15, 20 … years): 365, 180, 90")
    assert (answer["since"], answer["until"], answer["count"]) == ("2024-10-01", "2026-10-01", 2)
    assert answer["reminders"] == [
        {
            "on": on,
            "about": {"type": "partnership", "id": tie.pk},
            "title": "35 years Berlin–Istanbul",
            "occurs_on": "2024-11-17",
            "stage": {"id": stages[days], "name": f"Round anniversaries, {days} days before"},
            "addressee": "responsible",
            "recipient": {"id": tie.responsible_id, "name": "Nora Beispiel"},
        }
        for on, days in [("2024-10-18", 30), ("2024-11-10", 7)]
    ]


def test_where_there_is_nobody_the_recipient_is_null(client_of, rule):
    client = client_of("reader")
    UserFactory._meta.model.objects.update(email="")

    with at("2024-10-01", 9):
        answer = client.get(f"/api/v1/rules/{rule.pk}/preview/").json()

    assert [row["recipient"] for row in answer["reminders"]] == [None, None]


def test_the_preview_plans_nothing(client_of, rule):
    with at("2024-10-01", 9):
        client_of("reader").get(f"/api/v1/rules/{rule.pk}/preview/")

    assert Reminder.objects.count() == 0


def test_the_preview_takes_no_parameters_and_no_post(client_of, rule):
    head = client_of("head")

    assert head.get(f"/api/v1/rules/{rule.pk}/preview/?days=3").status_code == 400
    assert head.post(f"/api/v1/rules/{rule.pk}/preview/").status_code == 405


def test_the_preview_is_for_those_who_may_see_rules(rule):
    assert client_for(UserFactory()).get(f"/api/v1/rules/{rule.pk}/preview/").status_code == 403
    assert client_for(user_in("reader")).get("/api/v1/rules/0/preview/").status_code == 404


def test_the_preview_costs_no_more_queries_with_many_ties(client_of, rule, django_assert_max_num_queries):
    client = client_of("reader")

    def queries():
        with at("2024-10-01", 9), django_assert_max_num_queries(80) as captured:
            client.get(f"/api/v1/rules/{rule.pk}/preview/")
        return len(captured)

    def enter(ties):
        for number in range(ties):
            PartnershipFactory(
                home=HomeCityFactory(), partner=CityFactory(), founded=f"19{40 + number}-10-30"
            )

    enter(1)
    queries()  # what the reader may do is asked once
    before = queries()
    enter(20)

    assert queries() == before
