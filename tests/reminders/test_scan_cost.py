"""A scan costs what is due, not what is stored: every table that grows is asked by an index."""

import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from reminders import due
from reminders.models import Reminder
from tests.factories import (
    AgreementFactory,
    CityDateFactory,
    CityFactory,
    DelegationFactory,
    FollowUpFactory,
    HomeCityFactory,
    InteractionFactory,
    PartnershipEventFactory,
    PartnershipFactory,
    StopFactory,
)
from tests.reminders.clock import day, started

GROWING = (
    *("contacts_citydate", "delegations_delegation", "delegations_followup", "delegations_stop"),
    *("relations_agreement", "relations_interaction", "relations_partnership", "relations_partnershipevent"),
    *("relations_historicalpartnershipevent", "reminders_reminder"),
)


@pytest.fixture
def house(office, nora):
    """Something of everything that a scan speaks of, due and not due."""
    berlin = HomeCityFactory(name_de="Berlin")
    for number, founded in enumerate(("1989-11-17", "1994-11-17", "2017-11", "2004", "1999-05-05")):
        city = CityFactory(name_de=f"Stadt {number}")
        tie = PartnershipFactory(home=berlin, partner=city, founded=founded, responsible=nora)
        PartnershipEventFactory(partnership=tie, kind="signed", on=founded)
        CityDateFactory(city=city, on="11-15")
        InteractionFactory(partnership=tie, on="2023-10-18")
        InteractionFactory(city=city, on="2023-10-18")
        visit = DelegationFactory(
            home=berlin, state="completed", starts_on="2022-10-16", ends_on="2022-10-18"
        )
        StopFactory(delegation=visit, city=city)
        FollowUpFactory(assignee=nora, due_on="2024-10-25")
        FollowUpFactory(assignee=nora, due_on="2024-09-25")
    AgreementFactory(partnership=tie, state="signed", valid_until="2025-01-16")
    AgreementFactory(partnership=tie, state="signed", valid_until="2025-01-16", notice_days=10)
    AgreementFactory(state="signed", valid_until="2020-01-16", renews_by_months=12)


def plan_of(sql, params):
    """How the database finds the rows: where it reads a whole table, it says so."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            return [row[3] for row in cursor.fetchall()]
        # A table of ten rows is read whole for its size; we ask whether it must be.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}", params)
        return [row[0] for row in cursor.fetchall()]


def tables_read_whole(sql, params):
    """Their names: "SCAN relations_partnership", "SCAN W0", "->  Seq Scan on relations_partnership w0"."""
    names = {alias: table for table, alias in re.findall(r'"(\w+)" ([A-Z]\d+)\b', sql)}
    read = (re.search(r"(?:^SCAN|Seq Scan on) (\w+)", line) for line in plan_of(sql, params))
    return {names.get(found[1], found[1]) for found in read if found}


def scanned(today):
    asked = []

    def note(execute, sql, params, many, context):
        if sql.startswith("SELECT"):
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        due.scan(today=today)
    return asked


@pytest.mark.django_db
def test_no_table_that_grows_is_read_whole(house):
    started("2024-10-17")

    asked = scanned(day("2024-10-18"))

    subjects = {reminder.stage.rule.subject for reminder in Reminder.objects.select_related("stage__rule")}
    assert subjects >= {"anniversary", "agreement_expiry", "follow_up", "quiet_tie", "city_date"}
    whole = {table: sql for sql, params in asked for table in tables_read_whole(sql, params)}
    assert {table: sql for table, sql in whole.items() if table in GROWING} == {}


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["relations_partnership", "relations_partnership W0"])
def test_a_table_that_is_read_whole_is_seen(house, table):
    name, _, alias = table.partition(" ")

    assert tables_read_whole(f'SELECT motto FROM "{name}" {alias} WHERE motto = %s', ["Hand"]) == {name}


@pytest.mark.django_db
def test_as_many_questions_whatever_else_is_stored(house):
    def questions(others):
        for number in range(others):
            city = CityFactory(name_de=f"Andere {number}")
            tie = PartnershipFactory(home=HomeCityFactory(), partner=city, founded="1990-02-03")
            PartnershipEventFactory(partnership=tie, kind="signed", on="1990-02-03")
            InteractionFactory(partnership=tie, on="2024-02-03")
            CityDateFactory(city=city, on="02-03")
        started("2024-10-17")
        with transaction.atomic(), CaptureQueriesContext(connection) as asked:
            added = due.scan(today=day("2024-10-18"))
            transaction.set_rollback(True)
        return len(asked), added

    assert questions(others=1) == questions(others=30)
